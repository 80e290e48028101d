//! Refunds, and the banks that are slow or that cannot accept a refund.

use std::time::Duration;

use serde_json::json;

use crate::tests::test_bed::TestBed;

#[tokio::test]
async fn refunds_above_the_captured_amount_are_refused() {
    let test_bed = TestBed::open().await;
    let paid = test_bed.pay("8000 usd", "pm_card_visa", "").send().await.success();
    let (id, charge) = (paid.id(), paid.text_at("/latest_charge").to_owned());
    let refund = |body: String| test_bed.post("refunds", &body).send();
    let first = refund(format!("charge={charge}&amount=5000&reason=duplicate&metadata[a]=1&expand[]=charge"))
        .await
        .success();
    assert_eq!(*first.at("/charge/amount_refunded"), json!(5000));
    assert_eq!(*first.at("/charge/refunded"), json!(false));
    assert_eq!(first.text_at("/payment_intent"), id);
    let too_much = refund(format!("payment_intent={id}&amount=4000")).await;
    too_much.expect_refusal("400 invalid_request_error -");
    assert_eq!(too_much.text_at("/error/param"), "amount");
    assert_eq!(
        too_much.text_at("/error/message"),
        "Refund amount ($40.00) is greater than unrefunded amount on charge ($30.00)"
    );
    assert_eq!(*refund(format!("payment_intent={id}")).await.success().at("/amount"), json!(3000));
    refund(format!("payment_intent={id}"))
        .await
        .expect_refusal("400 invalid_request_error charge_already_refunded");
    let charge = test_bed.get(&format!("charges/{charge}")).send().await.success();
    assert_eq!(*charge.at("/refunded"), json!(true));
    assert_eq!(
        test_bed.get(&format!("payment_intents/{id}")).send().await.success().text_at("/status"),
        "succeeded"
    );
    assert_eq!(test_bed.sandbox.ledger().kept(None, "usd"), 0);
    test_bed.get(&format!("refunds/{}", first.id())).send().await.success();
}

#[tokio::test]
async fn a_refund_without_a_captured_charge_is_refused() {
    let test_bed = TestBed::open().await;
    let id = test_bed.hold("2000 usd").await;
    let held = test_bed.post("refunds", &format!("payment_intent={id}")).send().await;
    held.expect_refusal("400 invalid_request_error -");
    assert!(held.text.contains("You must cancel the PaymentIntent"));
    assert_eq!(held.text_at("/error/param"), "-");
    let unknown = test_bed.post("refunds", "charge=ch_nobody").send().await;
    assert_eq!(
        unknown.expect_refusal("404 invalid_request_error resource_missing").text_at("/error/param"),
        "id"
    );
    test_bed.post("refunds", "amount=5").send().await.expect_refusal("400 invalid_request_error -");
}

#[tokio::test]
async fn a_pending_refund_succeeds_after_half_an_hour() {
    let test_bed = TestBed::open().await;
    let id = test_bed.pay("2000 usd", "pm_card_pendingRefund", "").send().await.success().id();
    let refund = test_bed.post("refunds", &format!("payment_intent={id}")).send().await.success();
    assert_eq!(refund.text_at("/status"), "pending");
    assert_eq!(refund.text_at("/pending_reason"), "processing");
    test_bed.sandbox.advance(Duration::from_secs(1800));
    let later = test_bed.get(&format!("refunds/{}", refund.id())).send().await.success();
    assert_eq!(later.text_at("/status"), "succeeded");
}

#[tokio::test]
async fn a_failed_refund_can_be_repeated() {
    let test_bed = TestBed::open().await;
    let id = test_bed.pay("2000 usd", "pm_card_refundFail", "").send().await.success().id();
    let create_refund = || test_bed.post("refunds", &format!("payment_intent={id}")).send();
    let refund = create_refund().await.success();
    assert_eq!(refund.text_at("/status"), "succeeded");
    test_bed.sandbox.advance(Duration::from_secs(1800));
    let later = test_bed
        .get(&format!("refunds/{}?expand[]=failure_balance_transaction", refund.id()))
        .send()
        .await
        .success();
    assert_eq!(later.text_at("/status"), "failed");
    assert_eq!(later.text_at("/failure_reason"), "unknown");
    assert_eq!(*later.at("/failure_balance_transaction/amount"), json!(2000));
    assert_eq!(test_bed.sandbox.ledger().refunded(None, "usd"), 0);
    create_refund().await.success();
}
