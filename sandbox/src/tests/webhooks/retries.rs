//! Deliveries that fail, and the schedule of their retries.

use std::time::Duration;

use serde_json::json;

use crate::DeliveryOutcome;
use crate::tests::stage::Stage;
use crate::tests::webhooks::mailbox::{Mailbox, settle};

const HOUR: Duration = Duration::from_secs(3_600);

fn answered(status: u16) -> DeliveryOutcome {
    DeliveryOutcome::Answered { status }
}

#[tokio::test]
async fn what_fails_is_sent_again_and_signed_anew() {
    let (stage, mailbox) = (Stage::open().await, Mailbox::open().await);
    let endpoint = mailbox.listen(&stage, &["customer.created"]).await;
    mailbox.answers(&[500, 302]);
    stage.customer().await;
    assert_eq!(mailbox.settled(&stage).await.len(), 1);
    stage.sandbox.advance(HOUR / 2);
    assert_eq!(mailbox.settled(&stage).await.len(), 1);
    stage.sandbox.advance(HOUR / 2);
    assert_eq!(mailbox.settled(&stage).await.len(), 2);
    stage.sandbox.advance(HOUR * 3);
    let letters = mailbox.settled(&stage).await;
    assert_eq!(letters.len(), 3);
    assert!(letters.iter().all(|letter| letter.is_signed_with(&endpoint.secret)));
    let waited = |from: usize, to: usize| letters[to].signed_at() - letters[from].signed_at();
    assert!((3_600..3_610).contains(&waited(0, 1)) && (10_800..10_810).contains(&waited(1, 2)));
    assert_ne!(letters[0].signatures("v1"), letters[1].signatures("v1"));
    assert_eq!((&letters[0].text, letters[0].id()), (&letters[2].text, letters[2].id()));

    let log = stage.sandbox.deliveries();
    let reported: Vec<_> =
        log.iter().map(|one| (one.attempt, one.outcome.clone(), one.next_at.is_some())).collect();
    assert_eq!(reported, [(1, answered(500), true), (2, answered(302), true), (3, answered(200), false)]);
    let event = stage.get(&format!("events/{}", letters[0].id())).send().await.good();
    assert_eq!(*event.at("/pending_webhooks"), json!(0));
}

#[tokio::test]
async fn after_three_attempts_nothing_is_sent_any_more_until_somebody_asks() {
    let (stage, mailbox) = (Stage::open().await, Mailbox::open().await);
    let endpoint = mailbox.listen(&stage, &["customer.created"]).await;
    mailbox.answers(&[500, 400, 404]);
    stage.customer().await;
    for _ in 0..20 {
        settle(&stage).await;
        stage.sandbox.advance(HOUR * 24);
    }
    let letters = mailbox.settled(&stage).await;
    assert_eq!(letters.len(), 3);
    let event = format!("events/{}", letters[0].id());
    assert_eq!(*stage.get(&event).send().await.good().at("/pending_webhooks"), json!(1));

    assert!(!stage.sandbox.redeliver("evt_unknown", &endpoint.id));
    assert!(!stage.sandbox.redeliver(&letters[0].id(), "we_unknown"));
    for _ in 0..2 {
        assert!(stage.sandbox.redeliver(&letters[0].id(), &endpoint.id));
        settle(&stage).await;
        assert_eq!(*stage.get(&event).send().await.good().at("/pending_webhooks"), json!(0));
    }
    let log = stage.sandbox.deliveries();
    let reported: Vec<_> =
        log.iter().skip(3).map(|one| (one.attempt, one.resent, one.outcome.clone())).collect();
    assert_eq!(reported, [(1, true, answered(200)), (1, true, answered(200))]);
}

#[tokio::test]
async fn with_real_money_it_is_sent_again_for_three_days() {
    let (stage, mailbox) = (Stage::open().await, Mailbox::open().await);
    mailbox.listen_as(&stage, "sk_live_stage", &["customer.created"]).await;
    mailbox.answers(&[500; 100]);
    stage.post("customers", "name=Jenny").by("sk_live_stage").send().await.good();
    for _ in 0..(5 * 24 * 12) {
        settle(&stage).await;
        stage.sandbox.advance(HOUR / 12);
    }
    let letters = mailbox.settled(&stage).await;
    let hours = (letters[letters.len() - 1].signed_at() - letters[0].signed_at()) / 3_600;
    assert_eq!((letters.len(), hours), (13, 69));
}

#[tokio::test]
async fn nobody_at_home_is_a_failure_too() {
    let stage = Stage::open().await;
    // The listener was dropped, so that the port refuses connections.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let body = format!("url=http://127.0.0.1:{port}/&enabled_events[]=*");
    stage.post("webhook_endpoints", &body).send().await.good();
    stage.customer().await;
    settle(&stage).await;
    let log = stage.sandbox.deliveries();
    assert!(matches!(&log[0].outcome, DeliveryOutcome::Unreachable { reason } if reason.contains("refused")));
    let wait = log[0].next_at.unwrap().duration_since(log[0].at).as_secs();
    assert!((3_600..3_610).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_disabled_endpoint_gets_nothing_until_it_is_enabled_and_a_deleted_one_never() {
    let (stage, mailbox) = (Stage::open().await, Mailbox::open().await);
    let endpoint = mailbox.listen(&stage, &["customer.created"]).await;
    let path = format!("webhook_endpoints/{}", endpoint.id);
    mailbox.answers(&[500, 500]);
    stage.customer().await;
    settle(&stage).await;

    // The endpoint that is enabled again in time misses only the events of the disabled period.
    stage.post(&path, "disabled=true").send().await.good();
    stage.customer().await;
    stage.post(&path, "disabled=false").send().await.good();
    stage.sandbox.advance(HOUR);
    assert_eq!(mailbox.settled(&stage).await.len(), 2);

    stage.delete(&path).send().await.good();
    stage.sandbox.advance(HOUR * 3);
    stage.customer().await;
    assert_eq!(mailbox.settled(&stage).await.len(), 2);
    let outcomes: Vec<_> = stage.sandbox.deliveries().into_iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [answered(500), answered(500), DeliveryOutcome::EndpointGone]);
}
