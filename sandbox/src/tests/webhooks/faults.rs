//! Faults of webhook deliveries: each fault and the effect on the mailbox.

use std::time::Duration;

use crate::tests::stage::Stage;
use crate::tests::webhooks::mailbox::{Endpoint, Mailbox, WebhookRequest, settle};
use crate::{DeliveryOutcome, WebhookFault, WebhookFaultRule};

const HOUR: Duration = Duration::from_secs(3_600);

/// A stage with a mailbox that subscribes to new customers, and a fault that hits the first delivery.
async fn struck_by(fault: WebhookFault) -> (Stage, Mailbox, Endpoint) {
    let (stage, mailbox) = (Stage::open().await, Mailbox::open().await);
    let endpoint = mailbox.listen(&stage, &["customer.created"]).await;
    stage.sandbox.arm_webhook_fault(fault);
    (stage, mailbox, endpoint)
}

/// Creates customers, and returns their names in the order of arrival, once no delivery is in flight.
async fn heard_of(stage: &Stage, mailbox: &Mailbox, customers: &[&str]) -> String {
    for name in customers {
        stage.post("customers", &format!("name={name}")).send().await.good();
    }
    let name = |letter: &WebhookRequest| letter.event["data"]["object"]["name"].as_str().unwrap().to_owned();
    mailbox.settled(stage).await.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn an_event_is_lost() {
    let (stage, mailbox, _) = struck_by(WebhookFault::Lost).await;
    assert_eq!(heard_of(&stage, &mailbox, &["a", "b"]).await, "b");
    stage.sandbox.advance(HOUR * 24);
    assert_eq!(heard_of(&stage, &mailbox, &[]).await, "b");
    let log = stage.sandbox.deliveries();
    assert_eq!((&log[0].outcome, log[0].fault), (&DeliveryOutcome::Lost, Some(WebhookFault::Lost)));
    let lost = stage.get("events?delivery_success=false").send().await.good();
    assert_eq!(lost.ids(), [log[0].event.clone()]);
}

#[tokio::test]
async fn an_event_arrives_with_the_next_attempt() {
    let (stage, mailbox, _) = struck_by(WebhookFault::Unreached).await;
    assert_eq!(heard_of(&stage, &mailbox, &["a", "b"]).await, "b");
    stage.sandbox.advance(HOUR);
    assert_eq!(heard_of(&stage, &mailbox, &[]).await, "b a");
}

#[tokio::test]
async fn an_event_arrives_again_because_the_answer_was_not_heard() {
    let (stage, mailbox, _) = struck_by(WebhookFault::Unheard).await;
    assert_eq!(heard_of(&stage, &mailbox, &["a", "b"]).await, "a b");
    stage.sandbox.advance(HOUR);
    assert_eq!(heard_of(&stage, &mailbox, &[]).await, "a b a");
}

#[tokio::test]
async fn an_event_arrives_twice() {
    let (stage, mailbox, endpoint) = struck_by(WebhookFault::Doubled).await;
    assert_eq!(heard_of(&stage, &mailbox, &["a", "b"]).await, "a a b");
    assert!(mailbox.letters().iter().all(|letter| letter.is_signed_with(&endpoint.secret)));
    let waiting = stage.get("events?delivery_success=false").send().await.good();
    assert_eq!(waiting.ids(), Vec::<String>::new());
    assert_eq!(stage.sandbox.deliveries().len(), 3);
}

#[tokio::test]
async fn an_event_is_late() {
    let (stage, mailbox, endpoint) = struck_by(WebhookFault::Delayed { after: HOUR }).await;
    assert_eq!(heard_of(&stage, &mailbox, &["a", "b"]).await, "b");
    stage.sandbox.advance(HOUR);
    assert_eq!(heard_of(&stage, &mailbox, &["c"]).await.split(' ').count(), 3);
    assert!(mailbox.letters()[1].is_signed_with(&endpoint.secret));
    let log = stage.sandbox.deliveries();
    assert_eq!((&log[0].outcome, log[0].next_at.is_some()), (&DeliveryOutcome::HeldBack, true));
    let late = log.iter().rfind(|one| one.event == log[0].event).unwrap();
    assert!(late.outcome.is_delivered() && late.fault == log[0].fault && late.attempt == 1, "{late:?}");
}

#[tokio::test]
async fn a_delay_ends_by_itself() {
    let (stage, mailbox, _) = struck_by(WebhookFault::Delayed { after: Duration::from_secs(2) }).await;
    assert_eq!(heard_of(&stage, &mailbox, &["a", "b"]).await, "b");
    // The clock is not moved here. The delay has to end in real time.
    let arrives = async {
        while mailbox.letters().len() < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), arrives).await.unwrap();
    assert_eq!(heard_of(&stage, &mailbox, &[]).await, "b a");
}

#[tokio::test]
async fn an_event_is_overtaken_by_the_next_one() {
    let (stage, mailbox, _) = struck_by(WebhookFault::Reordered).await;
    assert_eq!(heard_of(&stage, &mailbox, &["a"]).await, "");
    assert_eq!(heard_of(&stage, &mailbox, &["b", "c"]).await, "b a c");
}

#[tokio::test]
async fn events_are_swapped_for_as_long_as_the_rule_lasts() {
    let (stage, mailbox, _) = struck_by(WebhookFault::Reordered).await;
    let rule = WebhookFaultRule::next_delivery(WebhookFault::Reordered);
    stage.sandbox.arm_webhook(WebhookFaultRule { times: None, ..rule });
    assert_eq!(heard_of(&stage, &mailbox, &["a", "b", "c", "d", "e"]).await, "b a d c");
    assert_eq!(stage.sandbox.webhook_rules().len(), 1);
    stage.sandbox.disarm_webhooks();
    assert_eq!(heard_of(&stage, &mailbox, &["f"]).await, "b a d c e f");
    assert_eq!(stage.sandbox.webhook_rules(), []);
}

#[tokio::test]
async fn signatures_are_wrong_missing_or_old() {
    for fault in
        [WebhookFault::BadSignature, WebhookFault::Unsigned, WebhookFault::Stale, WebhookFault::Tampered]
    {
        let (stage, mailbox, endpoint) = struck_by(fault).await;
        // A handler that checks signatures refuses the delivery, and receives the event again
        // unspoiled.
        mailbox.answers(&[400]);
        stage.customer().await;
        settle(&stage).await;
        stage.sandbox.advance(HOUR);
        let letters = mailbox.settled(&stage).await;
        let [struck, good] = letters.as_slice() else { panic!("{letters:?}") };
        assert!(good.is_signed_with(&endpoint.secret), "{fault:?}");
        assert_eq!(struck.event, good.event);
        if fault == WebhookFault::Unsigned {
            assert_eq!(struck.header("stripe-signature"), "-");
            continue;
        }
        let age = good.signed_at() - struck.signed_at() - 3_600;
        assert_eq!(age > 300, fault == WebhookFault::Stale, "{fault:?} {age}");
        assert_eq!(struck.is_signed_with(&endpoint.secret), fault == WebhookFault::Stale, "{fault:?}");
        let log = stage.sandbox.deliveries();
        assert_eq!((log[0].fault, log[1].fault), (Some(fault), None));
    }
}

#[tokio::test]
async fn a_rule_hits_the_endpoint_and_the_types_it_names() {
    let (stage, first, second) = (Stage::open().await, Mailbox::open().await, Mailbox::open().await);
    let endpoint = first.listen(&stage, &["*"]).await;
    second.listen(&stage, &["*"]).await;
    stage.sandbox.arm_webhook(WebhookFaultRule {
        times: Some(10),
        kind: Some("charge.*".into()),
        endpoint: Some(endpoint.id),
        ..WebhookFaultRule::next_delivery(WebhookFault::Lost)
    });
    stage.hold("2000 usd").await;
    let kinds = ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"];
    assert_eq!(second.kinds(&stage).await, kinds);
    assert_eq!(first.kinds(&stage).await, [kinds[0], kinds[2]]);
}
