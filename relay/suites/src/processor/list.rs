//! The promises about lists of objects and events.

use std::collections::BTreeSet;

use causeway::request::authorize::CaptureMode;
use causeway_domain::observation::{IntentSnapshot, correlation};
use causeway_ports::{
    events::{EventPage, EventQuery},
    processor::{Found, Span},
};

use super::{
    reply::done_intent,
    stage::{Stage, less},
};
use crate::report::{Checked, Fault, ensure, ensure_eq, present};

/// Maximum number of pages, each of 100 objects.
const MAX_PAGES: usize = 100;
/// A span of time before the first object was created.
const LONG_AGO: Span = Span { from: 1, to: 2 };
/// The maximum time for creating the objects of a check, seconds.
const A_WHILE: i64 = 60;

fn since(intent: &IntentSnapshot) -> Span {
    Span { from: intent.created, to: intent.created.saturating_add(A_WHILE) }
}

fn newest_first(moments: impl Iterator<Item = i64>) -> Checked {
    let newest_first = moments.collect::<Vec<_>>().is_sorted_by(|one, next| one >= next);
    ensure(newest_first, "a list has the newest first")
}

pub(super) async fn payments_are_listed_by_time(stage: &Stage<'_>) -> Checked {
    let order = stage.sale();
    let one = done_intent(stage.pay(&order).await?, "a payment is made")?;
    let other = stage.held().await?;
    let listed = stage.processor.list_intents(since(&one), MAX_PAGES).await;
    let listed = present(listed, "payments are listed")?;
    newest_first(listed.iter().map(|intent| intent.created))?;
    let ids: BTreeSet<_> = listed.iter().map(|intent| intent.id.as_str()).collect();
    ensure_eq(&ids.len(), &listed.len(), "a payment is listed once")?;
    ensure(ids.contains(other.id.as_str()), "a hold is listed")?;
    let found = listed.iter().find(|intent| intent.id == one.id);
    let found = present(found, "a payment is listed")?;
    ensure_eq(&found.status, &one.status, "a list shows where a payment stands")?;
    ensure_eq(&found.amount, &one.amount, "a list shows the amount of a payment")?;
    let payment = order.correlation.payment.to_string();
    let shown = found.metadata.get(correlation::PAYMENT);
    ensure_eq(&shown, &Some(&payment), "a list shows the correlation of a payment")?;
    let no_page = stage.processor.list_intents(since(&one), 0).await;
    ensure_eq(&no_page, &None, "a list with more pages than may be read is none")?;
    let long_ago = stage.processor.list_intents(LONG_AGO, MAX_PAGES).await;
    ensure_eq(&long_ago, &Some(vec![]), "the payments of another time are not listed")
}

pub(super) async fn refunds_are_listed_by_time(stage: &Stage<'_>) -> Checked {
    let intent = stage.taken().await?;
    let refund = stage.refunded(&intent.id, stage.samples.amounts.part).await?;
    let listed = stage.processor.list_refunds(since(&intent), MAX_PAGES).await;
    let listed = present(listed, "refunds are listed")?;
    newest_first(listed.iter().map(|refund| refund.created))?;
    let found = listed.iter().find(|listed| listed.id == refund.id);
    ensure_eq(&found, &Some(&refund), "a refund is listed as it was made")?;
    let long_ago = stage.processor.list_refunds(LONG_AGO, MAX_PAGES).await;
    ensure_eq(&long_ago, &Some(vec![]), "the refunds of another time are not listed")
}

pub(super) async fn refunds_of_a_payment_are_listed(stage: &Stage<'_>) -> Checked {
    let (intent, other) = (stage.taken().await?, stage.taken().await?);
    let part = stage.samples.amounts.part;
    let first = stage.refunded(&intent.id, part).await?;
    let second = stage.refunded(&intent.id, less(stage.samples.amounts.whole, part)?).await?;
    let listed = stage.processor.refunds_of(&intent.id, MAX_PAGES).await;
    ensure_eq(&listed, &Some(vec![second, first]), "the refunds of a payment are listed, the newest first")?;
    let listed = stage.processor.refunds_of(&other.id, MAX_PAGES).await;
    ensure_eq(&listed, &Some(vec![]), "a payment without refunds has none")
}

pub(super) async fn disputes_of_a_payment_are_listed(stage: &Stage<'_>) -> Checked {
    let intent = stage.taken().await?;
    let listed = stage.processor.disputes_of(&intent.id, MAX_PAGES).await;
    ensure_eq(&listed, &Some(vec![]), "a payment without disputes has none")?;
    let Some(method) = &stage.samples.disputed else { return Ok(()) };
    let whole = stage.samples.amounts.whole;
    let order = stage.order(method, whole, CaptureMode::Automatic);
    let intent = done_intent(stage.pay(&order).await?, "a payment is made that will be disputed")?;
    let listed = stage.processor.disputes_of(&intent.id, MAX_PAGES).await;
    let listed = present(listed, "the disputes of a payment are listed")?;
    let dispute = present(listed.first(), "a disputed payment has a dispute")?;
    ensure_eq(&dispute.amount.money, &Some(whole), "the dispute shows its amount")?;
    ensure(dispute.state.is_some() && !dispute.reason.is_empty(), "the dispute shows its state and reason")
}

pub(super) async fn cards_of_a_customer_are_listed(stage: &Stage<'_>) -> Checked {
    let (customer, method) = stage.stored().await?;
    let listed = stage.processor.cards_of(&customer, MAX_PAGES).await;
    let listed = present(listed, "the cards of a customer are listed")?;
    let card = present(listed.first(), "a stored card is listed")?;
    ensure_eq(&listed.len(), &1, "a customer has the cards that were stored for them")?;
    ensure_eq(&card.id.as_str(), &method.as_str(), "a stored card is listed")?;
    ensure_eq(&card.customer.as_deref(), &Some(customer.as_str()), "a listed card is its customer's")?;
    let without = stage.customer().await?;
    let listed = stage.processor.cards_of(&without, MAX_PAGES).await;
    ensure_eq(&listed, &Some(vec![]), "a customer without cards has none")
}

async fn page(stage: &Stage<'_>, query: &EventQuery) -> Result<EventPage, Fault> {
    let found = stage.processor.list_events(query).await;
    let Found::Is(page) = found else {
        return Err(Fault(format!("not so: events are listed by {query:?}\n  found    {found:?}")));
    };
    newest_first(page.events.iter().map(|event| event.created))?;
    let ids: BTreeSet<_> = page.events.iter().map(|event| event.id.as_str()).collect();
    ensure_eq(&ids.len(), &page.events.len(), "an event is listed once")?;
    Ok(page)
}

/// Every event since a moment, page by page, newest first.
async fn all_events(stage: &Stage<'_>, Span { from, to }: Span) -> Result<EventPage, Fault> {
    let mut events = vec![];
    let mut older_than = None;
    for _ in 0..MAX_PAGES {
        let found = page(stage, &EventQuery::Between { from, to, older_than }).await?;
        older_than = found.events.last().map(|event| event.id.clone());
        events.extend(found.events);
        if !found.has_more || older_than.is_none() {
            return Ok(EventPage { events, has_more: false });
        }
    }
    Err(Fault("not so: the list of events ends".to_owned()))
}

pub(super) async fn events_are_listed(stage: &Stage<'_>) -> Checked {
    let intent = stage.taken().await?;
    let all = all_events(stage, since(&intent)).await?;
    newest_first(all.events.iter().map(|event| event.created))?;
    let ids: BTreeSet<_> = all.events.iter().map(|event| event.id.as_str()).collect();
    ensure_eq(&ids.len(), &all.events.len(), "an event is on one page")?;
    ensure(all.events.iter().any(|event| event.body.contains(&intent.id)), "a payment has an event")?;
    ensure(all.events.iter().all(|event| !event.kind.is_empty()), "an event has a type")?;
    let since_then = page(stage, &EventQuery::Since(intent.created)).await?;
    ensure(!since_then.events.is_empty(), "the events since a moment are listed")?;
    let is_since = |created: i64| created >= intent.created;
    ensure(since_then.events.iter().all(|event| is_since(event.created)), "older events are not listed")?;
    let long_ago = all_events(stage, LONG_AGO).await?;
    ensure_eq(&long_ago.events, &vec![], "the events of another time are not listed")
}

pub(super) async fn events_after_one_are_listed(stage: &Stage<'_>) -> Checked {
    let before = stage.taken().await?;
    let known = page(stage, &EventQuery::Since(before.created)).await?;
    let known = present(known.events.first(), "a payment has an event")?.id.clone();
    let after = stage.taken().await?;
    let found = page(stage, &EventQuery::After(known.clone())).await?;
    ensure(found.events.iter().all(|event| event.id != known), "a known event is not listed again")?;
    ensure(
        found.events.iter().any(|event| event.body.contains(&after.id)),
        "the events after a known one are listed",
    )?;
    ensure(
        !found.events.iter().any(|event| event.body.contains(&before.id)),
        "the events before a known one are not listed",
    )
}
