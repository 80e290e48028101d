//! Cards with a raw number: a test number behaves as the test card, and any other number as the
//! settings say.

use serde_json::json;

use crate::RawCards;
use crate::tests::test_bed::{CARD, TestBed, raw_card};

#[tokio::test]
async fn a_raw_card_shows_the_given_details() {
    let test_bed = TestBed::with_raw_cards(RawCards::TestNumbers).await;
    let more = "card[cvc]=1234&allow_redisplay=limited&metadata[a]=1&billing_details[name]=Jenny%20Rosen\
                &billing_details[email]=jenny@example.com&billing_details[address][line1]=1%20Mill%20Lane\
                &billing_details[address][country]=GB&billing_details[phone]=%2B44123";
    let made = test_bed.post("payment_methods", &raw_card("378282246310005", more)).send().await.success();
    let card = made.at("/card");
    assert_eq!((card["brand"].as_str(), card["last4"].as_str()), (Some("amex"), Some("0005")));
    assert_eq!((card["exp_month"].as_i64(), card["exp_year"].as_i64()), (Some(3), Some(2035)));
    assert_eq!(card["display_brand"], "american_express");
    assert_eq!(made.text_at("/allow_redisplay"), "limited");
    assert_eq!(*made.at("/metadata"), json!({ "a": "1" }));
    assert_eq!(made.text_at("/billing_details/name"), "Jenny Rosen");
    assert_eq!(made.text_at("/billing_details/address/line1"), "1 Mill Lane");
    assert_eq!(made.text_at("/billing_details/phone"), "+44123");
    assert_eq!(*made.at("/customer"), json!(null));
    let paid = test_bed.pay("2000 usd", &made.id(), "expand[]=latest_charge").send().await.success();
    assert_eq!(paid.text_at("/latest_charge/billing_details/email"), "jenny@example.com");
    let details = "/latest_charge/payment_method_details/card";
    assert_eq!(paid.text_at(&format!("{details}/brand")), "amex");
    assert_eq!(*paid.at(&format!("{details}/exp_year")), json!(2035));
    assert_eq!(paid.text_at(&format!("{details}/checks/cvc_check")), "pass");
    assert_eq!(paid.text_at(&format!("{details}/checks/address_line1_check")), "pass");
    assert_eq!(paid.at(&format!("{details}/fingerprint")), made.at("/card/fingerprint"));
}

#[tokio::test]
async fn a_fingerprint_depends_on_number_and_account() {
    let test_bed = TestBed::with_raw_cards(RawCards::AnyNumber).await;
    let fingerprint = async |number: &str| {
        let made = test_bed.post("payment_methods", &raw_card(number, "")).send().await.success();
        made.text_at("/card/fingerprint").to_owned()
    };
    let test_card = test_bed.get("payment_methods/pm_card_visa").send().await.success();
    let visa = fingerprint("4242424242424242").await;
    assert_eq!(visa, test_card.text_at("/card/fingerprint"));
    assert_eq!(visa, fingerprint("4242424242424242").await);
    assert_ne!(visa, fingerprint("4111111111111111").await);
    let other_account =
        test_bed.get("payment_methods/pm_card_visa").with_key("sk_test_other").send().await.success();
    assert_ne!(visa, other_account.text_at("/card/fingerprint"));
}

#[tokio::test]
async fn a_test_number_behaves_like_the_test_card() {
    let test_bed = TestBed::with_raw_cards(RawCards::TestNumbers).await;
    for (number, expected) in [
        ("4242424242424242", "200 succeeded -"),
        ("2223003122003222", "200 succeeded -"),
        ("4000000000000002", "402 card_declined generic_decline"),
        ("4000000000009995", "402 card_declined insufficient_funds"),
        ("4000000000000069", "402 expired_card expired_card"),
        ("4000000000000127", "402 incorrect_cvc incorrect_cvc"),
        ("4000000000000341", "402 card_declined generic_decline"),
        ("4100000000000019", "402 card_declined fraudulent"),
        ("4000000000000101", "200 succeeded -"),
        ("4000002760003184", "200 requires_action -"),
        ("4000003800000446", "200 requires_action -"),
        ("4111111111111111", "402 card_declined test_mode_live_card"),
    ] {
        let made = test_bed
            .post("payment_methods", &raw_card(number, "card[cvc]=123"))
            .with_idempotency_key(number)
            .send()
            .await
            .success();
        let paid = test_bed.pay("2000 usd", &made.id(), "").send().await;
        let (state, code) = (paid.text_at("/status"), paid.text_at("/error/code"));
        let outcome = if paid.status == 200 { state } else { code };
        let received = format!("{} {outcome} {}", paid.status, paid.text_at("/error/decline_code"));
        assert_eq!(received, expected, "{number}");
    }
    let cvc_fails = test_bed.post("payment_methods", &raw_card("4000000000000101", "card[cvc]=123"));
    let cvc_fails = cvc_fails.send().await.success().id();
    let paid = test_bed.pay("2000 usd", &cvc_fails, "expand[]=latest_charge").send().await.success();
    let check = "/latest_charge/payment_method_details/card/checks/cvc_check";
    assert_eq!(paid.text_at(check), "fail");
    // Without a security code, there is no check of the code.
    let without_cvc =
        test_bed.post("payment_methods", &raw_card("4000000000000127", "")).send().await.success().id();
    let paid = test_bed.pay("2000 usd", &without_cvc, "expand[]=latest_charge").send().await.success();
    assert_eq!(*paid.at(check), json!(null));
}

#[tokio::test]
async fn a_card_outside_the_test_cards_is_declined_at_attach_and_setup() {
    let test_bed = TestBed::with_raw_cards(RawCards::TestNumbers).await;
    let jenny = test_bed.post("customers", "name=Jenny").send().await.success().id();
    let card =
        test_bed.post("payment_methods", &raw_card("4111111111111111", "")).send().await.success().id();
    let attach = test_bed.post(&format!("payment_methods/{card}/attach"), &format!("customer={jenny}"));
    attach.send().await.expect_refusal("402 card_error card_declined");
    let set_up = format!("customer={jenny}&payment_method={card}&confirm=true&{CARD}");
    let declined = test_bed.post("setup_intents", &set_up).send().await;
    declined.expect_refusal("402 card_error card_declined");
    assert_eq!(declined.text_at("/error/decline_code"), "test_mode_live_card");
    assert!(
        declined
            .text_at("/error/message")
            .starts_with("Your card was declined. Your request was in test mode")
    );
}

#[tokio::test]
async fn any_number_is_approved_with_the_setting_any_number() {
    let test_bed = TestBed::with_raw_cards(RawCards::AnyNumber).await;
    for (number, brand) in [
        ("4111111111111111", "visa"),
        ("5425233430109903", "mastercard"),
        ("6205500000000000004", "unionpay"),
        ("9000000000000001", "unknown"),
        ("4000000000000002", "-"),
    ] {
        let made = test_bed.post("payment_methods", &raw_card(number, "")).send().await.success();
        let paid = test_bed.pay("2000 usd", &made.id(), "").send().await;
        if brand == "-" {
            paid.expect_refusal("402 card_error card_declined");
        } else {
            assert_eq!(paid.success().text_at("/status"), "succeeded", "{number}");
            assert_eq!(made.text_at("/card/brand"), brand);
        }
    }
}
