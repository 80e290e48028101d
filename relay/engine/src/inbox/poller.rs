//! Asks for events where none can arrive, and for those that were lost.
//!
//! Every run begins five minutes before where the last one ended, because events may be
//! listed late. What is in the inbox already is not put there again.

use causeway::{refusal::Refusal, tenant::TenantName};
use causeway_domain::{operation::Source, tenant::PaymentSystem};
use causeway_ports::{
    events::{EventPage, EventQuery, ListedEvent},
    journal::inbox::{InboundEvent, PollPosition},
    processor::{Found, Processor},
};
use jiff::{SignedDuration, Timestamp};

use crate::{engine::Engine, phase::before_begin};

/// How far a run goes back behind the last one.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Pages that are read in one run. What is left is for the next one.
const MAX_PAGES: usize = 100;

/// Puts the events of a payment system that are not in the inbox there, oldest first.
/// Gives how many were new.
pub(crate) async fn poll(
    engine: &Engine,
    tenant: &TenantName,
    system: &PaymentSystem,
) -> Result<usize, Refusal> {
    let processor = engine.processor_of_system(tenant, system)?;
    let mut position = position(engine, tenant, &system.name).await?;
    let mut last = position.anchor.clone();
    let mut new = 0_usize;
    for _ in 0..MAX_PAGES {
        let page = match &last {
            Some(last) => after(processor, last).await?,
            None => Some(since(processor, position.since).await?),
        };
        let Some(EventPage { mut events, has_more }) = page else {
            // Stripe has forgotten the anchor: it keeps events for 30 days.
            last = None;
            position.anchor = None;
            continue;
        };
        events.reverse();
        last = events.last().map(|event| event.id.clone()).or(last);
        let now = engine.surroundings.now();
        move_anchor(&mut position, &events, now);
        let arrivals = events.into_iter().map(|event| inbound(tenant, system, event, now)).collect();
        causeway_runtime::failpoint!("relay.poll.listed");
        let arrived = engine.journal.enqueue(arrivals, Some(position.clone())).await.map_err(before_begin)?;
        causeway_runtime::failpoint!("relay.poll.stored");
        new = new.saturating_add(arrived);
        if !has_more {
            break;
        }
    }
    if new > 0 {
        engine.inbox.arrived.notify_one();
    }
    Ok(new)
}

/// Notes from when on the events of each payment system are asked for: from the first start of
/// a relay, however long it takes until one lives long enough to ask.
pub(crate) async fn begin(engine: &Engine) -> Result<(), Refusal> {
    for tenant in engine.config.tenants.values() {
        for system in tenant.payment_systems.values() {
            position(engine, &tenant.name, &system.name).await?;
        }
    }
    Ok(())
}

async fn position(engine: &Engine, tenant: &TenantName, system: &str) -> Result<PollPosition, Refusal> {
    if let Some(position) = engine.journal.position(tenant, system).await.map_err(before_begin)? {
        return Ok(position);
    }
    let since = engine.started.checked_sub(OVERLAP).unwrap_or(engine.started).as_second();
    let first =
        PollPosition { tenant: tenant.clone(), payment_system: system.to_owned(), since, anchor: None };
    // Kept before Stripe is asked: it may be long until it answers, and another start away.
    engine.journal.enqueue(vec![], Some(first.clone())).await.map_err(before_begin)?;
    Ok(first)
}

/// The newest event that is so old that nothing older can be listed late.
fn move_anchor(position: &mut PollPosition, oldest_first: &[ListedEvent], now: Timestamp) {
    let settled = now.checked_sub(OVERLAP).unwrap_or(now).as_second();
    if let Some(anchor) = oldest_first.iter().rfind(|event| event.created <= settled) {
        position.anchor = Some(anchor.id.clone());
        position.since = anchor.created;
    }
}

/// The page of events right after one. `None`: Stripe does not know that one.
async fn after(processor: &dyn Processor, event: &str) -> Result<Option<EventPage>, Refusal> {
    page(processor, &EventQuery::After(event.to_owned())).await
}

/// The page of the oldest events since a moment. The newest are listed first, so where there
/// are more than a page of them the time is halved until the oldest are on one: a relay that
/// does not live for long gets something of thousands.
async fn since(processor: &dyn Processor, since: i64) -> Result<EventPage, Refusal> {
    let newest = known(processor, &EventQuery::Since(since)).await?;
    let Some(last) = newest.events.first().filter(|_| newest.has_more) else { return Ok(newest) };
    let (mut from, mut to) = (since, last.created.max(since));
    while from < to {
        let middle = from.midpoint(to);
        let older = known(processor, &between(from, middle, None)).await?;
        if older.has_more {
            to = middle;
        } else if older.events.is_empty() {
            from = middle.saturating_add(1);
        } else {
            return Ok(EventPage { has_more: true, ..older });
        }
    }
    within_a_second(processor, from, to).await
}

/// The page of the oldest events of a second, which has more than a page of them.
async fn within_a_second(processor: &dyn Processor, from: i64, to: i64) -> Result<EventPage, Refusal> {
    let mut oldest = known(processor, &between(from, to, None)).await?;
    while let Some(last) = oldest.events.last().filter(|_| oldest.has_more) {
        let older = known(processor, &between(from, to, Some(last.id.clone()))).await?;
        if older.events.is_empty() {
            break;
        }
        oldest = older;
    }
    Ok(EventPage { has_more: true, ..oldest })
}

/// A page of a list that Stripe cannot say it does not know.
async fn known(processor: &dyn Processor, query: &EventQuery) -> Result<EventPage, Refusal> {
    let silent = || Refusal::ProcessorSilent { why: "the list of events".to_owned() };
    page(processor, query).await?.ok_or_else(silent)
}

fn between(from: i64, to: i64, older_than: Option<String>) -> EventQuery {
    EventQuery::Between { from, to, older_than }
}

/// `None`: Stripe does not know the event that is named in the query.
async fn page(processor: &dyn Processor, query: &EventQuery) -> Result<Option<EventPage>, Refusal> {
    let silent = |why: String| Err(Refusal::ProcessorSilent { why });
    match processor.list_events(query).await {
        Found::Is(page) => Ok(Some(page)),
        Found::Missing => Ok(None),
        Found::Rejected(rejection) if matches!(rejection.status, 400 | 404) => Ok(None),
        Found::Rejected(rejection) => silent(format!("HTTP {} to a look-up", rejection.status)),
        Found::Unreadable { why } => silent(format!("not a list of events: {why}")),
        Found::Silent { why } => silent(why),
    }
}

fn inbound(tenant: &TenantName, system: &PaymentSystem, event: ListedEvent, now: Timestamp) -> InboundEvent {
    InboundEvent {
        tenant: tenant.clone(),
        payment_system: system.name.clone(),
        id: event.id,
        kind: event.kind,
        source: Source::Recovery,
        created: Timestamp::from_second(event.created).unwrap_or(now),
        received: now,
        body: event.body,
    }
}

#[cfg(test)]
mod tests;
