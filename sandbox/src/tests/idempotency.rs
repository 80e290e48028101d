//! The rules of idempotency keys: replays, conflicts, and the errors that are not stored.

use std::time::Duration;

use crate::Fault;
use crate::tests::stage::{CARD, Stage};

#[tokio::test]
async fn the_same_call_is_answered_with_the_first_answer() {
    let stage = Stage::open().await;
    let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("order-8").send();
    let (first, second) = (pay().await.good(), pay().await.good());
    assert_eq!(first.text, second.text);
    assert_eq!(first.header("idempotency-key"), "order-8");
    assert_eq!(first.header("original-request"), first.header("request-id"));
    assert_eq!(first.header("idempotent-replayed"), "-");
    assert_eq!(second.header("original-request"), first.header("request-id"));
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_ne!(second.header("request-id"), first.header("request-id"));
    assert_eq!(first.header("stripe-version"), "2026-08-26.dahlia");
    assert_eq!(stage.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn the_order_of_parameters_does_not_matter_but_what_they_say_does() {
    let stage = Stage::open().await;
    let say = |path: &str, body: &str| stage.post(path, body).once("k").send();
    let body = format!("amount=2000&currency=usd&{CARD}");
    let id = say("payment_intents", &body).await.good().id();
    say("payment_intents", &format!("currency=usd&{CARD}&amount=2000")).await.good();
    let other = say("payment_intents", &format!("amount=2001&currency=usd&{CARD}")).await;
    other.refused("400 idempotency_error -");
    let other = say(&format!("payment_intents/{id}/cancel"), "").await;
    other.refused("400 idempotency_error -");
    assert!(other.text.contains("same endpoint"), "{}", other.text);
    let too_long = stage.post("payment_intents", &body).once(&"k".repeat(256)).send().await;
    too_long.refused("400 invalid_request_error -");
}

#[tokio::test]
async fn declines_and_wrong_states_are_kept_but_refused_parameters_are_not() {
    let stage = Stage::open().await;
    let declined = || stage.pay("2000 usd", "pm_card_visa_chargeDeclined", "").once("declined").send();
    assert_eq!(declined().await.header("idempotent-replayed"), "-");
    let retry = declined().await;
    retry.refused("402 card_error card_declined");
    assert_eq!(retry.header("idempotent-replayed"), "true");

    let id = stage.pay("2000 usd", "pm_card_visa", "").send().await.good().id();
    let capture = || stage.post(&format!("payment_intents/{id}/capture"), "").once("late").send();
    capture().await;
    assert_eq!(capture().await.header("idempotent-replayed"), "true");

    stage
        .pay("49 usd", "pm_card_visa", "")
        .once("k")
        .send()
        .await
        .refused("400 invalid_request_error amount_too_small");
    stage.pay("50 usd", "pm_card_visa", "").once("k").send().await.good();
    let mismatch = stage.pay("51 usd", "pm_card_visa", "").once("k").send().await;
    mismatch.refused("400 idempotency_error -");
}

#[tokio::test]
async fn limits_and_locks_are_not_kept() {
    let stage = Stage::open().await;
    for (fault, said) in [
        (Fault::RATE_LIMITED, "429 invalid_request_error rate_limit"),
        (Fault::LockTimeout, "429 invalid_request_error lock_timeout"),
        (Fault::KeyInUse, "409 invalid_request_error idempotency_key_in_use"),
        (Fault::Unavailable, "503 api_error -"),
    ] {
        let key = format!("{fault:?}");
        stage.sandbox.arm(fault);
        stage.pay("50 usd", "pm_card_visa", "").once(&key).send().await.refused(said);
        stage.pay("60 usd", "pm_card_visa", "").once(&key).send().await.good();
    }
}

#[tokio::test]
async fn a_key_whose_first_call_is_under_way_is_in_use() {
    let stage = Stage::open().await;
    let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("order-8").send();
    for fault in [Fault::SlowBefore(Duration::from_millis(400)), Fault::SlowAfter(Duration::from_millis(400))]
    {
        stage.sandbox.arm(fault);
        let meanwhile = async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            pay().await
        };
        let (first, second) = tokio::join!(pay(), meanwhile);
        if matches!(fault, Fault::SlowBefore(_)) {
            first.good();
            second.refused("409 invalid_request_error idempotency_key_in_use");
            assert_eq!(pay().await.good().header("idempotent-replayed"), "true");
            stage.sandbox.advance(Duration::from_secs(25 * 3600));
        } else {
            first.good();
            second.refused("409 invalid_request_error idempotency_key_in_use");
        }
    }
    assert_eq!(stage.ledger().len(), 4);
}

#[tokio::test]
async fn keys_are_forgotten_after_a_day() {
    let stage = Stage::open().await;
    let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("order-8").send();
    let first = pay().await.good().id();
    stage.sandbox.advance(Duration::from_secs(86_400 - 60));
    assert_eq!(pay().await.good().id(), first);
    stage.sandbox.advance(Duration::from_secs(60));
    assert_ne!(pay().await.good().id(), first);
}

#[tokio::test]
async fn keys_mean_nothing_to_a_get() {
    let stage = Stage::open().await;
    let id = stage.hold("2000 usd").await;
    let shown = stage.get(&format!("payment_intents/{id}")).once("k").send().await.good();
    assert_eq!(shown.header("original-request"), "-");
    stage.post(&format!("payment_intents/{id}/capture"), "").once("k").send().await.good();
}
