//! Slow answers, and callers that hang up before the answer.

use std::time::Duration;

use crate::Fault;
use crate::tests::test_bed::TestBed;

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_disconnect_before_the_effect_causes_no_effect() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.arm(Fault::SlowBefore(LONG));
    let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k");
    assert!(pay().with_timeout_ms(200).try_send().await.unwrap_err().is_timeout());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
    assert_eq!(pay().send().await.success().header("idempotent-replayed"), "-");
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn a_disconnect_after_the_effect_keeps_the_effect() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.arm(Fault::SlowAfter(LONG));
    let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k");
    assert!(pay().with_timeout_ms(200).try_send().await.unwrap_err().is_timeout());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(pay().send().await.success().header("idempotent-replayed"), "true");
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn slow_calls_are_answered_after_the_wait() {
    let test_bed = TestBed::open().await;
    for fault in [Fault::SlowBefore(Duration::from_millis(50)), Fault::SlowAfter(Duration::from_millis(50))] {
        test_bed.sandbox.arm(fault);
        test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    }
}

#[tokio::test]
async fn a_stop_does_not_wait_for_slow_calls() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.arm(Fault::SlowBefore(LONG));
    let waiting = tokio::spawn(test_bed.pay("2000 usd", "pm_card_visa", "").try_send());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let url = format!("{}/v1/payment_intents", test_bed.sandbox.url());
    tokio::time::timeout(Duration::from_secs(5), test_bed.sandbox.stop()).await.unwrap();
    assert!(waiting.await.unwrap().is_err());
    let client = reqwest::Client::builder().build().unwrap();
    assert!(client.get(url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_black_hole_never_answers_with_and_without_the_effect() {
    for effect in [true, false] {
        let test_bed = TestBed::open().await;
        test_bed.sandbox.arm(Fault::BlackHole { effect });
        let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k");
        assert!(pay().with_timeout_ms(300).try_send().await.unwrap_err().is_timeout());
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(test_bed.ledger().len(), if effect { 2 } else { 0 });
        let retry = if effect { "true" } else { "-" };
        assert_eq!(pay().send().await.success().header("idempotent-replayed"), retry);
        assert_eq!(test_bed.ledger().len(), 2);
    }
}

#[tokio::test]
async fn a_stop_ends_calls_in_a_black_hole() {
    for effect in [true, false] {
        let test_bed = TestBed::open().await;
        test_bed.sandbox.arm(Fault::BlackHole { effect });
        let waiting = tokio::spawn(test_bed.pay("2000 usd", "pm_card_visa", "").try_send());
        tokio::time::sleep(Duration::from_millis(200)).await;
        tokio::time::timeout(Duration::from_secs(5), test_bed.sandbox.stop()).await.unwrap();
        assert!(waiting.await.unwrap().is_err());
    }
}
