//! Deliveries across restarts: what an endpoint has not received is delivered after the restart.

use std::time::Duration;

use crate::tests::state::bench::Disk;
use crate::tests::test_bed::TestBed;
use crate::tests::webhooks::receiver::{WebhookReceiver, settle};
use crate::{Sandbox, Settings, WebhookFault};

async fn start_waiting(disk: &Disk) -> TestBed {
    TestBed::of(Sandbox::start(Settings { deliveries_wait: true, ..disk.settings() }).await.unwrap())
}

async fn pending(test_bed: &TestBed) -> i64 {
    let events = test_bed.get("events?type=customer.created").send().await.success();
    events.at("/data/0/pending_webhooks").as_i64().unwrap()
}

#[tokio::test]
async fn an_event_that_was_not_sent_is_sent_after_the_restart() {
    let (disk, receiver) = (Disk::new(), WebhookReceiver::open().await);
    let before = start_waiting(&disk).await;
    let endpoint = receiver.subscribe(&before, &["customer.created"]).await;
    let customer = before.customer().await;
    assert_eq!((pending(&before).await, receiver.requests().len()), (1, 0));
    let crashed = disk.crash();
    before.sandbox.stop().await;

    let after = crashed.start().await;
    let requests = receiver.settled(&after).await;
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(request.event["data"]["object"]["id"], customer.as_str());
    assert!(request.is_signed_with(&endpoint.secret));
    assert_eq!(pending(&after).await, 0);
    after.sandbox.stop().await;

    let again = crashed.start().await;
    settle(&again).await;
    assert_eq!((pending(&again).await, receiver.requests().len()), (0, 1));
}

#[tokio::test]
async fn deliveries_wait_until_they_are_started() {
    let (disk, receiver) = (Disk::new(), WebhookReceiver::open().await);
    let test_bed = start_waiting(&disk).await;
    receiver.subscribe(&test_bed, &["customer.created"]).await;
    test_bed.customer().await;
    assert_eq!(receiver.requests().len(), 0);
    test_bed.sandbox.start_deliveries();
    assert_eq!(receiver.event_types(&test_bed).await, ["customer.created"]);
}

#[tokio::test]
async fn the_next_attempt_comes_at_its_time_after_the_restart() {
    let (disk, receiver) = (Disk::new(), WebhookReceiver::open().await);
    let before = disk.start().await;
    receiver.subscribe(&before, &["customer.created"]).await;
    receiver.answer_with(&[500]);
    before.customer().await;
    assert_eq!(receiver.settled(&before).await.len(), 1);
    before.sandbox.stop().await;

    let after = disk.start().await;
    settle(&after).await;
    assert_eq!((pending(&after).await, receiver.requests().len()), (1, 1));
    after.sandbox.advance(Duration::from_secs(3700));
    let requests = receiver.settled(&after).await;
    assert_eq!((pending(&after).await, requests.len()), (0, 2));
    assert_eq!(requests[0].id(), requests[1].id());
    assert_eq!(after.sandbox.deliveries()[0].attempt, 2);
}

#[tokio::test]
async fn a_lost_event_stays_pending_until_it_is_sent_again() {
    let (disk, receiver) = (Disk::new(), WebhookReceiver::open().await);
    let before = disk.start().await;
    receiver.subscribe(&before, &["customer.created"]).await;
    before.sandbox.arm_webhook_fault(WebhookFault::Lost);
    before.customer().await;
    settle(&before).await;
    let event = before.get("events?type=customer.created").send().await.success().ids().remove(0);
    let endpoint = before.get("webhook_endpoints").send().await.success().ids().remove(0);
    before.sandbox.stop().await;

    let after = disk.start().await;
    settle(&after).await;
    assert_eq!((pending(&after).await, receiver.requests().len()), (1, 0));
    assert!(after.sandbox.redeliver(&event, &endpoint));
    settle(&after).await;
    assert_eq!((pending(&after).await, receiver.requests().len()), (0, 1));
    after.sandbox.stop().await;
    assert_eq!(pending(&disk.start().await).await, 0);
}

#[tokio::test]
async fn a_hold_from_before_the_restart_is_announced_when_it_ends() {
    let (disk, receiver) = (Disk::new(), WebhookReceiver::open().await);
    let before = disk.start().await;
    receiver.subscribe(&before, &["charge.expired"]).await;
    before.hold("2000 usd").await;
    before.sandbox.stop().await;

    let after = disk.start().await;
    after.sandbox.advance(Duration::from_secs(8 * 24 * 3600));
    assert_eq!(receiver.event_types(&after).await, ["charge.expired"]);
}
