//! Cards with a raw number: a test number behaves as the test card, and any other number as the
//! settings say.

use serde_json::json;

use crate::RawCards;
use crate::tests::stage::{CARD, Stage, raw};

#[tokio::test]
async fn a_raw_card_shows_what_was_said_of_it() {
    let stage = Stage::taking(RawCards::TestNumbers).await;
    let more = "card[cvc]=1234&allow_redisplay=limited&metadata[a]=1&billing_details[name]=Jenny%20Rosen\
                &billing_details[email]=jenny@example.com&billing_details[address][line1]=1%20Mill%20Lane\
                &billing_details[address][country]=GB&billing_details[phone]=%2B44123";
    let made = stage.post("payment_methods", &raw("378282246310005", more)).send().await.good();
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
    let paid = stage.pay("2000 usd", &made.id(), "expand[]=latest_charge").send().await.good();
    assert_eq!(paid.text_at("/latest_charge/billing_details/email"), "jenny@example.com");
    let details = "/latest_charge/payment_method_details/card";
    assert_eq!(paid.text_at(&format!("{details}/brand")), "amex");
    assert_eq!(*paid.at(&format!("{details}/exp_year")), json!(2035));
    assert_eq!(paid.text_at(&format!("{details}/checks/cvc_check")), "pass");
    assert_eq!(paid.text_at(&format!("{details}/checks/address_line1_check")), "pass");
    assert_eq!(paid.at(&format!("{details}/fingerprint")), made.at("/card/fingerprint"));
}

#[tokio::test]
async fn a_fingerprint_belongs_to_a_number() {
    let stage = Stage::taking(RawCards::AnyNumber).await;
    let print = async |number: &str| {
        let made = stage.post("payment_methods", &raw(number, "")).send().await.good();
        made.text_at("/card/fingerprint").to_owned()
    };
    let twin = stage.get("payment_methods/pm_card_visa").send().await.good();
    let visa = print("4242424242424242").await;
    assert_eq!(visa, twin.text_at("/card/fingerprint"));
    assert_eq!(visa, print("4242424242424242").await);
    assert_ne!(visa, print("4111111111111111").await);
    let theirs = stage.get("payment_methods/pm_card_visa").by("sk_test_other").send().await.good();
    assert_ne!(visa, theirs.text_at("/card/fingerprint"));
}

#[tokio::test]
async fn a_test_number_behaves_as_its_twin() {
    let stage = Stage::taking(RawCards::TestNumbers).await;
    for (number, said) in [
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
        let made =
            stage.post("payment_methods", &raw(number, "card[cvc]=123")).once(number).send().await.good();
        let paid = stage.pay("2000 usd", &made.id(), "").send().await;
        let (state, code) = (paid.text_at("/status"), paid.text_at("/error/code"));
        let outcome = if paid.status == 200 { state } else { code };
        let received = format!("{} {outcome} {}", paid.status, paid.text_at("/error/decline_code"));
        assert_eq!(received, said, "{number}");
    }
    let cvc_fails = stage.post("payment_methods", &raw("4000000000000101", "card[cvc]=123"));
    let cvc_fails = cvc_fails.send().await.good().id();
    let paid = stage.pay("2000 usd", &cvc_fails, "expand[]=latest_charge").send().await.good();
    let check = "/latest_charge/payment_method_details/card/checks/cvc_check";
    assert_eq!(paid.text_at(check), "fail");
    // Without a security code, there is no check of the code.
    let codeless = stage.post("payment_methods", &raw("4000000000000127", "")).send().await.good().id();
    let paid = stage.pay("2000 usd", &codeless, "expand[]=latest_charge").send().await.good();
    assert_eq!(*paid.at(check), json!(null));
}

#[tokio::test]
async fn a_card_that_could_be_real_is_neither_kept_nor_set_up() {
    let stage = Stage::taking(RawCards::TestNumbers).await;
    let jenny = stage.post("customers", "name=Jenny").send().await.good().id();
    let card = stage.post("payment_methods", &raw("4111111111111111", "")).send().await.good().id();
    let attach = stage.post(&format!("payment_methods/{card}/attach"), &format!("customer={jenny}"));
    attach.send().await.refused("402 card_error card_declined");
    let set_up = format!("customer={jenny}&payment_method={card}&confirm=true&{CARD}");
    let declined = stage.post("setup_intents", &set_up).send().await;
    declined.refused("402 card_error card_declined");
    assert_eq!(declined.text_at("/error/decline_code"), "test_mode_live_card");
    assert!(
        declined
            .text_at("/error/message")
            .starts_with("Your card was declined. Your request was in test mode")
    );
}

#[tokio::test]
async fn any_number_is_approved_where_that_was_said() {
    let stage = Stage::taking(RawCards::AnyNumber).await;
    for (number, brand) in [
        ("4111111111111111", "visa"),
        ("5425233430109903", "mastercard"),
        ("6205500000000000004", "unionpay"),
        ("9000000000000001", "unknown"),
        ("4000000000000002", "-"),
    ] {
        let made = stage.post("payment_methods", &raw(number, "")).send().await.good();
        let paid = stage.pay("2000 usd", &made.id(), "").send().await;
        if brand == "-" {
            paid.refused("402 card_error card_declined");
        } else {
            assert_eq!(paid.good().text_at("/status"), "succeeded", "{number}");
            assert_eq!(made.text_at("/card/brand"), brand);
        }
    }
}
