//! Events that Stripe could not generate: in no list, and delivered to no endpoint.

use reqwest::Method;
use serde_json::{Value, json};

use crate::tests::control::{control_post, control_refusal};
use crate::tests::test_bed::TestBed;
use crate::tests::webhooks::receiver::WebhookReceiver;
use crate::{WebhookFault, WebhookFaultRule};

const FAILURE: &str = "v2.core.health.event_generation_failure.resolved";

#[tokio::test]
async fn an_event_that_is_not_generated_is_in_no_list_and_is_not_delivered() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    receiver.subscribe(&test_bed, &["*"]).await;
    test_bed.sandbox.arm_webhook(WebhookFaultRule {
        kind: Some("payment_intent.succeeded".into()),
        ..WebhookFaultRule::next_delivery(WebhookFault::NotGenerated)
    });
    let paid = test_bed.pay("2000 usd", "pm_card_visa", "capture_method=automatic").send().await.success();
    assert_eq!(paid.text_at("/status"), "succeeded");
    assert_eq!(receiver.event_types(&test_bed).await, ["payment_intent.created", "charge.succeeded"]);
    let list = test_bed.get("events?type=payment_intent.succeeded").send().await.success();
    assert_eq!(list.ids(), Vec::<String>::new());
    test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    let list = test_bed.get("events?type=payment_intent.succeeded").send().await.success();
    assert_eq!(list.ids().len(), 1);
}

#[tokio::test]
async fn a_destination_learns_which_event_was_not_generated() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let body = json!({"name": "Health", "type": "webhook_endpoint", "event_payload": "thin",
        "enabled_events": [FAILURE], "webhook_endpoint": {"url": receiver.url()}});
    test_bed.call_v2(Method::POST, "core/event_destinations", &body).send().await.success();
    let rule = json!({"fault": "not_generated", "kind": "customer.*"});
    control_post(&test_bed, "/webhook_faults", rule).await;
    let customer = test_bed.customer().await;
    let requests = receiver.settled(&test_bed).await;
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((request.kind().as_str(), &request.event["related_object"]), (FAILURE, &Value::Null));
    let path = format!("core/events/{}", request.id());
    let event = test_bed.call_v2(Method::GET, &path, &Value::Null).send().await.success();
    let impact = json!({"event_type": "customer.created", "related_object": {
        "id": customer, "type": "customer", "url": format!("/v1/customers/{customer}")}});
    assert_eq!(event.at("/data/impact"), &impact);
    assert!(event.text_at("/data/alert_id").starts_with("halert_"), "{}", event.text);
}

#[tokio::test]
async fn a_rule_about_generation_names_no_endpoint() {
    let test_bed = TestBed::open().await;
    let rule = r#"{"fault": "not_generated", "endpoint": "we_1"}"#;
    let refused = control_refusal(&test_bed, Method::POST, "/webhook_faults", rule).await;
    assert_eq!(refused, "400 not_generated hits an event, and not the delivery to an endpoint");
}
