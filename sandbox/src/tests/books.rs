//! The ledger and the balance stay correct when two operations concern the same money.

use std::time::Duration;

use serde_json::json;

use crate::tests::stage::{CARD, Stage};

#[tokio::test]
async fn more_than_was_held_takes_nothing_from_other_holds() {
    let stage = Stage::open().await;
    let more = "capture_method=manual&payment_method_options[card][request_overcapture]=if_available";
    let beyond = stage.pay("1000 usd", "pm_card_visa", more).send().await.good().id();
    stage.hold("500 usd").await;
    stage.post(&format!("payment_intents/{beyond}/capture"), "amount_to_capture=1200").send().await.good();
    let ledger = stage.sandbox.ledger();
    assert_eq!((ledger.held(None, "usd"), ledger.captured(None, "usd")), (500, 1200));
}

#[tokio::test]
async fn what_was_taken_of_a_hold_that_ended_can_be_sent_back() {
    let stage = Stage::open().await;
    for ends_by_itself in [false, true] {
        let more = "capture_method=manual&payment_method_options[card][request_multicapture]=if_available";
        let held = stage.pay("1000 usd", "pm_card_visa", more).send().await.good().id();
        let part = "amount_to_capture=400&final_capture=false";
        stage.post(&format!("payment_intents/{held}/capture"), part).send().await.good();
        if ends_by_itself {
            stage.sandbox.advance(Duration::from_secs(8 * 86_400));
        } else {
            stage.post(&format!("payment_intents/{held}/cancel"), "").send().await.good();
        }
        let ended = stage.get(&format!("payment_intents/{held}?expand[]=latest_charge")).send().await.good();
        assert_eq!((ended.text_at("/status"), ended.at("/amount_received")), ("canceled", &json!(400)));
        assert_eq!(*ended.at("/latest_charge/refunded"), json!(false));
        let sent = stage.post("refunds", &format!("payment_intent={held}")).send().await.good();
        assert_eq!(*sent.at("/amount"), json!(400));
    }
    let ledger = stage.sandbox.ledger();
    assert_eq!((ledger.held(None, "usd"), ledger.kept(None, "usd")), (0, 0));
}

#[tokio::test]
async fn what_is_said_later_does_not_unsay_what_was_said_before() {
    let stage = Stage::open().await;
    let manual = "payment_method_options[card][capture_method]=manual";
    let asked = "payment_method_options[card][request_three_d_secure]=any";
    let body = format!("amount=2000&currency=usd&payment_method=pm_card_visa&{manual}&{CARD}");
    let held = stage.post("payment_intents", &body).send().await.good().id();
    let confirmed = stage.post(&format!("payment_intents/{held}/confirm"), asked).send().await.good();
    assert_eq!(confirmed.text_at("/status"), "requires_capture");
    let late = "payment_method_options[card][request_incremental_authorization]=if_available";
    let refused = stage.post(&format!("payment_intents/{held}"), late).send().await;
    refused.refused("400 invalid_request_error payment_intent_unexpected_state");
}

#[tokio::test]
async fn a_closed_dispute_stays_closed() {
    let stage = Stage::open().await;
    let paid = stage.pay("2000 usd", "pm_card_createDispute", "").send().await.good().id();
    let dispute = stage.get(&format!("disputes?payment_intent={paid}")).send().await.good().ids().remove(0);
    let answer = |body: &str| stage.post(&format!("disputes/{dispute}"), body).send();
    // Staged evidence is sent with the later submission.
    answer("evidence[uncategorized_text]=winning_evidence&submit=false").await.good();
    stage.sandbox.advance(Duration::from_secs(6));
    assert_eq!(answer("submit=true").await.good().text_at("/status"), "under_review");
    stage.sandbox.advance(Duration::from_secs(6));
    let retry = "evidence[enhanced_evidence][mastercard_compliance][fee_acknowledged]=true";
    answer(retry).await.refused("400 invalid_request_error -");
    answer("submit=true").await.refused("400 invalid_request_error -");
    stage.sandbox.advance(Duration::from_secs(6));
    assert_eq!(stage.ledger().iter().filter(|entry| entry.starts_with("DisputeWon")).count(), 1);
}

#[tokio::test]
async fn what_was_sent_back_is_not_disputed_as_well() {
    let stage = Stage::open().await;
    for (refund, disputed) in [("amount=500", 1500), ("", 0)] {
        let paid = stage.pay("2000 usd", "pm_card_createDisputeInquiry", "").send().await.good().id();
        let dispute =
            stage.get(&format!("disputes?payment_intent={paid}")).send().await.good().ids().remove(0);
        stage.post("refunds", &format!("payment_intent={paid}&{refund}")).send().await.good();
        let body = "evidence[uncategorized_text]=escalate_inquiry_evidence";
        stage.post(&format!("disputes/{dispute}"), body).send().await.good();
        let before = stage.sandbox.ledger().disputed(None, "usd");
        stage.sandbox.advance(Duration::from_secs(6));
        assert_eq!(stage.sandbox.ledger().disputed(None, "usd") - before, disputed);
    }
}

#[tokio::test]
async fn a_card_that_was_taken_away_meanwhile_is_not_charged() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let card =
        stage.post("payment_methods/pm_card_authenticationRequired/attach", &format!("customer={jenny}"));
    let card = card.send().await.good().id();
    let waiting =
        stage.pay("2000 usd", &card, &format!("customer={jenny}&return_url=https://shop.example/%23end"));
    let waiting = waiting.send().await.good();
    stage.post(&format!("payment_methods/{card}/detach"), "").send().await.good();
    assert!(stage.sandbox.authenticate(&waiting.id(), true));
    let left = stage.get(&format!("payment_intents/{}", waiting.id())).send().await.good();
    assert_eq!(left.text_at("/status"), "requires_payment_method");
    assert_eq!(stage.ledger(), Vec::<String>::new());
}

#[tokio::test]
async fn the_way_back_tells_how_it_ended() {
    let stage = Stage::open().await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for (card, status) in [
        ("pm_card_authenticationRequired", "succeeded"),
        ("pm_card_threeDSecureRequiredChargeDeclined", "failed"),
    ] {
        let back = "return_url=https://shop.example/done?a=1%23end";
        let waiting = stage.pay("2000 usd", card, back).send().await.good();
        let url = waiting.text_at("/next_action/redirect_to_url/url");
        let answer = client.post(format!("{url}&outcome=pass")).send().await.unwrap();
        let place = answer.headers()["location"].to_str().unwrap();
        assert!(place.starts_with("https://shop.example/done?a=1&payment_intent="), "{place}");
        assert!(place.ends_with(&format!("redirect_status={status}#end")), "{place}");
    }
}

#[tokio::test]
async fn a_mandate_is_for_one_account() {
    let stage = Stage::open().await;
    let account = |iban: &str| {
        format!(
            "payment_method_data[type]=sepa_debit&payment_method_data[billing_details][name]=Jenny&\
             payment_method_data[billing_details][email]=jenny@example.com&payment_method_data[sepa_debit][iban]={iban}"
        )
    };
    let agreed = "mandate_data[customer_acceptance][type]=offline";
    let terms = "amount=2000&currency=eur&payment_method_types[]=sepa_debit&confirm=true";
    let first = format!("{terms}&{agreed}&{}", account("DE62370400440532013001"));
    let failed = stage.post("payment_intents", &first).send().await.good().id();
    stage.sandbox.advance(Duration::from_secs(16));
    let confirm = |body: String| stage.post(&format!("payment_intents/{failed}/confirm"), &body).send();
    let other = account("DE89370400440532013000");
    confirm(other.clone()).await.refused("400 invalid_request_error payment_intent_mandate_invalid");
    assert_eq!(confirm(format!("{other}&{agreed}")).await.good().text_at("/status"), "processing");
    let too_much = format!("{}&{agreed}&{other}", terms.replace("2000", "100000000"));
    stage
        .post("payment_intents", &too_much)
        .send()
        .await
        .refused("400 invalid_request_error amount_too_large");
}
