//! Refunds, and the banks that are slow or that cannot accept a refund.

use std::time::Duration;

use serde_json::json;

use crate::tests::stage::Stage;

#[tokio::test]
async fn no_more_is_sent_back_than_was_taken() {
    let stage = Stage::open().await;
    let paid = stage.pay("8000 usd", "pm_card_visa", "").send().await.good();
    let (id, charge) = (paid.id(), paid.text_at("/latest_charge").to_owned());
    let refund = |body: String| stage.post("refunds", &body).send();
    let first = refund(format!("charge={charge}&amount=5000&reason=duplicate&metadata[a]=1&expand[]=charge"))
        .await
        .good();
    assert_eq!(*first.at("/charge/amount_refunded"), json!(5000));
    assert_eq!(*first.at("/charge/refunded"), json!(false));
    assert_eq!(first.text_at("/payment_intent"), id);
    let too_much = refund(format!("payment_intent={id}&amount=4000")).await;
    too_much.refused("400 invalid_request_error -");
    assert_eq!(too_much.text_at("/error/param"), "amount");
    assert_eq!(
        too_much.text_at("/error/message"),
        "Refund amount ($40.00) is greater than unrefunded amount on charge ($30.00)"
    );
    assert_eq!(*refund(format!("payment_intent={id}")).await.good().at("/amount"), json!(3000));
    refund(format!("payment_intent={id}")).await.refused("400 invalid_request_error charge_already_refunded");
    let charge = stage.get(&format!("charges/{charge}")).send().await.good();
    assert_eq!(*charge.at("/refunded"), json!(true));
    assert_eq!(
        stage.get(&format!("payment_intents/{id}")).send().await.good().text_at("/status"),
        "succeeded"
    );
    assert_eq!(stage.sandbox.ledger().kept(None, "usd"), 0);
    stage.get(&format!("refunds/{}", first.id())).send().await.good();
}

#[tokio::test]
async fn what_was_not_taken_cannot_be_sent_back() {
    let stage = Stage::open().await;
    let id = stage.hold("2000 usd").await;
    let held = stage.post("refunds", &format!("payment_intent={id}")).send().await;
    held.refused("400 invalid_request_error -");
    assert!(held.text.contains("You must cancel the PaymentIntent"));
    assert_eq!(held.text_at("/error/param"), "-");
    let unknown = stage.post("refunds", "charge=ch_nobody").send().await;
    assert_eq!(unknown.refused("404 invalid_request_error resource_missing").text_at("/error/param"), "id");
    stage.post("refunds", "amount=5").send().await.refused("400 invalid_request_error -");
}

#[tokio::test]
async fn a_slow_bank_takes_half_an_hour() {
    let stage = Stage::open().await;
    let id = stage.pay("2000 usd", "pm_card_pendingRefund", "").send().await.good().id();
    let refund = stage.post("refunds", &format!("payment_intent={id}")).send().await.good();
    assert_eq!(refund.text_at("/status"), "pending");
    assert_eq!(refund.text_at("/pending_reason"), "processing");
    stage.sandbox.advance(Duration::from_secs(1800));
    let later = stage.get(&format!("refunds/{}", refund.id())).send().await.good();
    assert_eq!(later.text_at("/status"), "succeeded");
}

#[tokio::test]
async fn a_refund_that_fails_later_can_be_tried_again() {
    let stage = Stage::open().await;
    let id = stage.pay("2000 usd", "pm_card_refundFail", "").send().await.good().id();
    let send_back = || stage.post("refunds", &format!("payment_intent={id}")).send();
    let refund = send_back().await.good();
    assert_eq!(refund.text_at("/status"), "succeeded");
    stage.sandbox.advance(Duration::from_secs(1800));
    let later = stage
        .get(&format!("refunds/{}?expand[]=failure_balance_transaction", refund.id()))
        .send()
        .await
        .good();
    assert_eq!(later.text_at("/status"), "failed");
    assert_eq!(later.text_at("/failure_reason"), "unknown");
    assert_eq!(*later.at("/failure_balance_transaction/amount"), json!(2000));
    assert_eq!(stage.sandbox.ledger().refunded(None, "usd"), 0);
    send_back().await.good();
}
