//! The promises about events for watchers, and about alarms.

use std::{future::Future, time::Duration};

use causeway::{tenant::TenantName, v1};
use causeway_domain::{
    change::Changes,
    event::{self, Alarm},
    payment::AlarmKind,
};

use super::{
    Stage,
    samples::{at, held},
    snapshot::committed,
};
use crate::report::{Checked, Fault, ensure, ensure_eq};

/// The time after which a waiter counts as not woken.
const WAKES_WITHIN: Duration = Duration::from_secs(5);
/// The time for which a waiter must not wake.
const SLEEPS_FOR: Duration = Duration::from_millis(50);

/// A new payment with one event, of a tenant.
pub(super) fn with_event(stage: &Stage<'_>, tenant: &TenantName, number: u128) -> Result<Changes, Fault> {
    let mut payment = stage.samples.payment_of(tenant, number);
    payment.state = held(None);
    Ok(Changes::of_payment(stage.samples.started(payment))?)
}

/// The sequences of events are 1, 2, … and each id follows from the sequence.
pub(super) fn in_sequence(tenant: &TenantName, events: &[v1::Event], from: u64) -> Checked {
    for (event, sequence) in events.iter().zip(from..) {
        ensure_eq(&event.sequence, &sequence, "the sequences of events have no gaps")?;
        let id = event::id(tenant, event).to_string();
        ensure_eq(&event.id, &id, "the id of an event is the id of its place")?;
    }
    Ok(())
}

pub(super) async fn sequences_have_no_gaps(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    for number in [1, 3, 5, 7, 9] {
        let ours = with_event(&stage, &samples.tenant, number)?;
        let foreign = with_event(&stage, &samples.other, number + 1)?;
        let (one, other) = tokio::join!(journal.change(ours), journal.change(foreign));
        committed(one?, "a change")?;
        committed(other?, "a change")?;
        // A refused write must not use a sequence up.
        let again = with_event(&stage, &samples.tenant, number)?;
        ensure(journal.change(again).await? != causeway_ports::journal::Commit::Committed, "a refusal")?;
    }
    for tenant in [&samples.tenant, &samples.other] {
        let all = journal.events(tenant, 0, 100).await?;
        ensure_eq(&all.len(), &5, "every event of the tenant is there")?;
        in_sequence(tenant, &all, 1)?;
        ensure_eq(&journal.last_event(tenant), &5, "the last event is known")?;
        ensure_eq(&journal.events(tenant, 0, 100).await?, &all, "events are the same at every read")?;
        let page = journal.events(tenant, 2, 2).await?;
        let expected: Vec<_> = all.iter().skip(2).take(2).cloned().collect();
        ensure_eq(&page, &expected, "events are read after a sequence, so many at most")?;
        ensure_eq(&journal.events(tenant, 5, 100).await?, &vec![], "there is no event after the last one")?;
    }
    Ok(())
}

async fn wakes(waiter: impl Future<Output = ()>, promise: &str) -> Checked {
    let woken = tokio::time::timeout(WAKES_WITHIN, waiter).await;
    woken.map_err(|_| Fault(format!("not so: {promise}")))
}

pub(super) async fn a_waiter_wakes_on_an_event(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    let (ours, foreign) = (&samples.tenant, &samples.other);
    ensure_eq(&journal.last_event(ours), &0, "a tenant without events has the last sequence 0")?;
    let mut waiter = Box::pin(journal.event_after(ours, 0));
    let sleeps = tokio::time::timeout(SLEEPS_FOR, &mut waiter).await.is_err();
    ensure(sleeps, "a waiter sleeps while there is no event")?;
    committed(journal.change(with_event(&stage, foreign, 1)?).await?, "a change")?;
    let sleeps = tokio::time::timeout(SLEEPS_FOR, &mut waiter).await.is_err();
    ensure(sleeps, "an event of another tenant wakes no waiter")?;
    committed(journal.change(with_event(&stage, ours, 2)?).await?, "a change")?;
    wakes(waiter, "an event wakes a waiter").await?;
    ensure_eq(&journal.last_event(ours), &1, "the event is the last one")?;
    ensure_eq(&journal.events(ours, 0, 10).await?.len(), &1, "a woken waiter can read the event")?;
    wakes(journal.event_after(ours, 0), "an event that is there is not waited for").await?;
    let mut later = Box::pin(journal.event_after(ours, 2));
    committed(journal.change(with_event(&stage, ours, 3)?).await?, "a change")?;
    let sleeps = tokio::time::timeout(SLEEPS_FOR, &mut later).await.is_err();
    ensure(sleeps, "a waiter sleeps until its sequence is passed")?;
    let alarm = alarm(ours, "key");
    ensure(journal.raise(alarm).await?, "an alarm is new")?;
    wakes(later, "an alarm wakes a waiter").await
}

fn alarm(tenant: &TenantName, key: &str) -> Alarm {
    Alarm {
        tenant: tenant.clone(),
        key: key.to_owned(),
        at: at(50),
        code: AlarmKind::Orphan,
        message: "an object without a payment".to_owned(),
        payment_system: "main".to_owned(),
        processor_id: "pi_1".to_owned(),
    }
}

pub(super) async fn an_alarm_is_raised_once(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    let (ours, foreign) = (&samples.tenant, &samples.other);
    let first = alarm(ours, "one");
    ensure(journal.raise(first.clone()).await?, "an alarm is new")?;
    let mut again = first.clone();
    again.message = "the same in other words".to_owned();
    ensure(!journal.raise(again).await?, "an alarm of a known key is not new")?;
    ensure(journal.raise(alarm(ours, "other")).await?, "an alarm of another key is new")?;
    ensure(journal.raise(alarm(foreign, "one")).await?, "an alarm of another tenant is new")?;
    let events = journal.events(ours, 0, 10).await?;
    ensure_eq(&events.len(), &2, "each new alarm is one event")?;
    in_sequence(ours, &events, 1)?;
    let bodies: Vec<_> = events.into_iter().map(|event| event.alarm).collect();
    let expected = first.to_event().alarm;
    ensure_eq(&bodies, &vec![expected.clone(), expected], "the event holds the alarm")
}
