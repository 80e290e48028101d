//! Faults of webhook deliveries: each fault and the effect on the receiver.

use std::time::Duration;

use crate::tests::test_bed::TestBed;
use crate::tests::webhooks::receiver::{Endpoint, ReceivedRequest, WebhookReceiver, settle};
use crate::{DeliveryOutcome, WebhookFault, WebhookFaultRule};

const HOUR: Duration = Duration::from_secs(3_600);

/// A test bed with a receiver that subscribes to new customers, and a fault that hits the first delivery.
async fn with_fault(fault: WebhookFault) -> (TestBed, WebhookReceiver, Endpoint) {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let endpoint = receiver.subscribe(&test_bed, &["customer.created"]).await;
    test_bed.sandbox.arm_webhook_fault(fault);
    (test_bed, receiver, endpoint)
}

/// Creates customers, and returns their names in the order of arrival, once no delivery is in flight.
async fn received_customers(test_bed: &TestBed, receiver: &WebhookReceiver, customers: &[&str]) -> String {
    for name in customers {
        test_bed.post("customers", &format!("name={name}")).send().await.success();
    }
    let name =
        |request: &ReceivedRequest| request.event["data"]["object"]["name"].as_str().unwrap().to_owned();
    receiver.settled(test_bed).await.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_lost_delivery_is_never_sent() {
    let (test_bed, receiver, _) = with_fault(WebhookFault::Lost).await;
    assert_eq!(received_customers(&test_bed, &receiver, &["a", "b"]).await, "b");
    test_bed.sandbox.advance(HOUR * 24);
    assert_eq!(received_customers(&test_bed, &receiver, &[]).await, "b");
    let log = test_bed.sandbox.deliveries();
    assert_eq!((&log[0].outcome, log[0].fault), (&DeliveryOutcome::Lost, Some(WebhookFault::Lost)));
    let lost = test_bed.get("events?delivery_success=false").send().await.success();
    assert_eq!(lost.ids(), [log[0].event.clone()]);
}

#[tokio::test]
async fn an_unreached_endpoint_gets_the_event_with_the_next_attempt() {
    let (test_bed, receiver, _) = with_fault(WebhookFault::Unreached).await;
    assert_eq!(received_customers(&test_bed, &receiver, &["a", "b"]).await, "b");
    test_bed.sandbox.advance(HOUR);
    assert_eq!(received_customers(&test_bed, &receiver, &[]).await, "b a");
}

#[tokio::test]
async fn a_lost_answer_leads_to_a_second_delivery() {
    let (test_bed, receiver, _) = with_fault(WebhookFault::Unheard).await;
    assert_eq!(received_customers(&test_bed, &receiver, &["a", "b"]).await, "a b");
    test_bed.sandbox.advance(HOUR);
    assert_eq!(received_customers(&test_bed, &receiver, &[]).await, "a b a");
}

#[tokio::test]
async fn a_doubled_delivery_arrives_twice() {
    let (test_bed, receiver, endpoint) = with_fault(WebhookFault::Doubled).await;
    assert_eq!(received_customers(&test_bed, &receiver, &["a", "b"]).await, "a a b");
    assert!(receiver.requests().iter().all(|request| request.is_signed_with(&endpoint.secret)));
    let waiting = test_bed.get("events?delivery_success=false").send().await.success();
    assert_eq!(waiting.ids(), Vec::<String>::new());
    assert_eq!(test_bed.sandbox.deliveries().len(), 3);
}

#[tokio::test]
async fn a_delayed_delivery_arrives_later() {
    let (test_bed, receiver, endpoint) = with_fault(WebhookFault::Delayed { after: HOUR }).await;
    assert_eq!(received_customers(&test_bed, &receiver, &["a", "b"]).await, "b");
    test_bed.sandbox.advance(HOUR);
    assert_eq!(received_customers(&test_bed, &receiver, &["c"]).await.split(' ').count(), 3);
    assert!(receiver.requests()[1].is_signed_with(&endpoint.secret));
    let log = test_bed.sandbox.deliveries();
    assert_eq!((&log[0].outcome, log[0].next_at.is_some()), (&DeliveryOutcome::HeldBack, true));
    let late = log.iter().rfind(|entry| entry.event == log[0].event).unwrap();
    assert!(late.outcome.is_delivered() && late.fault == log[0].fault && late.attempt == 1, "{late:?}");
}

#[tokio::test]
async fn a_delay_ends_in_real_time() {
    let (test_bed, receiver, _) = with_fault(WebhookFault::Delayed { after: Duration::from_secs(2) }).await;
    assert_eq!(received_customers(&test_bed, &receiver, &["a", "b"]).await, "b");
    // The clock is not moved here. The delay has to end in real time.
    let arrives = async {
        while receiver.requests().len() < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), arrives).await.unwrap();
    assert_eq!(received_customers(&test_bed, &receiver, &[]).await, "b a");
}

#[tokio::test]
async fn a_reordered_delivery_follows_the_next_delivery() {
    let (test_bed, receiver, _) = with_fault(WebhookFault::Reordered).await;
    assert_eq!(received_customers(&test_bed, &receiver, &["a"]).await, "");
    assert_eq!(received_customers(&test_bed, &receiver, &["b", "c"]).await, "b a c");
}

#[tokio::test]
async fn deliveries_are_reordered_while_the_rule_is_armed() {
    let (test_bed, receiver, _) = with_fault(WebhookFault::Reordered).await;
    let rule = WebhookFaultRule::next_delivery(WebhookFault::Reordered);
    test_bed.sandbox.arm_webhook(WebhookFaultRule { times: None, ..rule });
    assert_eq!(received_customers(&test_bed, &receiver, &["a", "b", "c", "d", "e"]).await, "b a d c");
    assert_eq!(test_bed.sandbox.webhook_rules().len(), 1);
    test_bed.sandbox.disarm_webhooks();
    assert_eq!(received_customers(&test_bed, &receiver, &["f"]).await, "b a d c e f");
    assert_eq!(test_bed.sandbox.webhook_rules(), []);
}

#[tokio::test]
async fn signature_faults_make_signatures_wrong_missing_or_stale() {
    for fault in
        [WebhookFault::BadSignature, WebhookFault::Unsigned, WebhookFault::Stale, WebhookFault::Tampered]
    {
        let (test_bed, receiver, endpoint) = with_fault(fault).await;
        // A handler that checks signatures refuses the delivery, and receives the event again
        // unspoiled.
        receiver.answer_with(&[400]);
        test_bed.customer().await;
        settle(&test_bed).await;
        test_bed.sandbox.advance(HOUR);
        let requests = receiver.settled(&test_bed).await;
        let [struck, good] = requests.as_slice() else { panic!("{requests:?}") };
        assert!(good.is_signed_with(&endpoint.secret), "{fault:?}");
        assert_eq!(struck.event, good.event);
        if fault == WebhookFault::Unsigned {
            assert_eq!(struck.header("stripe-signature"), "-");
            continue;
        }
        let age = good.signed_at() - struck.signed_at() - 3_600;
        assert_eq!(age > 300, fault == WebhookFault::Stale, "{fault:?} {age}");
        assert_eq!(struck.is_signed_with(&endpoint.secret), fault == WebhookFault::Stale, "{fault:?}");
        let log = test_bed.sandbox.deliveries();
        assert_eq!((log[0].fault, log[1].fault), (Some(fault), None));
    }
}

#[tokio::test]
async fn a_delivery_rule_hits_only_matching_endpoints_and_types() {
    let (test_bed, first, second) =
        (TestBed::open().await, WebhookReceiver::open().await, WebhookReceiver::open().await);
    let endpoint = first.subscribe(&test_bed, &["*"]).await;
    second.subscribe(&test_bed, &["*"]).await;
    test_bed.sandbox.arm_webhook(WebhookFaultRule {
        times: Some(10),
        kind: Some("charge.*".into()),
        endpoint: Some(endpoint.id),
        ..WebhookFaultRule::next_delivery(WebhookFault::Lost)
    });
    test_bed.hold("2000 usd").await;
    let event_types =
        ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"];
    assert_eq!(second.event_types(&test_bed).await, event_types);
    assert_eq!(first.event_types(&test_bed).await, [event_types[0], event_types[2]]);
}
