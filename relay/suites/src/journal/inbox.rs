//! The promises about the inbox.

use std::sync::Arc;

use causeway_domain::operation::Source;
use causeway_ports::journal::{
    Journal,
    inbox::{Disposition, Handled, InboundEvent, InboxEntry, PollPosition},
};

use super::{Stage, samples::at};
use crate::report::{Checked, Fault, ensure, ensure_eq};

/// An event of the first tenant, received at a moment in seconds.
fn event(stage: &Stage<'_>, id: &str, received: i64) -> InboundEvent {
    InboundEvent {
        tenant: stage.samples.tenant.clone(),
        payment_system: "main".to_owned(),
        id: id.to_owned(),
        kind: "payment_intent.succeeded".to_owned(),
        source: Source::Webhook,
        created: at(1),
        received: at(received),
        body: format!("{{\"id\":\"{id}\"}}"),
    }
}

async fn due(stage: &Stage<'_>, now: i64) -> Result<Vec<InboxEntry>, Fault> {
    Ok(stage.journal.due_entries(at(now), 100).await?)
}

fn names(entries: &[InboxEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.event.id.as_str()).collect()
}

/// The sequence of an event in the inbox.
async fn place(stage: &Stage<'_>, id: &str) -> Result<i64, Fault> {
    let entries = due(stage, 1_000_000).await?;
    let found = entries.iter().find(|entry| entry.event.id == id);
    found.map(|entry| entry.seq).ok_or_else(|| Fault(format!("{id} is not due")))
}

/// The disposition of an event with an outcome.
async fn handled(stage: &Stage<'_>, id: &str, disposition: Disposition) -> Checked {
    let seq = place(stage, id).await?;
    Ok(stage.journal.handled(seq, disposition).await?)
}

async fn counts(stage: &Stage<'_>, expected: &[(&str, u64)], promise: &str) -> Checked {
    let mut found = stage.journal.inbox_counts(&stage.samples.tenant).await?;
    found.sort();
    let expected: Vec<_> = expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    ensure_eq(&found, &expected, promise)
}

pub(super) async fn an_event_comes_in_once(stage: Stage<'_>) -> Checked {
    let journal: &Arc<dyn Journal> = &stage.journal;
    let first = event(&stage, "evt_1", 10);
    let new = journal.enqueue(vec![first.clone(), event(&stage, "evt_2", 20)], None).await?;
    ensure_eq(&new, &2, "new events are counted")?;
    let again = InboundEvent { source: Source::Recovery, received: at(30), ..first.clone() };
    let third = event(&stage, "evt_3", 30);
    let new = journal.enqueue(vec![again.clone(), third.clone(), third], None).await?;
    ensure_eq(&new, &1, "a known event is not counted again")?;
    let entries = due(&stage, 100).await?;
    ensure_eq(&names(&entries), &vec!["evt_1", "evt_2", "evt_3"], "each event is there once")?;
    let entry = entries.first().map(|entry| (&entry.event, entry.tries));
    ensure_eq(&entry, &Some((&first, 0)), "an event is there as first received")?;
    handled(&stage, "evt_1", Disposition::Done(Handled::Changed)).await?;
    ensure_eq(&journal.enqueue(vec![again], None).await?, &0, "a handled event does not come in again")?;

    let elsewhere = InboundEvent { payment_system: "second".to_owned(), ..first.clone() };
    let foreign = InboundEvent { tenant: stage.samples.other.clone(), ..first };
    let new = journal.enqueue(vec![elsewhere, foreign], None).await?;
    ensure_eq(&new, &2, "the same id of another payment system or tenant is another event")
}

pub(super) async fn due_entries_come_in_order(stage: Stage<'_>) -> Checked {
    let arrivals = [("evt_1", 30), ("evt_2", 10), ("evt_3", 20), ("evt_4", 10)];
    let arrivals = arrivals.map(|(id, received)| event(&stage, id, received));
    stage.journal.enqueue(arrivals.to_vec(), None).await?;
    let order = vec!["evt_2", "evt_4", "evt_3", "evt_1"];
    ensure_eq(&names(&due(&stage, 30).await?), &order, "due events come oldest first, then as received")?;
    ensure_eq(&names(&due(&stage, 29).await?).len(), &3, "an event is not due before its time")?;
    let two = stage.journal.due_entries(at(30), 2).await?;
    ensure_eq(&names(&two), &vec!["evt_2", "evt_4"], "no more events come than asked for")
}

pub(super) async fn a_later_entry_comes_again(stage: Stage<'_>) -> Checked {
    let first = event(&stage, "evt_1", 10);
    stage.journal.enqueue(vec![first.clone(), event(&stage, "evt_2", 20)], None).await?;
    handled(&stage, "evt_1", Disposition::Later(at(50))).await?;
    ensure_eq(&names(&due(&stage, 49).await?), &vec!["evt_2"], "a later event waits")?;
    let entries = due(&stage, 50).await?;
    ensure_eq(&names(&entries), &vec!["evt_2", "evt_1"], "a later event comes again, by its new time")?;
    let entry = entries.last().map(|entry| (&entry.event, entry.tries));
    ensure_eq(&entry, &Some((&first, 1)), "a later event has its body and one try more")
}

pub(super) async fn counts_follow_dispositions(stage: Stage<'_>) -> Checked {
    let names = ["evt_1", "evt_2", "evt_3", "evt_4", "evt_5"];
    let arrivals = names.map(|id| event(&stage, id, 10)).to_vec();
    stage.journal.enqueue(arrivals, None).await?;
    counts(&stage, &[("waiting", 5)], "new events are waiting").await?;
    handled(&stage, "evt_1", Disposition::Done(Handled::Changed)).await?;
    handled(&stage, "evt_2", Disposition::Done(Handled::Echo)).await?;
    handled(&stage, "evt_3", Disposition::Done(Handled::Echo)).await?;
    handled(&stage, "evt_4", Disposition::Parked).await?;
    handled(&stage, "evt_5", Disposition::Later(at(50))).await?;
    let expected = [("changed", 1), ("echo", 2), ("parked", 1), ("waiting", 1)];
    counts(&stage, &expected, "events are counted by their outcomes").await?;
    let entries = due(&stage, 100).await?;
    ensure(entries.len() == 1, "an event that is done or parked is not due")?;
    let foreign = stage.journal.inbox_counts(&stage.samples.other).await?;
    ensure_eq(&foreign, &vec![], "events of another tenant are not counted")
}

pub(super) async fn forgetting_keeps_parked_entries(stage: Stage<'_>) -> Checked {
    let arrivals = [("evt_1", 10), ("evt_2", 20), ("evt_3", 10), ("evt_4", 10)];
    let arrivals = arrivals.map(|(id, received)| event(&stage, id, received));
    stage.journal.enqueue(arrivals.to_vec(), None).await?;
    handled(&stage, "evt_1", Disposition::Done(Handled::Changed)).await?;
    handled(&stage, "evt_2", Disposition::Done(Handled::Changed)).await?;
    handled(&stage, "evt_3", Disposition::Parked).await?;
    ensure_eq(&stage.journal.forget_entries(at(10)).await?, &0, "an event that came at the moment stays")?;
    let forgotten = stage.journal.forget_entries(at(20)).await?;
    ensure_eq(&forgotten, &1, "events that are done and old are forgotten")?;
    let expected = [("changed", 1), ("parked", 1), ("waiting", 1)];
    counts(&stage, &expected, "parked, waiting and young events stay").await?;
    let new = stage.journal.enqueue(vec![event(&stage, "evt_3", 30)], None).await?;
    ensure_eq(&new, &0, "a parked event does not come in again")
}

pub(super) async fn the_poll_position_is_kept(stage: Stage<'_>) -> Checked {
    let journal: &Arc<dyn Journal> = &stage.journal;
    let tenant = &stage.samples.tenant;
    ensure_eq(&journal.position(tenant, "main").await?, &None, "there is no position before a poll")?;
    let position = |anchor: Option<&str>| PollPosition {
        tenant: tenant.clone(),
        payment_system: "main".to_owned(),
        since: 5,
        anchor: anchor.map(str::to_owned),
    };
    for position in [position(None), position(Some("evt_1")), position(Some("evt_2"))] {
        journal.enqueue(vec![event(&stage, "evt_1", 10)], Some(position.clone())).await?;
        let found = journal.position(tenant, "main").await?;
        ensure_eq(&found, &Some(position), "the position is the last one")?;
    }
    journal.enqueue(vec![event(&stage, "evt_9", 10)], None).await?;
    let found = journal.position(tenant, "main").await?;
    ensure_eq(&found, &Some(position(Some("evt_2"))), "an event without a position moves nothing")?;
    let elsewhere = journal.position(tenant, "second").await?;
    ensure_eq(&elsewhere, &None, "another payment system has its own position")?;
    let foreign = journal.position(&stage.samples.other, "main").await?;
    ensure_eq(&foreign, &None, "another tenant has its own position")
}
