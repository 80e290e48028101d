//! Holds: the capture of all or a part, the release, and the expiry.

use std::time::Duration;

use serde_json::json;

use crate::tests::test_bed::TestBed;

#[tokio::test]
async fn a_hold_is_captured_in_part_and_refunded() {
    let test_bed = TestBed::open().await;
    let held = test_bed.pay(
        "2000 eur",
        "pm_card_visa",
        "capture_method=manual&metadata[order]=8&expand[]=latest_charge",
    );
    let held = held.with_idempotency_key("hold-8").send().await.success();
    let id = held.id();
    assert_eq!(held.text_at("/status"), "requires_capture");
    assert_eq!(*held.at("/amount_capturable"), json!(2000));
    assert_eq!(*held.at("/latest_charge/captured"), json!(false));
    assert_eq!(*held.at("/latest_charge/balance_transaction"), json!(null));
    let before = held.at("/latest_charge/payment_method_details/card/capture_before").as_i64().unwrap();
    assert_eq!(before.checked_sub(held.at("/created").as_i64().unwrap()), Some(7 * 86_400));

    let body = "amount_to_capture=1500&metadata[shipped]=yes&expand[]=latest_charge.balance_transaction";
    let captured = test_bed
        .post(&format!("payment_intents/{id}/capture"), body)
        .with_idempotency_key("capture-8")
        .send()
        .await
        .success();
    assert_eq!(captured.text_at("/status"), "succeeded");
    assert_eq!(*captured.at("/amount"), json!(2000));
    assert_eq!(*captured.at("/amount_received"), json!(1500));
    assert_eq!(*captured.at("/amount_capturable"), json!(0));
    assert_eq!(*captured.at("/metadata"), json!({ "order": "8", "shipped": "yes" }));
    assert_eq!(*captured.at("/latest_charge/amount_captured"), json!(1500));
    assert_eq!(*captured.at("/latest_charge/balance_transaction/amount"), json!(1500));

    let sent = test_bed.post("refunds", &format!("payment_intent={id}&amount=400")).send().await.success();
    assert_eq!(sent.text_at("/status"), "succeeded");
    assert_eq!(
        test_bed.ledger(),
        ["Authorized 2000 eur", "Captured 1500 eur", "Released 500 eur", "Refunded 400 eur"]
    );
    let ledger = test_bed.sandbox.ledger();
    assert_eq!((ledger.held(None, "eur"), ledger.kept(None, "eur")), (0, 1100));
    let keys: Vec<_> = ledger.entries().iter().map(|entry| entry.idempotency_key.as_deref()).collect();
    assert_eq!(keys, [Some("hold-8"), Some("capture-8"), Some("capture-8"), None]);
}

#[tokio::test]
async fn a_capture_above_the_hold_and_a_second_capture_are_refused() {
    let test_bed = TestBed::open().await;
    let id = test_bed.hold("2000 usd").await;
    let capture = |body| test_bed.post(&format!("payment_intents/{id}/capture"), body).send();
    capture("amount_to_capture=2001").await.expect_refusal("400 invalid_request_error amount_too_large");
    capture("amount_to_capture=0")
        .await
        .expect_refusal("400 invalid_request_error parameter_invalid_integer");
    capture("").await.success();
    let retry = capture("").await;
    retry.expect_refusal("400 invalid_request_error payment_intent_unexpected_state");
    assert_eq!(retry.text_at("/error/payment_intent/status"), "succeeded");
    let cancel = test_bed.post(&format!("payment_intents/{id}/cancel"), "").send().await;
    cancel.expect_refusal("400 invalid_request_error payment_intent_unexpected_state");
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn a_canceled_hold_is_released() {
    let test_bed = TestBed::open().await;
    let id = test_bed.hold("2000 usd").await;
    let body = "cancellation_reason=requested_by_customer&expand[]=latest_charge";
    let canceled = test_bed.post(&format!("payment_intents/{id}/cancel"), body).send().await.success();
    assert_eq!(canceled.text_at("/status"), "canceled");
    assert_eq!(canceled.text_at("/cancellation_reason"), "requested_by_customer");
    assert_eq!(*canceled.at("/latest_charge/refunded"), json!(false));
    assert_eq!(*canceled.at("/latest_charge/amount_refunded"), json!(0));
    let refunded = test_bed.get("events?type=charge.refunded").send().await.success();
    assert_eq!(refunded.ids(), Vec::<String>::new(), "a release is no refund");
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd", "Released 2000 usd"]);
}

#[tokio::test]
async fn an_uncaptured_hold_expires() {
    let test_bed = TestBed::open().await;
    let id = test_bed.hold("2000 usd").await;
    test_bed.sandbox.advance(Duration::from_secs(7 * 86_400 - 60));
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd"]);
    test_bed.sandbox.advance(Duration::from_secs(60));
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd", "Expired 2000 usd"]);
    let shown = test_bed.get(&format!("payment_intents/{id}")).send().await.success();
    assert_eq!(shown.text_at("/status"), "canceled");
    assert_eq!(shown.text_at("/cancellation_reason"), "expired");
    let late = test_bed.post(&format!("payment_intents/{id}/capture"), "").send().await;
    late.expect_refusal("400 invalid_request_error charge_expired_for_capture");
}

#[tokio::test]
async fn a_visa_hold_off_session_is_shorter() {
    let test_bed = TestBed::open().await;
    for (card, hours) in [("pm_card_visa", 4 * 24 + 18), ("pm_card_mastercard", 7 * 24)] {
        let more = "capture_method=manual&off_session=true&expand[]=latest_charge";
        let held = test_bed.pay("2000 usd", card, more).send().await.success();
        let until = held.at("/latest_charge/payment_method_details/card/capture_before").as_i64().unwrap();
        assert_eq!(until.checked_sub(held.at("/created").as_i64().unwrap()), Some(hours * 3600), "{card}");
    }
}

#[tokio::test]
async fn automatic_async_records_the_balance_transaction_later() {
    let test_bed = TestBed::open().await;
    for (capture_method, known) in [("automatic", true), ("automatic_async", false)] {
        let more = format!("capture_method={capture_method}&expand[]=latest_charge");
        let paid = test_bed.pay("2000 usd", "pm_card_visa", &more).send().await.success();
        assert_eq!(paid.at("/latest_charge/balance_transaction").is_string(), known, "{capture_method}");
        let charge = paid.text_at("/latest_charge/id");
        let later =
            test_bed.get(&format!("charges/{charge}?expand[]=balance_transaction")).send().await.success();
        assert_eq!(*later.at("/balance_transaction/net"), json!(2000 - 58 - 30));
        let transaction = later.text_at("/balance_transaction/id");
        test_bed.get(&format!("balance_transactions/{transaction}")).send().await.success();
    }
}

#[tokio::test]
async fn a_payment_can_be_created_first_and_confirmed_later() {
    let test_bed = TestBed::open().await;
    let body = "amount=2000&currency=usd&payment_method_types[]=card&capture_method=manual";
    let intent = test_bed.post("payment_intents", body).send().await.success();
    assert_eq!(intent.text_at("/status"), "requires_payment_method");
    let confirm = |body| test_bed.post(&format!("payment_intents/{}/confirm", intent.id()), body).send();
    confirm("").await.expect_refusal("400 invalid_request_error payment_intent_unexpected_state");
    confirm("payment_method=pm_card_visa_chargeDeclined")
        .await
        .expect_refusal("402 card_error card_declined");
    assert_eq!(confirm("payment_method=pm_card_visa").await.success().text_at("/status"), "requires_capture");
    confirm("").await.expect_refusal("400 invalid_request_error payment_intent_unexpected_state");
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd"]);
}
