//! Deliveries that fail, and the schedule of their retries.

use std::time::Duration;

use serde_json::json;

use crate::DeliveryOutcome;
use crate::tests::test_bed::TestBed;
use crate::tests::webhooks::receiver::{WebhookReceiver, settle};

const HOUR: Duration = Duration::from_secs(3_600);

fn answered(status: u16) -> DeliveryOutcome {
    DeliveryOutcome::Answered { status }
}

#[tokio::test]
async fn a_failed_delivery_is_retried_with_a_new_signature() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let endpoint = receiver.subscribe(&test_bed, &["customer.created"]).await;
    receiver.answer_with(&[500, 302]);
    test_bed.customer().await;
    assert_eq!(receiver.settled(&test_bed).await.len(), 1);
    test_bed.sandbox.advance(HOUR / 2);
    assert_eq!(receiver.settled(&test_bed).await.len(), 1);
    test_bed.sandbox.advance(HOUR / 2);
    assert_eq!(receiver.settled(&test_bed).await.len(), 2);
    test_bed.sandbox.advance(HOUR * 3);
    let requests = receiver.settled(&test_bed).await;
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.is_signed_with(&endpoint.secret)));
    let waited = |from: usize, to: usize| requests[to].signed_at() - requests[from].signed_at();
    assert!((3_600..3_610).contains(&waited(0, 1)) && (10_800..10_810).contains(&waited(1, 2)));
    assert_ne!(requests[0].signatures("v1"), requests[1].signatures("v1"));
    assert_eq!((&requests[0].text, requests[0].id()), (&requests[2].text, requests[2].id()));

    let log = test_bed.sandbox.deliveries();
    let expected: Vec<_> =
        log.iter().map(|entry| (entry.attempt, entry.outcome.clone(), entry.next_at.is_some())).collect();
    assert_eq!(expected, [(1, answered(500), true), (2, answered(302), true), (3, answered(200), false)]);
    let event = test_bed.get(&format!("events/{}", requests[0].id())).send().await.success();
    assert_eq!(*event.at("/pending_webhooks"), json!(0));
}

#[tokio::test]
async fn test_mode_stops_after_three_attempts_until_a_resend() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let endpoint = receiver.subscribe(&test_bed, &["customer.created"]).await;
    receiver.answer_with(&[500, 400, 404]);
    test_bed.customer().await;
    for _ in 0..20 {
        settle(&test_bed).await;
        test_bed.sandbox.advance(HOUR * 24);
    }
    let requests = receiver.settled(&test_bed).await;
    assert_eq!(requests.len(), 3);
    let event = format!("events/{}", requests[0].id());
    assert_eq!(*test_bed.get(&event).send().await.success().at("/pending_webhooks"), json!(1));

    assert!(!test_bed.sandbox.redeliver("evt_unknown", &endpoint.id));
    assert!(!test_bed.sandbox.redeliver(&requests[0].id(), "we_unknown"));
    for _ in 0..2 {
        assert!(test_bed.sandbox.redeliver(&requests[0].id(), &endpoint.id));
        settle(&test_bed).await;
        assert_eq!(*test_bed.get(&event).send().await.success().at("/pending_webhooks"), json!(0));
    }
    let log = test_bed.sandbox.deliveries();
    let expected: Vec<_> =
        log.iter().skip(3).map(|entry| (entry.attempt, entry.resent, entry.outcome.clone())).collect();
    assert_eq!(expected, [(1, true, answered(200)), (1, true, answered(200))]);
}

#[tokio::test]
async fn live_mode_retries_for_three_days() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    receiver.subscribe_with_key(&test_bed, "sk_live_stage", &["customer.created"]).await;
    receiver.answer_with(&[500; 100]);
    test_bed.post("customers", "name=Jenny").with_key("sk_live_stage").send().await.success();
    for _ in 0..(5 * 24 * 12) {
        settle(&test_bed).await;
        test_bed.sandbox.advance(HOUR / 12);
    }
    let requests = receiver.settled(&test_bed).await;
    let hours = (requests[requests.len() - 1].signed_at() - requests[0].signed_at()) / 3_600;
    assert_eq!((requests.len(), hours), (13, 69));
}

#[tokio::test]
async fn a_refused_connection_is_a_failed_delivery() {
    let test_bed = TestBed::open().await;
    // The listener was dropped, so that the port refuses connections.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let body = format!("url=http://127.0.0.1:{port}/&enabled_events[]=*");
    test_bed.post("webhook_endpoints", &body).send().await.success();
    test_bed.customer().await;
    settle(&test_bed).await;
    let log = test_bed.sandbox.deliveries();
    assert!(matches!(&log[0].outcome, DeliveryOutcome::Unreachable { reason } if reason.contains("refused")));
    let wait = log[0].next_at.unwrap().duration_since(log[0].at).as_secs();
    assert!((3_600..3_610).contains(&wait), "{wait}");
}

#[tokio::test]
async fn disabled_and_deleted_endpoints_receive_no_deliveries() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let endpoint = receiver.subscribe(&test_bed, &["customer.created"]).await;
    let path = format!("webhook_endpoints/{}", endpoint.id);
    receiver.answer_with(&[500, 500]);
    test_bed.customer().await;
    settle(&test_bed).await;

    // The endpoint that is enabled again in time misses only the events of the disabled period.
    test_bed.post(&path, "disabled=true").send().await.success();
    test_bed.customer().await;
    test_bed.post(&path, "disabled=false").send().await.success();
    test_bed.sandbox.advance(HOUR);
    assert_eq!(receiver.settled(&test_bed).await.len(), 2);

    test_bed.delete(&path).send().await.success();
    test_bed.sandbox.advance(HOUR * 3);
    test_bed.customer().await;
    assert_eq!(receiver.settled(&test_bed).await.len(), 2);
    let outcomes: Vec<_> = test_bed.sandbox.deliveries().into_iter().map(|entry| entry.outcome).collect();
    assert_eq!(outcomes, [answered(500), answered(500), DeliveryOutcome::EndpointGone]);
}
