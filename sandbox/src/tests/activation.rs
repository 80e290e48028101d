//! Accounts that are not activated, and payment method types without an active capability.

use reqwest::Method;
use serde_json::json;

use crate::tests::control::{control_post, control_refusal};
use crate::tests::test_bed::{KEY, TestBed};

const LIVE: &str = "sk_live_stage";

#[tokio::test]
async fn an_account_without_activation_makes_no_live_charges() {
    let test_bed = TestBed::open().await;
    let before = test_bed.pay("2000 usd", "pm_card_visa", "capture_method=manual").with_key(LIVE);
    let held = before.send().await.success().id();
    let answer = control_post(&test_bed, "/accounts", json!({"account_of": KEY, "activated": false})).await;
    assert_eq!(answer["activated"], json!(false));
    for (path, body) in [
        ("payment_intents", "amount=2000&currency=usd"),
        (
            "payment_methods",
            "type=sepa_debit&sepa_debit[iban]=DE89370400440532013000&billing_details[name]=J&billing_details[email]=j@example.com",
        ),
        ("setup_intents", "usage=off_session"),
    ] {
        let refused = test_bed.post(path, body).with_key(LIVE).send().await;
        refused.expect_refusal("400 invalid_request_error testmode_charges_only");
        assert_eq!(
            refused.text_at("/error/message"),
            "Your account cannot currently make live charges. If you are a customer trying to make a purchase, \
             please contact the owner of this site. Your transaction has not been processed."
        );
    }
    let account = test_bed.get("account").with_key(LIVE).send().await.success();
    assert_eq!(account.at("/charges_enabled"), &json!(false));
    assert_eq!(account.text_at("/capabilities/card_payments"), "inactive");
    test_bed.post(&format!("payment_intents/{held}/cancel"), "").with_key(LIVE).send().await.success();
    test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    control_post(&test_bed, "/accounts", json!({"account_of": KEY, "activated": true})).await;
    test_bed.pay("2000 usd", "pm_card_visa", "").with_key(LIVE).send().await.success();
}

#[tokio::test]
async fn a_listed_type_needs_an_active_capability() {
    let test_bed = TestBed::open().await;
    let create =
        || test_bed.post("payment_intents", "amount=2000&currency=eur&payment_method_types[]=sepa_debit");
    create().send().await.success();
    let inactive = json!({"account_of": KEY, "capabilities": {"sepa_debit_payments": "inactive"}});
    control_post(&test_bed, "/accounts", inactive).await;
    let refused = create().send().await;
    refused.expect_refusal("400 invalid_request_error -");
    assert_eq!(refused.text_at("/error/param"), "payment_method_types");
    assert!(
        refused.text_at("/error/message").starts_with(
            "The payment method type \"sepa_debit\" is invalid. Please ensure the provided type is activated in \
             your dashboard"
        ),
        "{}",
        refused.text
    );
    create().with_key("sk_test_other").send().await.success();
}

#[tokio::test]
async fn wrong_settings_of_an_account_are_refused() {
    let test_bed = TestBed::open().await;
    for (body, expected) in [
        (json!({"activated": false}), "say account or account_of"),
        (json!({"account_of": KEY, "country": "Germany"}), "country is two letters, DE"),
        (json!({"account_of": KEY, "default_currency": "EUR"}), "default_currency is three letters, eur"),
        (json!({"account_of": KEY, "bank_account": "DE89"}), "bank_account is digits, 000123456789"),
        (
            json!({"account_of": KEY, "capabilities": {"cash_payments": "active"}}),
            "there is no capability cash_payments: there is card_payments",
        ),
        (json!({"account_of": KEY, "payouts": "hourly"}), "unknown variant `hourly`"),
        (json!({"account_of": KEY, "active": true}), "unknown field `active`"),
    ] {
        let received = control_refusal(&test_bed, Method::POST, "/accounts", &body.to_string()).await;
        assert!(received.starts_with("400 ") && received.contains(expected), "{body}: {received}");
    }
}
