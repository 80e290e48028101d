//! The promises about a restart of the journal's process.

use causeway::request::Job;
use causeway_domain::{change::Changes, operation::Source};
use causeway_ports::journal::{
    Commit,
    inbox::{InboundEvent, PollPosition},
};

use super::{
    Stage,
    events::{in_sequence, with_event},
    record::{claim, finished},
    samples::{at, card, held, kept, moved, nonce, request_id},
    snapshot::committed,
};
use crate::report::{Checked, ensure, ensure_eq};

async fn fill(stage: &Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = stage;
    let mut begin = samples.begin(1)?;
    begin.nonce = Some(nonce("n-1", 100));
    committed(journal.begin(begin).await?, "a begin")?;
    let (begun, found) = (stage.operation(1).await?, stage.payment(1).await?);
    let changes = Changes::of_payment(moved(&found.value, found.version, held(None), 20))?;
    committed(journal.record(finished(&begun, changes)).await?, "a record")?;
    committed(journal.begin(samples.begin_of_other(2)?).await?, "a begin")?;
    let mut customer = samples.customer(1);
    customer.cards.push(card(1));
    committed(journal.change(kept(&customer, None)).await?, "a new customer")
}

pub(super) async fn everything_is_there_after_a_restart(stage: Stage<'_>) -> Checked {
    fill(&stage).await?;
    let tenant = stage.samples.tenant.clone();
    let position = PollPosition {
        tenant: tenant.clone(),
        payment_system: "main".to_owned(),
        since: 5,
        anchor: Some("evt_1".to_owned()),
    };
    let event = InboundEvent {
        tenant: tenant.clone(),
        payment_system: "main".to_owned(),
        id: "evt_1".to_owned(),
        kind: "charge.refunded".to_owned(),
        source: Source::Recovery,
        created: at(1),
        received: at(10),
        body: "{}".to_owned(),
    };
    stage.journal.enqueue(vec![event], Some(position.clone())).await?;
    stage.journal.ran(Job::Sweep, at(30)).await?;
    stage.journal.writable(at(40)).await?;
    let before = stage.snapshot().await?;
    let entries = stage.journal.due_entries(at(100), 10).await?;
    let Some(stage) = stage.reopened().await? else { return Ok(()) };
    let journal = &stage.journal;
    ensure_eq(&stage.snapshot().await?, &before, "everything is there after a restart")?;
    ensure_eq(&journal.due_entries(at(100), 10).await?, &entries, "the inbox is there after a restart")?;
    let found = journal.position(&tenant, "main").await?;
    ensure_eq(&found, &Some(position), "the position of polling is there after a restart")?;
    ensure_eq(&journal.last_run(Job::Sweep).await?, &Some(at(30)), "runs are there after a restart")?;
    ensure_eq(&journal.heartbeat().await?, &Some(at(40)), "the heartbeat is there after a restart")?;
    let mut again = stage.samples.begin(3)?;
    again.nonce = Some(nonce("n-1", 100));
    let commit = journal.begin(again).await?;
    ensure_eq(&commit, &Commit::NonceReplayed, "a nonce stays spent after a restart")?;
    let mut again = stage.samples.begin(3)?;
    again.operation.request_id = request_id(1);
    let commit = journal.begin(again).await?;
    ensure_eq(&commit, &Commit::DuplicateRequest, "a request id stays taken after a restart")
}

pub(super) async fn leases_are_void_after_a_restart(stage: Stage<'_>) -> Checked {
    committed(stage.journal.begin(stage.samples.begin(1)?).await?, "a begin")?;
    let begun = stage.operation(1).await?;
    ensure(stage.journal.claim(claim(&begun, 1, 100)).await?, "a free operation is claimed")?;
    let taken = stage.operation(1).await?;
    let Some(stage) = stage.reopened().await? else { return Ok(()) };
    let found = stage.operation(1).await?;
    ensure_eq(&found.lease.owner, &None, "no operation has an owner after a restart")?;
    ensure_eq(&found.lease.epoch, &taken.lease.epoch, "a restart keeps the epoch")?;
    let by = causeway_ports::journal::lease::Recoverable { tenant: None, by: Some(at(100)), most: 10 };
    let due = stage.journal.recoverable(by).await?;
    ensure_eq(&due.len(), &1, "an operation without its owner is due after a restart")?;
    ensure(stage.journal.claim(claim(&found, 2, 101)).await?, "the operation is claimed by another relay")
}

pub(super) async fn sequences_go_on_after_a_restart(stage: Stage<'_>) -> Checked {
    let tenant = stage.samples.tenant.clone();
    committed(stage.journal.change(with_event(&stage, &tenant, 1)?).await?, "a change")?;
    committed(stage.journal.change(with_event(&stage, &tenant, 2)?).await?, "a change")?;
    let Some(stage) = stage.reopened().await? else { return Ok(()) };
    ensure_eq(&stage.journal.last_event(&tenant), &2, "the last event is known after a restart")?;
    committed(stage.journal.change(with_event(&stage, &tenant, 3)?).await?, "a change")?;
    let events = stage.journal.events(&tenant, 0, 10).await?;
    ensure_eq(&events.len(), &3, "events are there after a restart")?;
    in_sequence(&tenant, &events, 1)
}
