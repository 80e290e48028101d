//! Webhooks: the delivered events, their order, and the schedule.

mod destinations;
mod endpoints;
mod faults;
mod generation;
pub(crate) mod receiver;
mod resends;
mod retries;
mod secrets;

use std::time::Duration;

use serde_json::json;

use crate::tests::shape::schema_violations;
use crate::tests::test_bed::TestBed;
use crate::tests::webhooks::receiver::{WebhookReceiver, settle};
use crate::{DeliveryOutcome, Sandbox, Settings};

#[tokio::test]
async fn a_delivery_has_stripes_headers_signature_and_body() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let endpoint = receiver.subscribe(&test_bed, &["payment_intent.succeeded"]).await;
    let paid =
        test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("order-8").send().await.success();
    let requests = receiver.settled(&test_bed).await;
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
        ("accept", "*/*"),
        ("cache-control", "no-cache"),
    ] {
        assert_eq!(request.header(name), value, "{name}");
    }
    assert!(request.is_signed_with(&endpoint.secret), "{request:?}");
    let (v1, v0) = (request.signatures("v1"), request.signatures("v0"));
    assert!(v1.len() == 1 && v0.len() == 1 && v1 != v0 && v0[0].len() == 64, "{request:?}");
    let age = test_bed.sandbox.now().as_second() - request.signed_at();
    assert!((0..5).contains(&age), "{age}");

    let head = format!("{{\n  \"id\": \"{}\",\n  \"object\": \"event\",\n  \"api_version\"", request.id());
    assert!(request.text.starts_with(&head), "{}", request.text);
    assert_eq!(schema_violations(&request.event), Vec::<String>::new(), "{}", request.text);
    assert_eq!(request.event["data"]["object"]["id"], json!(paid.id()));
    assert_eq!(request.event["livemode"], json!(false));
    assert_eq!(request.event["pending_webhooks"], json!(1));
    assert_eq!(request.event["request"]["idempotency_key"], json!("order-8"));

    // After the delivery only the number of pending webhooks differs.
    let mut expected = request.event.clone();
    expected["pending_webhooks"] = json!(0);
    let now = test_bed.get(&format!("events/{}", request.id())).send().await.success();
    assert_eq!(now.body, expected);
    let delivered = test_bed.get("events?delivery_success=false").send().await.success();
    assert_eq!(delivered.ids(), Vec::<String>::new());
}

#[tokio::test]
async fn events_are_delivered_in_order() {
    let (test_bed, all, some) =
        (TestBed::open().await, WebhookReceiver::open().await, WebhookReceiver::open().await);
    all.subscribe(&test_bed, &["*"]).await;
    some.subscribe(&test_bed, &["charge.captured", "payment_intent.created"]).await;
    for _ in 0..5 {
        let id = test_bed.hold("2000 usd").await;
        test_bed.post(&format!("payment_intents/{id}/capture"), "").send().await.success();
    }
    let mut happened = test_bed.get("events?limit=100").send().await.success().ids();
    happened.reverse();
    let arrived: Vec<_> = all.settled(&test_bed).await.iter().map(|request| request.id()).collect();
    assert_eq!(arrived[..happened.len()], happened);
    assert_eq!(some.event_types(&test_bed).await, ["payment_intent.created", "charge.captured"].repeat(5));
    // While an event is in flight to the first of two endpoints, the number of pending webhooks is one
    // or two.
    let waiting = |request: &receiver::ReceivedRequest| request.event["pending_webhooks"].as_i64().unwrap();
    assert!(some.requests().iter().all(|request| [1, 2].contains(&waiting(request))));
}

#[tokio::test]
async fn events_of_scheduled_work_are_delivered_without_a_call() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    receiver.subscribe(&test_bed, &["charge.updated", "payment_intent.canceled"]).await;
    test_bed.pay("2000 usd", "pm_card_visa", "capture_method=automatic_async").send().await.success();
    for _ in 0..100 {
        if !receiver.requests().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(receiver.event_types(&test_bed).await, ["charge.updated"]);
    test_bed.hold("2000 usd").await;
    test_bed.sandbox.advance(Duration::from_secs(8 * 86_400));
    assert_eq!(receiver.event_types(&test_bed).await, ["charge.updated", "payment_intent.canceled"]);
}

#[tokio::test]
async fn a_slow_endpoint_delays_neither_calls_nor_other_endpoints() {
    let (test_bed, slow, quick) =
        (TestBed::open().await, WebhookReceiver::open().await, WebhookReceiver::open().await);
    slow.set_delay(Duration::from_secs(60));
    slow.subscribe(&test_bed, &["*"]).await;
    quick.subscribe(&test_bed, &["*"]).await;
    let more = "capture_method=manual";
    test_bed.pay("2000 usd", "pm_card_visa", more).with_timeout_ms(5_000).send().await.success();
    for _ in 0..100 {
        if quick.requests().len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((quick.requests().len(), slow.requests().len()), (3, 1));
    assert!(!test_bed.sandbox.settle_deliveries(Duration::from_millis(50)).await);
    let log = test_bed.sandbox.deliveries();
    let in_flight = log.iter().filter(|entry| entry.outcome == DeliveryOutcome::InFlight).count();
    assert_eq!((log.len(), in_flight), (4, 1));
    tokio::time::timeout(Duration::from_secs(5), test_bed.sandbox.stop()).await.unwrap();
}

#[tokio::test]
async fn an_endpoint_receives_only_events_of_the_same_account_and_mode() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    receiver.subscribe_with_key(&test_bed, "sk_live_stage", &["*"]).await;
    test_bed.customer().await;
    assert_eq!(receiver.event_types(&test_bed).await, Vec::<String>::new());
    test_bed.post("customers", "name=Jenny").with_key("sk_live_stage").send().await.success();
    let requests = receiver.settled(&test_bed).await;
    assert_eq!(requests[0].event["livemode"], json!(true));
    assert_eq!(requests[0].signatures("v0"), Vec::<String>::new());
}

#[tokio::test]
async fn without_endpoints_there_are_no_deliveries() {
    let test_bed = TestBed::open().await;
    test_bed.hold("2000 usd").await;
    test_bed.sandbox.advance(Duration::from_secs(8 * 86_400));
    settle(&test_bed).await;
    assert_eq!(test_bed.sandbox.deliveries(), []);
    // An endpoint receives no event from before the endpoint's creation.
    let receiver = WebhookReceiver::open().await;
    receiver.subscribe(&test_bed, &["*"]).await;
    assert_eq!(receiver.event_types(&test_bed).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_log_keeps_the_newest_deliveries() {
    let sandbox = Sandbox::start(Settings { deliveries_kept: 3, ..Settings::default() }).await.unwrap();
    let (test_bed, receiver) = (TestBed::of(sandbox), WebhookReceiver::open().await);
    let endpoint = receiver.subscribe(&test_bed, &["customer.created"]).await;
    for _ in 0..5 {
        test_bed.customer().await;
    }
    let arrived: Vec<_> = receiver.settled(&test_bed).await.iter().map(|request| request.id()).collect();
    let log = test_bed.sandbox.deliveries();
    assert_eq!(log.iter().map(|entry| entry.event.clone()).collect::<Vec<_>>(), arrived[2..]);
    assert_eq!(test_bed.sandbox.deliveries_made(), 5);
    assert!(
        log.iter()
            .all(|entry| entry.endpoint == endpoint.id && entry.attempt == 1 && entry.outcome.is_delivered())
    );
}
