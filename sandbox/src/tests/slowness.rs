//! Slow answers, and callers that hang up before the answer.

use std::time::Duration;

use crate::Fault;
use crate::tests::stage::Stage;

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn who_hangs_up_before_the_effect_has_caused_nothing() {
    let stage = Stage::open().await;
    stage.sandbox.arm(Fault::SlowBefore(LONG));
    let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("k");
    assert!(pay().impatient(200).try_send().await.unwrap_err().is_timeout());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(stage.ledger(), Vec::<String>::new());
    assert_eq!(pay().send().await.good().header("idempotent-replayed"), "-");
    assert_eq!(stage.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn who_hangs_up_after_the_effect_has_caused_it() {
    let stage = Stage::open().await;
    stage.sandbox.arm(Fault::SlowAfter(LONG));
    let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("k");
    assert!(pay().impatient(200).try_send().await.unwrap_err().is_timeout());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(pay().send().await.good().header("idempotent-replayed"), "true");
    assert_eq!(stage.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn who_waits_is_answered() {
    let stage = Stage::open().await;
    for fault in [Fault::SlowBefore(Duration::from_millis(50)), Fault::SlowAfter(Duration::from_millis(50))] {
        stage.sandbox.arm(fault);
        stage.pay("2000 usd", "pm_card_visa", "").send().await.good();
    }
}

#[tokio::test]
async fn a_sandbox_that_stops_does_not_wait_for_slow_calls() {
    let stage = Stage::open().await;
    stage.sandbox.arm(Fault::SlowBefore(LONG));
    let waiting = tokio::spawn(stage.pay("2000 usd", "pm_card_visa", "").try_send());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let url = format!("{}/v1/payment_intents", stage.sandbox.url());
    tokio::time::timeout(Duration::from_secs(5), stage.sandbox.stop()).await.unwrap();
    assert!(waiting.await.unwrap().is_err());
    let client = reqwest::Client::builder().build().unwrap();
    assert!(client.get(url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_black_hole_never_answers_and_may_have_had_its_effect() {
    for effect in [true, false] {
        let stage = Stage::open().await;
        stage.sandbox.arm(Fault::BlackHole { effect });
        let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("k");
        assert!(pay().impatient(300).try_send().await.unwrap_err().is_timeout());
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(stage.ledger().len(), if effect { 2 } else { 0 });
        let retry = if effect { "true" } else { "-" };
        assert_eq!(pay().send().await.good().header("idempotent-replayed"), retry);
        assert_eq!(stage.ledger().len(), 2);
    }
}

#[tokio::test]
async fn a_sandbox_that_stops_leaves_nobody_in_a_black_hole() {
    for effect in [true, false] {
        let stage = Stage::open().await;
        stage.sandbox.arm(Fault::BlackHole { effect });
        let waiting = tokio::spawn(stage.pay("2000 usd", "pm_card_visa", "").try_send());
        tokio::time::sleep(Duration::from_millis(200)).await;
        tokio::time::timeout(Duration::from_secs(5), stage.sandbox.stop()).await.unwrap();
        assert!(waiting.await.unwrap().is_err());
    }
}
