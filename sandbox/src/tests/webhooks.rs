//! Webhooks: the delivered events, their order, and the schedule.

mod endpoints;
mod faults;
mod mailbox;
mod retries;
mod secrets;

use std::time::Duration;

use serde_json::json;

use crate::tests::shape::complaints;
use crate::tests::stage::Stage;
use crate::tests::webhooks::mailbox::{Mailbox, settle};
use crate::{DeliveryOutcome, Sandbox, Settings};

#[tokio::test]
async fn an_event_arrives_as_stripe_sends_it() {
    let (stage, mailbox) = (Stage::open().await, Mailbox::open().await);
    let endpoint = mailbox.listen(&stage, &["payment_intent.succeeded"]).await;
    let paid = stage.pay("2000 usd", "pm_card_visa", "").once("order-8").send().await.good();
    let letters = mailbox.settled(&stage).await;
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
        ("accept", "*/*"),
        ("cache-control", "no-cache"),
    ] {
        assert_eq!(letter.header(name), value, "{name}");
    }
    assert!(letter.is_signed_with(&endpoint.secret), "{letter:?}");
    let (v1, v0) = (letter.signatures("v1"), letter.signatures("v0"));
    assert!(v1.len() == 1 && v0.len() == 1 && v1 != v0 && v0[0].len() == 64, "{letter:?}");
    let age = stage.sandbox.now().as_second() - letter.signed_at();
    assert!((0..5).contains(&age), "{age}");

    let head = format!("{{\n  \"id\": \"{}\",\n  \"object\": \"event\",\n  \"api_version\"", letter.id());
    assert!(letter.text.starts_with(&head), "{}", letter.text);
    assert_eq!(complaints(&letter.event), Vec::<String>::new(), "{}", letter.text);
    assert_eq!(letter.event["data"]["object"]["id"], json!(paid.id()));
    assert_eq!(letter.event["livemode"], json!(false));
    assert_eq!(letter.event["pending_webhooks"], json!(1));
    assert_eq!(letter.event["request"]["idempotency_key"], json!("order-8"));

    // After the delivery only the number of pending webhooks differs.
    let mut reported = letter.event.clone();
    reported["pending_webhooks"] = json!(0);
    let now = stage.get(&format!("events/{}", letter.id())).send().await.good();
    assert_eq!(now.body, reported);
    let delivered = stage.get("events?delivery_success=false").send().await.good();
    assert_eq!(delivered.ids(), Vec::<String>::new());
}

#[tokio::test]
async fn events_arrive_in_the_order_in_which_they_happened() {
    let (stage, all, some) = (Stage::open().await, Mailbox::open().await, Mailbox::open().await);
    all.listen(&stage, &["*"]).await;
    some.listen(&stage, &["charge.captured", "payment_intent.created"]).await;
    for _ in 0..5 {
        let id = stage.hold("2000 usd").await;
        stage.post(&format!("payment_intents/{id}/capture"), "").send().await.good();
    }
    let mut happened = stage.get("events?limit=100").send().await.good().ids();
    happened.reverse();
    let arrived: Vec<_> = all.settled(&stage).await.iter().map(|letter| letter.id()).collect();
    assert_eq!(arrived[..happened.len()], happened);
    assert_eq!(some.kinds(&stage).await, ["payment_intent.created", "charge.captured"].repeat(5));
    // While an event is in flight to the first of two endpoints, the number of pending webhooks is one
    // or two.
    let waiting = |letter: &mailbox::WebhookRequest| letter.event["pending_webhooks"].as_i64().unwrap();
    assert!(some.letters().iter().all(|letter| [1, 2].contains(&waiting(letter))));
}

#[tokio::test]
async fn what_happens_by_itself_arrives_without_a_call() {
    let (stage, mailbox) = (Stage::open().await, Mailbox::open().await);
    mailbox.listen(&stage, &["charge.updated", "payment_intent.canceled"]).await;
    stage.pay("2000 usd", "pm_card_visa", "capture_method=automatic_async").send().await.good();
    for _ in 0..100 {
        if !mailbox.letters().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(mailbox.kinds(&stage).await, ["charge.updated"]);
    stage.hold("2000 usd").await;
    stage.sandbox.advance(Duration::from_secs(8 * 86_400));
    assert_eq!(mailbox.kinds(&stage).await, ["charge.updated", "payment_intent.canceled"]);
}

#[tokio::test]
async fn a_slow_endpoint_delays_neither_calls_nor_other_endpoints() {
    let (stage, slow, quick) = (Stage::open().await, Mailbox::open().await, Mailbox::open().await);
    slow.is_slow(Duration::from_secs(60));
    slow.listen(&stage, &["*"]).await;
    quick.listen(&stage, &["*"]).await;
    let more = "capture_method=manual";
    stage.pay("2000 usd", "pm_card_visa", more).impatient(5_000).send().await.good();
    for _ in 0..100 {
        if quick.letters().len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((quick.letters().len(), slow.letters().len()), (3, 1));
    assert!(!stage.sandbox.settle_deliveries(Duration::from_millis(50)).await);
    let log = stage.sandbox.deliveries();
    let under_way = log.iter().filter(|one| one.outcome == DeliveryOutcome::UnderWay).count();
    assert_eq!((log.len(), under_way), (4, 1));
    tokio::time::timeout(Duration::from_secs(5), stage.sandbox.stop()).await.unwrap();
}

#[tokio::test]
async fn the_accounts_hear_of_their_own_events_only() {
    let (stage, mailbox) = (Stage::open().await, Mailbox::open().await);
    mailbox.listen_as(&stage, "sk_live_stage", &["*"]).await;
    stage.customer().await;
    assert_eq!(mailbox.kinds(&stage).await, Vec::<String>::new());
    stage.post("customers", "name=Jenny").by("sk_live_stage").send().await.good();
    let letters = mailbox.settled(&stage).await;
    assert_eq!(letters[0].event["livemode"], json!(true));
    assert_eq!(letters[0].signatures("v0"), Vec::<String>::new());
}

#[tokio::test]
async fn without_endpoints_there_is_nothing_to_do() {
    let stage = Stage::open().await;
    stage.hold("2000 usd").await;
    stage.sandbox.advance(Duration::from_secs(8 * 86_400));
    settle(&stage).await;
    assert_eq!(stage.sandbox.deliveries(), []);
    // An endpoint receives no event from before the endpoint's creation.
    let mailbox = Mailbox::open().await;
    mailbox.listen(&stage, &["*"]).await;
    assert_eq!(mailbox.kinds(&stage).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_log_keeps_the_newest_deliveries() {
    let sandbox = Sandbox::start(Settings { deliveries_kept: 3, ..Settings::default() }).await.unwrap();
    let (stage, mailbox) = (Stage::of(sandbox), Mailbox::open().await);
    let endpoint = mailbox.listen(&stage, &["customer.created"]).await;
    for _ in 0..5 {
        stage.customer().await;
    }
    let arrived: Vec<_> = mailbox.settled(&stage).await.iter().map(|letter| letter.id()).collect();
    let log = stage.sandbox.deliveries();
    assert_eq!(log.iter().map(|one| one.event.clone()).collect::<Vec<_>>(), arrived[2..]);
    assert_eq!(stage.sandbox.deliveries_made(), 5);
    assert!(
        log.iter().all(|one| one.endpoint == endpoint.id && one.attempt == 1 && one.outcome.is_delivered())
    );
}
