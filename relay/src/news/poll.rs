//! Asks for events where none can arrive, and for those that were lost.
//!
//! Every run begins five minutes before where the last one ended, because events may be
//! listed late. What is in the inbox already is not put there again.

use causeway::{refusal::Refusal, tenant::TenantName};
use jiff::{SignedDuration, Timestamp};

use super::subject;
use crate::{
    journal::{
        Source,
        incoming::{Incoming, Position},
    },
    operation::{Desk, unwritable},
    processor::Processor,
    settings::PaymentSystem,
    stripe::{
        client::Asked,
        paths,
        view::{List, WholeEvent},
    },
};

/// How far a run goes back behind the last one.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Pages that are read in one run. What is left is for the next one.
const MOST_PAGES: usize = 100;

/// Events as they are listed.
type Page = List<WholeEvent>;

/// Puts the events of a payment system that are not in the inbox there, oldest first.
/// Gives how many were new.
pub(crate) async fn poll(desk: &Desk, tenant: &TenantName, system: &PaymentSystem) -> Result<usize, Refusal> {
    let processor = desk.way(tenant, system)?;
    let mut position = position(desk, tenant, &system.name).await?;
    let mut last = position.anchor.clone();
    let mut new = 0_usize;
    for _ in 0..MOST_PAGES {
        let page = match &last {
            Some(last) => after(processor, last).await?,
            None => Some(since(processor, position.since).await?),
        };
        let Some(List { data: mut events, has_more }) = page else {
            // Stripe has forgotten the anchor: it keeps events for 30 days.
            last = None;
            position.anchor = None;
            continue;
        };
        events.reverse();
        last = events.last().map(|event| event.event.id.clone()).or(last);
        let now = desk.surroundings.now();
        move_anchor(&mut position, &events, now);
        let arrivals = events.into_iter().map(|event| incoming(tenant, system, event, now)).collect();
        causeway_runtime::failpoint!("relay.poll.listed");
        let arrived = desk.journal.arrive(arrivals, Some(position.clone())).await.map_err(unwritable)?;
        causeway_runtime::failpoint!("relay.poll.stored");
        new = new.saturating_add(arrived);
        if !has_more {
            break;
        }
    }
    if new > 0 {
        desk.arrived.notify_one();
    }
    Ok(new)
}

/// Notes from when on the events of each payment system are asked for: from the first start of
/// a relay, however long it takes until one lives long enough to ask.
pub(crate) async fn begin(desk: &Desk) -> Result<(), Refusal> {
    for tenant in desk.settings.tenants.values() {
        for system in tenant.payment_systems.values() {
            position(desk, &tenant.name, &system.name).await?;
        }
    }
    Ok(())
}

async fn position(desk: &Desk, tenant: &TenantName, system: &str) -> Result<Position, Refusal> {
    if let Some(position) = desk.journal.position(tenant, system).await.map_err(unwritable)? {
        return Ok(position);
    }
    let since = desk.started.checked_sub(OVERLAP).unwrap_or(desk.started).as_second();
    let first = Position { tenant: tenant.clone(), payment_system: system.to_owned(), since, anchor: None };
    // Kept before Stripe is asked: it may be long until it answers, and another start away.
    desk.journal.arrive(vec![], Some(first.clone())).await.map_err(unwritable)?;
    Ok(first)
}

/// The newest event that is so old that nothing older can be listed late.
fn move_anchor(position: &mut Position, oldest_first: &[WholeEvent], now: Timestamp) {
    let settled = now.checked_sub(OVERLAP).unwrap_or(now).as_second();
    if let Some(anchor) = oldest_first.iter().rfind(|event| event.event.created <= settled) {
        position.anchor = Some(anchor.event.id.clone());
        position.since = anchor.event.created;
    }
}

/// The page of events right after one. `None`: Stripe does not know that one.
async fn after(processor: &dyn Processor, event: &str) -> Result<Option<Page>, Refusal> {
    page(processor, &paths::events_after(event)).await
}

/// The page of the oldest events since a moment. The newest are listed first, so where there
/// are more than a page of them the time is halved until the oldest are on one: a relay that
/// does not live for long gets something of thousands.
async fn since(processor: &dyn Processor, since: i64) -> Result<Page, Refusal> {
    let newest = known(processor, &paths::events_since(since)).await?;
    let Some(last) = newest.data.first().filter(|_| newest.has_more) else { return Ok(newest) };
    let (mut from, mut to) = (since, last.event.created.max(since));
    while from < to {
        let middle = from.midpoint(to);
        let older = known(processor, &paths::events_between(from, middle)).await?;
        if older.has_more {
            to = middle;
        } else if older.data.is_empty() {
            from = middle.saturating_add(1);
        } else {
            return Ok(List { has_more: true, ..older });
        }
    }
    within_a_second(processor, &paths::events_between(from, to)).await
}

/// The page of the oldest events of a second, which has more than a page of them.
async fn within_a_second(processor: &dyn Processor, path: &str) -> Result<Page, Refusal> {
    let mut oldest = known(processor, path).await?;
    while let Some(last) = oldest.data.last().filter(|_| oldest.has_more) {
        let older = known(processor, &format!("{path}&starting_after={}", last.event.id)).await?;
        if older.data.is_empty() {
            break;
        }
        oldest = older;
    }
    Ok(List { has_more: true, ..oldest })
}

/// A page of a list that Stripe cannot say it does not know.
async fn known(processor: &dyn Processor, path: &str) -> Result<Page, Refusal> {
    let silent = || Refusal::ProcessorSilent { why: "the list of events".to_owned() };
    page(processor, path).await?.ok_or_else(silent)
}

/// `None`: Stripe does not know what is named in the path.
async fn page(processor: &dyn Processor, path: &str) -> Result<Option<Page>, Refusal> {
    match processor.examine(path).await {
        Asked::Done { object, .. } => serde_json::from_value(object)
            .map(Some)
            .map_err(|error| Refusal::ProcessorSilent { why: format!("not a list of events: {error}") }),
        Asked::Refused { error, .. } if matches!(error.status, 400 | 404) => Ok(None),
        Asked::Refused { error, .. } => {
            Err(Refusal::ProcessorSilent { why: format!("HTTP {} to a look-up", error.status) })
        }
        Asked::Unknown { why } | Asked::Kept { why } | Asked::KeyReused { why } => {
            Err(Refusal::ProcessorSilent { why })
        }
    }
}

fn incoming(tenant: &TenantName, system: &PaymentSystem, event: WholeEvent, now: Timestamp) -> Incoming {
    let WholeEvent { event, whole } = event;
    Incoming {
        tenant: tenant.clone(),
        payment_system: system.name.clone(),
        body: subject::kept(&whole.to_string(), &whole),
        kind: event.kind,
        source: Source::Recovery,
        created: Timestamp::from_second(event.created).unwrap_or(now),
        received: now,
        id: event.id,
    }
}

#[cfg(test)]
mod tests;
