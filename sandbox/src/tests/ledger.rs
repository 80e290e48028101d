//! The ledger and the balance stay correct when two operations concern the same money.

use std::time::Duration;

use serde_json::json;

use crate::tests::test_bed::{CARD, TestBed};

#[tokio::test]
async fn overcapture_leaves_other_holds_unchanged() {
    let test_bed = TestBed::open().await;
    let more = "capture_method=manual&payment_method_options[card][request_overcapture]=if_available";
    let beyond = test_bed.pay("1000 usd", "pm_card_visa", more).send().await.success().id();
    test_bed.hold("500 usd").await;
    test_bed
        .post(&format!("payment_intents/{beyond}/capture"), "amount_to_capture=1200")
        .send()
        .await
        .success();
    let ledger = test_bed.sandbox.ledger();
    assert_eq!((ledger.held(None, "usd"), ledger.captured(None, "usd")), (500, 1200));
}

#[tokio::test]
async fn a_partial_capture_of_an_ended_hold_can_be_refunded() {
    let test_bed = TestBed::open().await;
    for ends_by_itself in [false, true] {
        let more = "capture_method=manual&payment_method_options[card][request_multicapture]=if_available";
        let held = test_bed.pay("1000 usd", "pm_card_visa", more).send().await.success().id();
        let part = "amount_to_capture=400&final_capture=false";
        test_bed.post(&format!("payment_intents/{held}/capture"), part).send().await.success();
        if ends_by_itself {
            test_bed.sandbox.advance(Duration::from_secs(8 * 86_400));
        } else {
            test_bed.post(&format!("payment_intents/{held}/cancel"), "").send().await.success();
        }
        let ended =
            test_bed.get(&format!("payment_intents/{held}?expand[]=latest_charge")).send().await.success();
        assert_eq!((ended.text_at("/status"), ended.at("/amount_received")), ("canceled", &json!(400)));
        assert_eq!(*ended.at("/latest_charge/refunded"), json!(false));
        let sent = test_bed.post("refunds", &format!("payment_intent={held}")).send().await.success();
        assert_eq!(*sent.at("/amount"), json!(400));
    }
    let ledger = test_bed.sandbox.ledger();
    assert_eq!((ledger.held(None, "usd"), ledger.kept(None, "usd")), (0, 0));
}

#[tokio::test]
async fn later_options_leave_earlier_options_unchanged() {
    let test_bed = TestBed::open().await;
    let manual = "payment_method_options[card][capture_method]=manual";
    let requested = "payment_method_options[card][request_three_d_secure]=any";
    let body = format!("amount=2000&currency=usd&payment_method=pm_card_visa&{manual}&{CARD}");
    let held = test_bed.post("payment_intents", &body).send().await.success().id();
    let confirmed =
        test_bed.post(&format!("payment_intents/{held}/confirm"), requested).send().await.success();
    assert_eq!(confirmed.text_at("/status"), "requires_capture");
    let late = "payment_method_options[card][request_incremental_authorization]=if_available";
    let refused = test_bed.post(&format!("payment_intents/{held}"), late).send().await;
    refused.expect_refusal("400 invalid_request_error payment_intent_unexpected_state");
}

#[tokio::test]
async fn a_closed_dispute_stays_closed() {
    let test_bed = TestBed::open().await;
    let paid = test_bed.pay("2000 usd", "pm_card_createDispute", "").send().await.success().id();
    let dispute =
        test_bed.get(&format!("disputes?payment_intent={paid}")).send().await.success().ids().remove(0);
    let answer = |body: &str| test_bed.post(&format!("disputes/{dispute}"), body).send();
    // Staged evidence is sent with the later submission.
    answer("evidence[uncategorized_text]=winning_evidence&submit=false").await.success();
    test_bed.sandbox.advance(Duration::from_secs(6));
    assert_eq!(answer("submit=true").await.success().text_at("/status"), "under_review");
    test_bed.sandbox.advance(Duration::from_secs(6));
    let retry = "evidence[enhanced_evidence][mastercard_compliance][fee_acknowledged]=true";
    answer(retry).await.expect_refusal("400 invalid_request_error -");
    answer("submit=true").await.expect_refusal("400 invalid_request_error -");
    test_bed.sandbox.advance(Duration::from_secs(6));
    assert_eq!(test_bed.ledger().iter().filter(|entry| entry.starts_with("DisputeWon")).count(), 1);
}

#[tokio::test]
async fn an_escalated_dispute_excludes_refunded_amounts() {
    let test_bed = TestBed::open().await;
    for (refund, disputed) in [("amount=500", 1500), ("", 0)] {
        let paid = test_bed.pay("2000 usd", "pm_card_createDisputeInquiry", "").send().await.success().id();
        let dispute =
            test_bed.get(&format!("disputes?payment_intent={paid}")).send().await.success().ids().remove(0);
        test_bed.post("refunds", &format!("payment_intent={paid}&{refund}")).send().await.success();
        let body = "evidence[uncategorized_text]=escalate_inquiry_evidence";
        test_bed.post(&format!("disputes/{dispute}"), body).send().await.success();
        let before = test_bed.sandbox.ledger().disputed(None, "usd");
        test_bed.sandbox.advance(Duration::from_secs(6));
        assert_eq!(test_bed.sandbox.ledger().disputed(None, "usd") - before, disputed);
    }
}

#[tokio::test]
async fn a_card_detached_during_authentication_is_not_charged() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let card =
        test_bed.post("payment_methods/pm_card_authenticationRequired/attach", &format!("customer={jenny}"));
    let card = card.send().await.success().id();
    let waiting =
        test_bed.pay("2000 usd", &card, &format!("customer={jenny}&return_url=https://shop.example/%23end"));
    let waiting = waiting.send().await.success();
    test_bed.post(&format!("payment_methods/{card}/detach"), "").send().await.success();
    assert!(test_bed.sandbox.authenticate(&waiting.id(), true));
    let left = test_bed.get(&format!("payment_intents/{}", waiting.id())).send().await.success();
    assert_eq!(left.text_at("/status"), "requires_payment_method");
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
}

#[tokio::test]
async fn the_return_url_contains_the_outcome_of_the_authentication() {
    let test_bed = TestBed::open().await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for (card, status) in [
        ("pm_card_authenticationRequired", "succeeded"),
        ("pm_card_threeDSecureRequiredChargeDeclined", "failed"),
    ] {
        let back = "return_url=https://shop.example/done?a=1%23end";
        let waiting = test_bed.pay("2000 usd", card, back).send().await.success();
        let url = waiting.text_at("/next_action/redirect_to_url/url");
        let answer = client.post(format!("{url}&outcome=pass")).send().await.unwrap();
        let place = answer.headers()["location"].to_str().unwrap();
        assert!(place.starts_with("https://shop.example/done?a=1&payment_intent="), "{place}");
        assert!(place.ends_with(&format!("redirect_status={status}#end")), "{place}");
    }
}

#[tokio::test]
async fn a_mandate_covers_one_bank_account() {
    let test_bed = TestBed::open().await;
    let account = |iban: &str| {
        format!(
            "payment_method_data[type]=sepa_debit&payment_method_data[billing_details][name]=Jenny&\
             payment_method_data[billing_details][email]=jenny@example.com&payment_method_data[sepa_debit][iban]={iban}"
        )
    };
    let agreed = "mandate_data[customer_acceptance][type]=offline";
    let terms = "amount=2000&currency=eur&payment_method_types[]=sepa_debit&confirm=true";
    let first = format!("{terms}&{agreed}&{}", account("DE62370400440532013001"));
    let failed = test_bed.post("payment_intents", &first).send().await.success().id();
    test_bed.sandbox.advance(Duration::from_secs(16));
    let confirm = |body: String| test_bed.post(&format!("payment_intents/{failed}/confirm"), &body).send();
    let other = account("DE89370400440532013000");
    confirm(other.clone()).await.expect_refusal("400 invalid_request_error payment_intent_mandate_invalid");
    assert_eq!(confirm(format!("{other}&{agreed}")).await.success().text_at("/status"), "processing");
    let too_much = format!("{}&{agreed}&{other}", terms.replace("2000", "100000000"));
    test_bed
        .post("payment_intents", &too_much)
        .send()
        .await
        .expect_refusal("400 invalid_request_error amount_too_large");
}
