//! `POST /v1/events/{id}/retry`, by which Stripe's command line client sends an event once more.

use crate::tests::test_bed::TestBed;
use crate::tests::webhooks::receiver::WebhookReceiver;

#[tokio::test]
async fn an_event_is_sent_to_an_endpoint_once_more() {
    let (test_bed, receiver) = (TestBed::open().await, WebhookReceiver::open().await);
    let endpoint = receiver.subscribe(&test_bed, &["customer.created"]).await;
    test_bed.customer().await;
    let first = receiver.settled(&test_bed).await.remove(0);
    let path = format!("events/{}/retry", first.id());
    let body = format!("webhook_endpoint={}", endpoint.id);
    let event = test_bed.post(&path, &body).send().await.success();
    assert_eq!(event.id(), first.id());
    let requests = receiver.settled(&test_bed).await;
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].id(), first.id());
    assert!(requests[1].is_signed_with(&endpoint.secret));
}

#[tokio::test]
async fn an_event_is_not_sent_to_a_client_that_does_not_listen() {
    let test_bed = TestBed::open().await;
    test_bed.customer().await;
    let id = test_bed.get("events").send().await.success().ids().remove(0);
    let path = format!("events/{id}/retry");
    let refused = test_bed.post(&path, "for_stripecli=true").send().await;
    refused.expect_refusal("400 invalid_request_error -");
    assert_eq!(refused.text_at("/error/param"), "for_stripecli");
    assert_eq!(
        refused.text_at("/error/message"),
        "No CLI endpoints found to retry delivery. Run 'stripe listen' and retry the request to see the event \
         in the CLI, or provide a specific webhook endpoint."
    );
    for (path, body, expected) in [
        (path.as_str(), "webhook_endpoint=we_1", "404 invalid_request_error resource_missing"),
        (path.as_str(), "endpoint=we_1", "400 invalid_request_error parameter_unknown"),
        ("events/evt_1/retry", "for_stripecli=true", "404 invalid_request_error resource_missing"),
    ] {
        test_bed.post(path, body).send().await.expect_refusal(expected);
    }
}
