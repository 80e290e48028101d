//! Polling Stripe's events: where no webhook can arrive, and for lost webhooks.

use std::{collections::HashSet, time::Duration};

use causeway::v1;
use jiff::SignedDuration;

use crate::stage::{
    Billing, Fault, FaultRule, Stage, eventually,
    follow_ups::intent,
    order,
    settings::{self, ACME_KEY},
    webhooks::{list, newest_event},
};

async fn capture_in_dashboard(stage: &Stage, payment: &v1::Payment) {
    stage.post_as_dashboard(&format!("/v1/payment_intents/{}/capture", intent(payment)), "").await;
}

/// Ids of all events of acme at Stripe, oldest first.
async fn stripe_event_ids(stage: &Stage) -> Vec<String> {
    let mut all: Vec<String> = vec![];
    loop {
        let after = all.last().map(|id| format!("&starting_after={id}")).unwrap_or_default();
        let page = list(stage, ACME_KEY, &format!("/v1/events?limit=100{after}")).await;
        if page.is_empty() {
            all.reverse();
            return all;
        }
        all.extend(page.iter().map(|event| event["id"].as_str().unwrap().to_owned()));
    }
}

/// Ids in the inbox, in the order of arrival.
fn inbox_ids(stage: &Stage) -> Vec<String> {
    let connection = rusqlite::Connection::open(stage.journal()).unwrap();
    let mut query = connection.prepare("SELECT id FROM inbox ORDER BY seq").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Number of emitted events with this kind and source, as in "PAYMENT_CAPTURED dashboard".
async fn count_events(billing: &Billing, wanted: &str) -> usize {
    billing.event_lines(0).await.iter().filter(|line| *line == wanted).count()
}

/// Number of calls that listed Stripe's events.
fn polls(stage: &Stage) -> usize {
    stage.sandbox.calls().iter().filter(|call| call.path == "/v1/events").count()
}

/// J6: without a webhook more than 250 events are each handled once, in order, and a restart in the
/// middle changes no result.
#[tokio::test(flavor = "multi_thread")]
async fn polling_handles_each_event_once_in_order() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let mut captured = 0;
    let mut round = async |stage: &Stage, from: usize, to: usize| {
        for number in from..to {
            let held = billing.authorize(order(&format!("r-{number}"), "1.00 USD")).await.held_payment();
            capture_in_dashboard(stage, &held).await;
            captured += 1;
        }
    };
    round(&stage, 0, 21).await;
    billing.job("poll").await;
    let first = inbox_ids(&stage).len();
    assert!(first > 100, "more than a page: {first}");
    stage.stop_relay().await;
    stage.start_relay().await;
    round(&stage, 21, 42).await;
    billing.job("poll").await;
    billing.job("inbox").await;

    let events_at_stripe = stripe_event_ids(&stage).await;
    assert!(events_at_stripe.len() >= 250, "{}", events_at_stripe.len());
    assert_eq!(inbox_ids(&stage), events_at_stripe, "each once, and in Stripe's order");
    assert_eq!(stage.rows("inbox WHERE due IS NOT NULL"), 0);
    assert_eq!(count_events(&billing, "PAYMENT_AUTHORIZED api").await, captured);
    assert_eq!(count_events(&billing, "PAYMENT_CAPTURED dashboard").await, captured);
    let events = billing.events(0).await;
    let ids: HashSet<_> = events.iter().map(|event| &event.id).collect();
    let sequences: Vec<_> = events.iter().map(|event| event.sequence).collect();
    assert_eq!((events.len(), ids.len()), (2 * captured, 2 * captured));
    assert_eq!(sequences, (1..=u64::try_from(2 * captured).unwrap()).collect::<Vec<_>>());
    assert_eq!(billing.job("poll").await.values().sum::<u64>(), 0, "and there is nothing more");
    assert_eq!(inbox_ids(&stage), events_at_stripe);
}

/// By the clock alone lost events are polled, at the configured interval.
#[tokio::test(flavor = "multi_thread")]
async fn lost_events_are_polled_at_the_interval() {
    let polling = |settings: String| settings.replace("poll_seconds = 0", "poll_seconds = 60");
    let (stage, _) = Stage::with_webhooks(polling).await;
    stage.lose_webhooks();
    let billing = stage.billing().await;
    let held = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    capture_in_dashboard(&stage, &held).await;
    // The first interval begins with the journal.
    eventually("the interval has begun", async || stage.rows("job WHERE name = 'poll'") == 1).await;
    assert_eq!((stage.rows("inbox"), billing.event_lines(0).await.len()), (0, 1));
    stage.advance_clocks(SignedDuration::from_secs(60)).await;
    eventually("it is caught up", async || billing.event_lines(0).await.len() == 2).await;
    assert_eq!(billing.event_lines(1).await, ["PAYMENT_CAPTURED dashboard"]);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(polls(&stage), 3, "each payment system once, and not before the next interval is over");
}

/// Stripe keeps events for thirty days. A relay that was away for longer begins with the
/// oldest event at Stripe.
#[tokio::test(flavor = "multi_thread")]
async fn polling_continues_after_stripe_pruned_its_position() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    billing.authorize(order("r-1", "1.00 USD")).await.held_payment();
    // Events younger than five minutes are polled again, so none of them is an anchor yet.
    stage.advance_clocks(SignedDuration::from_mins(10)).await;
    billing.job("poll").await;
    assert!(anchor(&stage).is_some_and(|anchor| anchor.starts_with("evt_")), "it knows where it is");
    let before = inbox_ids(&stage).len();
    stage.stop_relay().await;
    stage.advance_clocks(SignedDuration::from_hours(31 * 24)).await;
    stage.start_relay().await;
    let held = billing.authorize(order("r-2", "1.00 USD")).await.held_payment();
    capture_in_dashboard(&stage, &held).await;
    billing.job("poll").await;
    let events_at_stripe = stripe_event_ids(&stage).await;
    assert!(
        inbox_ids(&stage).len() > before && inbox_ids(&stage).ends_with(&events_at_stripe),
        "{events_at_stripe:?}"
    );
    billing.job("inbox").await;
    assert!(billing.event_lines(1).await.contains(&"PAYMENT_CAPTURED dashboard".to_owned()));
}

/// A relay without a first answer from Stripe still knows the time from which to poll.
#[tokio::test(flavor = "multi_thread")]
async fn polling_finds_events_before_the_first_answer() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("r-1", "1.00 USD")).await.held_payment();
    capture_in_dashboard(&stage, &held).await;
    let events = FaultRule::every_call(Fault::BadGateway);
    stage.sandbox.arm_rule(FaultRule { path: Some("/v1/events".to_owned()), ..events });
    billing.job("poll").await;
    stage.stop_relay().await;
    stage.advance_clocks(SignedDuration::from_hours(1)).await;
    stage.sandbox.disarm();
    stage.start_relay().await;
    billing.job("poll").await;
    billing.job("inbox").await;
    assert_eq!(inbox_ids(&stage), stripe_event_ids(&stage).await);
    assert_eq!(billing.event_lines(1).await, ["PAYMENT_CAPTURED dashboard"]);
}

/// Id of the event at which polling continues.
fn anchor(stage: &Stage) -> Option<String> {
    let connection = rusqlite::Connection::open(stage.journal()).unwrap();
    let sql = "SELECT anchor FROM poll WHERE tenant = 'acme' AND payment_system = 'main'";
    connection.query_one(sql, [], |row| row.get(0)).unwrap()
}

/// F56: an event that comes by webhook and by poll is handled once, in either order.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_received_by_webhook_and_polling_is_handled_once() {
    let (stage, webhook) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let brought = billing.authorize(order("r-1", "1.00 USD")).await.held_payment();
    capture_in_dashboard(&stage, &brought).await;
    stage.wait_until_handled().await;
    stage.lose_webhooks();
    let found = billing.authorize(order("r-2", "1.00 USD")).await.held_payment();
    capture_in_dashboard(&stage, &found).await;
    billing.job("poll").await;
    billing.job("inbox").await;
    let looks = stage.calls();
    for kind in ["payment_intent.succeeded", "charge.captured"] {
        assert_eq!(stage.post_event(&webhook, &newest_event(&stage, ACME_KEY, kind).await).await, 200);
    }
    billing.job("poll").await;
    billing.job("inbox").await;
    assert_eq!(inbox_ids(&stage).len(), stripe_event_ids(&stage).await.len());
    assert_eq!(inbox_ids(&stage).iter().collect::<HashSet<_>>().len(), inbox_ids(&stage).len());
    assert_eq!(count_events(&billing, "PAYMENT_CAPTURED dashboard").await, 2);
    let looked = |path: &str| {
        stage.sandbox.calls().iter().skip(looks).filter(|call| call.path.starts_with(path)).count()
    };
    assert_eq!(looked("/v1/payment_intents"), 0, "nothing was looked at again");
    let sources =
        |source: &str| settings::rows(&stage.journal(), &format!("inbox WHERE source = '{source}'"));
    assert!(sources("webhook") > 0 && sources("recovery") > 0);
}
