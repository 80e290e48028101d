//! Event destinations of version 2 of the API, and the thin events that destinations receive.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::Fault;
use crate::tests::control::control_post;
use crate::tests::test_bed::{KEY, TestAnswer, TestBed};
use crate::tests::webhooks::receiver::{WebhookReceiver, settle};

const PATH: &str = "core/event_destinations";

const PING: &str = "v2.core.event_destination.ping";

async fn create(test_bed: &TestBed, url: &str, payload: &str, events: &[&str]) -> TestAnswer {
    let body = json!({
        "name": "Mine",
        "type": "webhook_endpoint",
        "event_payload": payload,
        "enabled_events": events,
        "webhook_endpoint": { "url": url },
        "include": ["webhook_endpoint.signing_secret", "webhook_endpoint.url"],
    });
    test_bed.call_v2(Method::POST, PATH, &body).send().await.success()
}

async fn ping(test_bed: &TestBed, id: &str) -> TestAnswer {
    test_bed.call_v2(Method::POST, &format!("{PATH}/{id}/ping"), &Value::Null).send().await
}

#[tokio::test]
async fn a_destination_is_created_changed_and_deleted() {
    let test_bed = TestBed::open().await;
    let made = create(&test_bed, "https://example.com/hooks", "thin", &[PING]).await;
    assert!(made.id().starts_with("ed_test_"), "{}", made.text);
    assert!(made.text_at("/webhook_endpoint/signing_secret").starts_with("whsec_"), "{}", made.text);
    assert_eq!(made.text_at("/webhook_endpoint/url"), "https://example.com/hooks");
    assert_eq!((made.text_at("/object"), made.text_at("/status")), ("v2.core.event_destination", "enabled"));
    assert_eq!(made.at("/events_from"), &json!(["@self"]));
    let path = format!("{PATH}/{}", made.id());
    let get = |query: &str| test_bed.call_v2(Method::GET, &format!("{path}{query}"), &Value::Null).send();
    let shown = get("?include[0]=webhook_endpoint.url").await.success();
    assert_eq!(shown.text_at("/webhook_endpoint/url"), "https://example.com/hooks");
    assert_eq!(shown.at("/webhook_endpoint/signing_secret"), &Value::Null);
    assert_eq!(get("").await.success().at("/webhook_endpoint/url"), &Value::Null);
    get("?include[0]=webhook_endpoint.signing_secret").await.expect_refusal("400 invalid_request_error -");

    let change =
        json!({"name": "Yours", "enabled_events": ["*"], "metadata": {"a": "1"}, "description": "x"});
    let changed = test_bed.call_v2(Method::POST, &path, &change).send().await.success();
    assert_eq!((changed.text_at("/name"), changed.text_at("/description")), ("Yours", "x"));
    assert_eq!((changed.at("/enabled_events"), changed.text_at("/metadata/a")), (&json!(["*"]), "1"));
    let disabled = test_bed.call_v2(Method::POST, &format!("{path}/disable"), &Value::Null).send().await;
    assert_eq!(disabled.success().text_at("/status_details/disabled/reason"), "user");
    let enabled = test_bed.call_v2(Method::POST, &format!("{path}/enable"), &Value::Null).send().await;
    assert_eq!(enabled.success().text_at("/status"), "enabled");

    let list = test_bed.call_v2(Method::GET, PATH, &Value::Null).send().await.success();
    assert_eq!(list.ids(), [made.id()]);
    assert_eq!(list.at("/next_page_url"), &Value::Null);
    let of_version_1 = test_bed.get("webhook_endpoints").send().await.success();
    assert_eq!(of_version_1.ids(), Vec::<String>::new());
    let by_version_1 = test_bed.get(&format!("webhook_endpoints/{}", made.id())).send().await;
    by_version_1.expect_refusal("404 invalid_request_error resource_missing");

    let deleted = test_bed.call_v2(Method::DELETE, &path, &Value::Null).send().await.success();
    assert_eq!(deleted.body, json!({"id": made.id(), "object": "v2.core.event_destination"}));
    get("").await.expect_refusal("404 invalid_request_error not_found");
}

#[tokio::test]
async fn a_ping_is_delivered_as_a_signed_thin_event() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let made = create(&test_bed, receiver.url(), "thin", &["v1.billing.meter.no_meter_found"]).await;
    let event = ping(&test_bed, &made.id()).await.success();
    let requests = receiver.settled(&test_bed).await;
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert!(request.is_signed_with(made.text_at("/webhook_endpoint/signing_secret")), "{request:?}");
    let expected = json!({
        "id": event.id(),
        "object": "v2.core.event",
        "context": null,
        "created": event.text_at("/created"),
        "livemode": false,
        "reason": event.at("/reason"),
        "related_object": {
            "id": made.id(),
            "type": "v2.core.event_destination",
            "url": format!("/v2/core/event_destinations/{}", made.id()),
        },
        "type": PING,
    });
    assert_eq!(request.event, expected);
    assert_eq!(event.text_at("/reason/type"), "request");

    let path = format!("core/events/{}", event.id());
    let shown = test_bed.call_v2(Method::GET, &path, &Value::Null).send().await.success();
    assert_eq!(shown.body, event.body);
    let object = format!("core/events?object_id={}", made.id());
    let list = test_bed.call_v2(Method::GET, &object, &Value::Null).send().await.success();
    assert_eq!(list.ids(), [event.id()]);
    let of_version_1 = test_bed.get(&format!("events/{}", event.id())).send().await;
    of_version_1.expect_refusal("404 invalid_request_error resource_missing");
    assert_eq!(test_bed.get("events").send().await.success().ids(), Vec::<String>::new());
    ping(&test_bed, "ed_test_1").await.expect_refusal("404 invalid_request_error not_found");
}

#[tokio::test]
async fn a_failed_ping_is_sent_again() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let made = create(&test_bed, receiver.url(), "thin", &["*"]).await;
    receiver.answer_with(&[400]);
    ping(&test_bed, &made.id()).await.success();
    settle(&test_bed).await;
    test_bed.sandbox.advance(Duration::from_secs(3600));
    assert_eq!(receiver.event_types(&test_bed).await, [PING, PING]);
}

#[tokio::test]
async fn each_destination_receives_its_own_kind_of_event() {
    let test_bed = TestBed::open().await;
    let (thin, snapshots) = (WebhookReceiver::open().await, WebhookReceiver::open().await);
    create(&test_bed, thin.url(), "thin", &["*"]).await;
    let made = create(&test_bed, snapshots.url(), "snapshot", &["customer.created"]).await;
    assert_eq!(made.text_at("/snapshot_api_version"), "2026-08-26.dahlia");
    test_bed.customer().await;
    assert_eq!(snapshots.event_types(&test_bed).await, ["customer.created"]);
    assert_eq!(thin.event_types(&test_bed).await, Vec::<String>::new());
}

#[tokio::test]
async fn senseless_destinations_are_refused() {
    let test_bed = TestBed::open().await;
    let good = json!({"name": "Mine", "type": "webhook_endpoint", "event_payload": "thin",
        "enabled_events": ["*"], "webhook_endpoint": {"url": "https://example.com"}});
    for (field, value, code, param) in [
        ("name", Value::Null, "parameter_invalid_empty", "name"),
        ("type", json!("amazon_eventbridge"), "-", "type"),
        ("event_payload", json!("thick"), "-", "event_payload"),
        ("enabled_events", json!([]), "parameter_missing", "enabled_events"),
        ("webhook_endpoint", json!({"url": "example.com"}), "url_invalid", "webhook_endpoint[url]"),
        ("include", json!(["secret"]), "-", "include"),
        ("colour", json!("red"), "parameter_unknown", "colour"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let refused = test_bed.call_v2(Method::POST, PATH, &body).send().await;
        refused.expect_refusal(&format!("400 invalid_request_error {code}"));
        assert_eq!(refused.text_at("/error/param"), param, "{field}");
    }
    let no_object = test_bed.call_v2(Method::POST, PATH, &json!(["x"])).send().await;
    no_object.expect_refusal("400 invalid_request_error -");
}

#[tokio::test]
async fn one_mode_of_an_account_has_sixteen_endpoints_and_destinations() {
    let test_bed = TestBed::open().await;
    create(&test_bed, "https://example.com/hooks", "thin", &["*"]).await;
    let add = |key: &'static str| {
        test_bed.post("webhook_endpoints", "url=https://example.com&enabled_events[]=*").with_key(key).send()
    };
    for _ in 0..15 {
        add(KEY).await.success();
    }
    let refused = add(KEY).await;
    refused.expect_refusal("400 invalid_request_error -");
    assert_eq!(
        refused.text_at("/error/message"),
        "You have reached the maximum of 16 test webhook endpoints."
    );
    for _ in 0..16 {
        add("sk_live_stage").await.success();
    }
    let refused = add("sk_live_stage").await;
    assert_eq!(
        refused.text_at("/error/message"),
        "You have reached the maximum of 16 live webhook endpoints."
    );
}

#[tokio::test]
async fn destinations_need_a_right_and_are_hit_by_faults() {
    let test_bed = TestBed::open().await;
    let rk = "rk_test_restricted";
    let body = json!({"key": rk, "account_of": KEY, "permissions": {"webhook_endpoints": "write"}});
    control_post(&test_bed, "/keys", body).await;
    let refused = test_bed.call_v2(Method::GET, PATH, &Value::Null).with_key(rk).send().await;
    refused.expect_refusal("403 invalid_request_error more_permissions_required");
    assert!(refused.text_at("/error/message").contains("'rak_event_destination_read'"), "{}", refused.text);
    test_bed.sandbox.arm(Fault::Unavailable);
    let hit = test_bed.call_v2(Method::GET, PATH, &Value::Null).send().await;
    assert_eq!(hit.status, 503);
}
