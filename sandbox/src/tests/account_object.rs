//! The account of a key, the permissions of restricted keys, and keys that expire.

use std::time::Duration;

use serde_json::json;

use crate::access::permissions::Resource;
use crate::stripe_enum::StripeEnum;
use crate::tests::control::control_post;
use crate::tests::test_bed::{KEY, TestBed};

const RESTRICTED: &str = "rk_test_restricted";

/// Binds the restricted key to the account of the tests, with one permission.
async fn restrict(test_bed: &TestBed, resource: &str, level: &str) {
    let body = json!({"key": RESTRICTED, "account_of": KEY, "permissions": {resource: level}});
    control_post(test_bed, "/keys", body).await;
}

#[tokio::test]
async fn a_key_shows_the_account_that_the_key_opens() {
    let test_bed = TestBed::open().await;
    let account = test_bed.get("account").send().await.success();
    assert_eq!(Some(account.id()), test_bed.sandbox.account_of(KEY));
    for (pointer, value) in [
        ("/charges_enabled", json!(true)),
        ("/country", json!("US")),
        ("/default_currency", json!("usd")),
        ("/capabilities/card_payments", json!("active")),
        ("/settings/card_payments/statement_descriptor_prefix", json!("SBX")),
        ("/settings/payouts/schedule/interval", json!("manual")),
        ("/type", json!("standard")),
    ] {
        assert_eq!(account.at(pointer), &value, "{pointer}");
    }
    let live = test_bed.get("account").with_key("sk_live_stage").send().await.success();
    assert_eq!(live.id(), account.id());
    let by_id = test_bed.get(&format!("accounts/{}", account.id())).send().await.success();
    assert_eq!(by_id.body, account.body);
    let other = test_bed.get("accounts/acct_other").send().await;
    other.expect_refusal("403 invalid_request_error account_invalid");
    assert_eq!(
        other.text_at("/error/message"),
        "The provided key 'sk_test_*****' does not have access to account 'acct_other' (or that account does not \
         exist). Application access may have been revoked."
    );
}

#[tokio::test]
async fn the_account_shows_changed_settings_in_both_modes() {
    let test_bed = TestBed::open().await;
    let body = json!({"account_of": KEY, "country": "DE", "default_currency": "eur", "payouts": "daily",
        "capabilities": {"sepa_debit_payments": "pending"}});
    control_post(&test_bed, "/accounts", body).await;
    for key in [KEY, "sk_live_stage"] {
        let account = test_bed.get("account").with_key(key).send().await.success();
        assert_eq!(account.text_at("/country"), "DE");
        assert_eq!(account.text_at("/default_currency"), "eur");
        assert_eq!(account.text_at("/capabilities/sepa_debit_payments"), "pending");
        assert_eq!(account.text_at("/settings/payouts/schedule/interval"), "daily");
    }
    let other = test_bed.get("account").with_key("sk_test_other").send().await.success();
    assert_eq!(other.text_at("/country"), "US");
}

#[tokio::test]
async fn a_refusal_names_the_account_and_the_missing_permission() {
    let test_bed = TestBed::open().await;
    let account = test_bed.sandbox.account_of(KEY).unwrap();
    restrict(&test_bed, "charges", "read").await;
    for (path, missing) in [
        ("account", "'rak_accounts_kyc_basic_read' permission"),
        ("balance", "'rak_balance_read' permission"),
        ("balance_transactions", "'rak_balance_transaction_source_read' permission"),
        ("customers", "'rak_customer_read' permission"),
        ("disputes", "'rak_dispute_read' permission"),
        ("events", "'rak_event_read' permission"),
        ("payment_intents", "'rak_payment_intent_read' permission"),
        ("payouts", "'rak_payout_read' permission"),
        ("setup_intents/seti_1", "'rak_confirmation_token_client_read', 'rak_setup_intent_read' permissions"),
        ("webhook_endpoints", "'rak_webhook_read' permission"),
    ] {
        let refused = test_bed.get(path).with_key(RESTRICTED).send().await;
        refused.expect_refusal("403 invalid_request_error more_permissions_required");
        assert_eq!(
            refused.text_at("/error/message"),
            format!(
                "The provided key 'rk_test_******cted' does not have the required permissions for this endpoint \
                 on account '{account}'. Having the {missing} would allow this request to continue."
            )
        );
    }
    test_bed.get("charges").with_key(RESTRICTED).send().await.success();
    restrict(&test_bed, "account", "read").await;
    test_bed.get("account").with_key(RESTRICTED).send().await.success();
    test_bed.get(&format!("accounts/{account}")).with_key(RESTRICTED).send().await.success();
}

#[tokio::test]
async fn an_expired_key_is_refused_from_its_moment_on() {
    let test_bed = TestBed::open().await;
    let later = test_bed.sandbox.now().as_second() + 3600;
    control_post(&test_bed, "/keys", json!({"key": KEY, "expires_at": later})).await;
    test_bed.get("customers").send().await.success();
    test_bed.sandbox.advance(Duration::from_secs(3601));
    let refused = test_bed.get("customers").send().await;
    refused.expect_refusal("401 invalid_request_error api_key_expired");
    assert_eq!(refused.text_at("/error/message"), "Expired API Key provided: sk_test_*****");
    let answer = control_post(&test_bed, "/keys", json!({"key": "sk_test_other", "expired": true})).await;
    assert_eq!(answer["expired"], json!(true));
    let refused = test_bed.post("customers", "").with_key("sk_test_other").send().await;
    refused.expect_refusal("401 invalid_request_error api_key_expired");
    test_bed.sandbox.expire_key("sk_test_third", later);
    test_bed
        .get("account")
        .with_key("sk_test_third")
        .send()
        .await
        .expect_refusal("401 invalid_request_error api_key_expired");
}

#[test]
fn the_documentation_lists_every_right() {
    let page = include_str!("../../../docs/sandbox.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let rights: Vec<String> = Resource::ALL.iter().map(|right| format!("`{}`", right.as_str())).collect();
    let sentence = format!("A right of a restricted key is one of {}.", rights.join(", "));
    assert!(page.contains(&sentence), "docs/sandbox.md has to say\n{sentence}");
}
