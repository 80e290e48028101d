//! The logs of calls and deliveries: bounded by bytes, and the newest entries are complete.

use crate::tests::test_bed::TestBed;
use crate::tests::webhooks::receiver::{WebhookReceiver, settle};
use crate::{Call, Sandbox, Settings};

/// The limit of the logs in these tests, in bytes.
const BYTES: usize = 20_000;

async fn open() -> TestBed {
    let settings = Settings { calls_kept_bytes: BYTES, deliveries_kept_bytes: BYTES, ..Settings::default() };
    TestBed::of(Sandbox::start(settings).await.unwrap())
}

#[tokio::test]
async fn the_log_of_calls_is_bounded_by_bytes() {
    let test_bed = open().await;
    let mut last = String::new();
    for number in 0..120 {
        let body = format!("name={}&metadata[number]={number}", "n".repeat(300));
        last = test_bed.post("customers", &body).with_idempotency_key(&number.to_string()).send().await.text;
    }
    let calls = test_bed.sandbox.calls();
    assert_eq!(test_bed.sandbox.calls_made(), 120);
    assert!((10..60).contains(&calls.len()), "{}", calls.len());
    let newest: &Call = calls.last().unwrap();
    assert_eq!(newest.header("idempotency-key"), Some("119"));
    assert_eq!(String::from_utf8_lossy(&newest.answer.as_ref().unwrap().body), last);
    let bodies: usize = calls.iter().map(|call| call.body.len()).sum();
    assert!(bodies < BYTES, "{bodies}");
}

#[tokio::test]
async fn a_long_answer_takes_the_place_of_old_calls() {
    let test_bed = open().await;
    for number in 0..30 {
        // Random letters are hard to compress.
        let text = crate::ids::Ids::seeded(number).letters(450);
        test_bed.post("customers", &format!("metadata[text]={text}")).send().await.success();
    }
    let before = test_bed.sandbox.calls().len();
    test_bed.get("customers?limit=30").send().await.success();
    let calls = test_bed.sandbox.calls();
    assert!(calls.len() < before && before < 30, "{} {before}", calls.len());
    assert_eq!(calls.last().unwrap().path, "/v1/customers");
    assert!(calls.last().unwrap().answer.as_ref().unwrap().body.len() > 13_500);
}

#[tokio::test]
async fn the_log_of_deliveries_is_bounded_by_bytes() {
    let (test_bed, receiver) = (open().await, WebhookReceiver::open().await);
    receiver.subscribe(&test_bed, &["customer.created"]).await;
    for _ in 0..80 {
        test_bed.customer().await;
    }
    settle(&test_bed).await;
    let kept = test_bed.sandbox.deliveries().len();
    assert_eq!((test_bed.sandbox.deliveries_made(), receiver.requests().len()), (80, 80));
    assert!((20..70).contains(&kept), "{kept}");
    assert!(test_bed.sandbox.deliveries().iter().all(|delivery| delivery.outcome.is_delivered()));
}
