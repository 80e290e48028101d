//! The rules of idempotency keys: replays, conflicts, and the errors that are not stored.

use std::time::Duration;

use crate::Fault;
use crate::tests::test_bed::{CARD, TestBed};

#[tokio::test]
async fn a_repeated_call_gets_the_first_answer() {
    let test_bed = TestBed::open().await;
    let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("order-8").send();
    let (first, second) = (pay().await.success(), pay().await.success());
    assert_eq!(first.text, second.text);
    assert_eq!(first.header("idempotency-key"), "order-8");
    assert_eq!(first.header("original-request"), first.header("request-id"));
    assert_eq!(first.header("idempotent-replayed"), "-");
    assert_eq!(second.header("original-request"), first.header("request-id"));
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_ne!(second.header("request-id"), first.header("request-id"));
    assert_eq!(first.header("stripe-version"), "2026-08-26.dahlia");
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn a_key_ignores_the_order_of_parameters_and_refuses_other_values() {
    let test_bed = TestBed::open().await;
    let post = |path: &str, body: &str| test_bed.post(path, body).with_idempotency_key("k").send();
    let body = format!("amount=2000&currency=usd&{CARD}");
    let id = post("payment_intents", &body).await.success().id();
    post("payment_intents", &format!("currency=usd&{CARD}&amount=2000")).await.success();
    let conflict = post("payment_intents", &format!("amount=2001&currency=usd&{CARD}")).await;
    conflict.expect_refusal("400 idempotency_error -");
    let conflict = post(&format!("payment_intents/{id}/cancel"), "").await;
    conflict.expect_refusal("400 idempotency_error -");
    assert!(conflict.text.contains("same endpoint"), "{}", conflict.text);
    let too_long =
        test_bed.post("payment_intents", &body).with_idempotency_key(&"k".repeat(256)).send().await;
    too_long.expect_refusal("400 invalid_request_error -");
}

#[tokio::test]
async fn declines_and_wrong_states_are_replayed_but_refused_parameters_are_not() {
    let test_bed = TestBed::open().await;
    let declined = || {
        test_bed.pay("2000 usd", "pm_card_visa_chargeDeclined", "").with_idempotency_key("declined").send()
    };
    assert_eq!(declined().await.header("idempotent-replayed"), "-");
    let retry = declined().await;
    retry.expect_refusal("402 card_error card_declined");
    assert_eq!(retry.header("idempotent-replayed"), "true");

    let id = test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success().id();
    let capture =
        || test_bed.post(&format!("payment_intents/{id}/capture"), "").with_idempotency_key("late").send();
    capture().await;
    assert_eq!(capture().await.header("idempotent-replayed"), "true");

    test_bed
        .pay("49 usd", "pm_card_visa", "")
        .with_idempotency_key("k")
        .send()
        .await
        .expect_refusal("400 invalid_request_error amount_too_small");
    test_bed.pay("50 usd", "pm_card_visa", "").with_idempotency_key("k").send().await.success();
    let mismatch = test_bed.pay("51 usd", "pm_card_visa", "").with_idempotency_key("k").send().await;
    mismatch.expect_refusal("400 idempotency_error -");
}

#[tokio::test]
async fn rate_limits_and_lock_timeouts_are_not_replayed() {
    let test_bed = TestBed::open().await;
    for (fault, expected) in [
        (Fault::RATE_LIMITED, "429 invalid_request_error rate_limit"),
        (Fault::LockTimeout, "429 invalid_request_error lock_timeout"),
        (Fault::KeyInUse, "409 invalid_request_error idempotency_key_in_use"),
        (Fault::Unavailable, "503 api_error -"),
    ] {
        let key = format!("{fault:?}");
        test_bed.sandbox.arm(fault);
        test_bed
            .pay("50 usd", "pm_card_visa", "")
            .with_idempotency_key(&key)
            .send()
            .await
            .expect_refusal(expected);
        test_bed.pay("60 usd", "pm_card_visa", "").with_idempotency_key(&key).send().await.success();
    }
}

#[tokio::test]
async fn a_key_is_in_use_while_the_first_call_is_in_flight() {
    let test_bed = TestBed::open().await;
    let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("order-8").send();
    for fault in [Fault::SlowBefore(Duration::from_millis(400)), Fault::SlowAfter(Duration::from_millis(400))]
    {
        test_bed.sandbox.arm(fault);
        let meanwhile = async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            pay().await
        };
        let (first, second) = tokio::join!(pay(), meanwhile);
        if matches!(fault, Fault::SlowBefore(_)) {
            first.success();
            second.expect_refusal("409 invalid_request_error idempotency_key_in_use");
            assert_eq!(pay().await.success().header("idempotent-replayed"), "true");
            test_bed.sandbox.advance(Duration::from_secs(25 * 3600));
        } else {
            first.success();
            second.expect_refusal("409 invalid_request_error idempotency_key_in_use");
        }
    }
    assert_eq!(test_bed.ledger().len(), 4);
}

#[tokio::test]
async fn idempotency_keys_expire_after_a_day() {
    let test_bed = TestBed::open().await;
    let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("order-8").send();
    let first = pay().await.success().id();
    test_bed.sandbox.advance(Duration::from_secs(86_400 - 60));
    assert_eq!(pay().await.success().id(), first);
    test_bed.sandbox.advance(Duration::from_secs(60));
    assert_ne!(pay().await.success().id(), first);
}

#[tokio::test]
async fn get_calls_ignore_idempotency_keys() {
    let test_bed = TestBed::open().await;
    let id = test_bed.hold("2000 usd").await;
    let shown =
        test_bed.get(&format!("payment_intents/{id}")).with_idempotency_key("k").send().await.success();
    assert_eq!(shown.header("original-request"), "-");
    test_bed
        .post(&format!("payment_intents/{id}/capture"), "")
        .with_idempotency_key("k")
        .send()
        .await
        .success();
}
