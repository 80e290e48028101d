//! Polls for events where no webhook can arrive, and for events that were lost.
//!
//! Every run starts after the newest stored event that is at least five minutes old, because Stripe
//! may list an event late. An event that is already in the inbox is not stored again.

use causeway::{refusal::Refusal, tenant::TenantName};
use causeway_domain::{operation::Source, tenant::PaymentSystem};
use causeway_ports::{
    events::{EventPage, EventQuery, ListedEvent},
    journal::inbox::{InboundEvent, PollPosition},
    processor::{Found, Processor},
};
use jiff::{SignedDuration, Timestamp};

use crate::{engine::Engine, phase::before_begin};

/// Minimum age of the anchor event, for events that Stripe lists late.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Maximum number of pages per run. The next run continues with the remaining pages.
const MAX_PAGES: usize = 100;

/// Stores the listed events of a payment system that are not in the inbox, oldest first. Returns
/// the number of new events.
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
            // Stripe no longer has the anchor event: events are listed for 30 days.
            last = None;
            position.anchor = None;
            continue;
        };
        events.reverse();
        last = events.last().map(|event| event.id.clone()).or(last);
        let now = engine.environment.now();
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

/// Stores the start of the polled period for each payment system. The first start of a relay sets
/// the period, even if that relay stops before the first poll. After an error the first poll sets
/// the period.
pub(crate) async fn begin(engine: &Engine) {
    for tenant in engine.config.tenants.values() {
        for system in tenant.payment_systems.values() {
            if let Err(refusal) = position(engine, &tenant.name, &system.name).await {
                tracing::warn!(
                    tenant = %tenant.name,
                    payment_system = system.name,
                    "the poller's anchor could not be written to the journal, and the first poll tries again: \
                     {refusal}"
                );
            }
        }
    }
}

async fn position(engine: &Engine, tenant: &TenantName, system: &str) -> Result<PollPosition, Refusal> {
    if let Some(position) = engine.journal.position(tenant, system).await.map_err(before_begin)? {
        return Ok(position);
    }
    let since = engine.started.checked_sub(OVERLAP).unwrap_or(engine.started).as_second();
    let first =
        PollPosition { tenant: tenant.clone(), payment_system: system.to_owned(), since, anchor: None };
    // Stored before the request to Stripe, because the relay may restart before Stripe answers.
    engine.journal.enqueue(vec![], Some(first.clone())).await.map_err(before_begin)?;
    Ok(first)
}

/// Moves the anchor to the newest event old enough that Stripe lists no older event late.
fn move_anchor(position: &mut PollPosition, oldest_first: &[ListedEvent], now: Timestamp) {
    let settled = now.checked_sub(OVERLAP).unwrap_or(now).as_second();
    if let Some(anchor) = oldest_first.iter().rfind(|event| event.created <= settled) {
        position.anchor = Some(anchor.id.clone());
        position.since = anchor.created;
    }
}

/// The page of events right after the given event. `None` means that Stripe does not know the given event.
async fn after(processor: &dyn Processor, event: &str) -> Result<Option<EventPage>, Refusal> {
    page(processor, &EventQuery::After(event.to_owned())).await
}

/// The page of the oldest events since a moment. Stripe lists the newest events first, so the
/// period is halved until the oldest events fit on one page. A relay that restarts often still
/// makes progress through thousands of events.
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

/// The page of the oldest events within one second that has more than one page of events.
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

/// Reads a page that has to exist: the query names a moment, or an event that Stripe has just listed.
async fn known(processor: &dyn Processor, query: &EventQuery) -> Result<EventPage, Refusal> {
    let silent = || Refusal::ProcessorSilent { why: "the list of events".to_owned() };
    page(processor, query).await?.ok_or_else(silent)
}

fn between(from: i64, to: i64, older_than: Option<String>) -> EventQuery {
    EventQuery::Between { from, to, older_than }
}

/// Reads one page of events. `None` means that Stripe does not know the event in the query.
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
