//! The promises of the second phase, and of changes without an operation.

use causeway::v1::PaymentStatus;
use causeway_domain::{
    change::Changes,
    operation::{Lease, Operation, Progress},
    payment::State,
};
use causeway_ports::journal::{Commit, Record, lease::Claim};
use uuid::Uuid;

use super::{
    Stage,
    samples::{at, held, kept, moved, payment_id, statuses},
    snapshot::committed,
};
use crate::report::{Checked, Fault, ensure, ensure_eq};

/// The record of an operation with a known outcome.
pub(super) fn finished(operation: &Operation, changes: Changes) -> Record {
    Record {
        operation: operation.id,
        epoch: operation.lease.epoch,
        next: None,
        progress: Progress::Finished { answer: vec![1, 2, 3] },
        key_spent: false,
        changes,
    }
}

/// The record of an operation with an unknown outcome and the next moment for recovery.
pub(super) fn not_known(operation: &Operation, next: i64) -> Record {
    Record { next: Some(at(next)), progress: Progress::Unknown, ..finished(operation, Changes::default()) }
}

/// A claim of an operation as read, for 30 seconds.
pub(super) fn claim(operation: &Operation, owner: u128, now: i64) -> Claim {
    Claim {
        operation: operation.id,
        epoch: operation.lease.epoch,
        owner: Uuid::from_u128(owner),
        now: at(now),
        until: at(now.saturating_add(30)),
        sends: false,
    }
}

async fn to_held(stage: &Stage<'_>, number: u128) -> Result<Changes, Fault> {
    let found = stage.payment(number).await?;
    Ok(Changes::of_payment(moved(&found.value, found.version, held(None), 20))?)
}

pub(super) async fn record_writes_everything(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    committed(journal.begin(samples.begin(1)?).await?, "a begin")?;
    let (begun, before) = (stage.operation(1).await?, stage.payment(1).await?);
    let changes = to_held(&stage, 1).await?;
    committed(journal.record(finished(&begun, changes.clone())).await?, "a record")?;
    let after = stage.operation(1).await?;
    let expected = Operation {
        progress: Progress::Finished { answer: vec![1, 2, 3] },
        lease: Lease { owner: None, due: None, ..begun.lease.clone() },
        ..begun
    };
    ensure_eq(&after, &expected, "the operation has its outcome and no lease")?;
    let payment = stage.payment(1).await?;
    let written = changes.payment().map(|change| &change.payment);
    ensure_eq(&Some(&payment.value), &written, "the payment is there as written")?;
    ensure(payment.version != before.version, "a change gives the payment another version")?;
    let history = journal.history(payment_id(1)).await?;
    let expected = vec![PaymentStatus::Started, PaymentStatus::Authorized];
    ensure_eq(&statuses(&history), &expected, "the history has both entries, oldest first")?;
    let last = changes.payment().map(|change| &change.entry);
    ensure_eq(&history.last(), &last, "the history entry is there as written")?;
    let events = journal.events(&samples.tenant, 0, 10).await?;
    ensure_eq(&events.len(), &changes.events().count(), "the events of the record are there")
}

pub(super) async fn a_record_from_a_stale_version_writes_nothing(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    committed(journal.begin(samples.begin(1)?).await?, "a begin")?;
    let stale = to_held(&stage, 1).await?;
    let found = stage.payment(1).await?;
    let change = moved(&found.value, found.version, State::Pending, 10);
    committed(journal.change(Changes::of_payment(change)?).await?, "a change")?;
    let (begun, before) = (stage.operation(1).await?, stage.snapshot().await?);
    let commit = journal.record(finished(&begun, stale)).await?;
    ensure_eq(&commit, &Commit::VersionConflict, "a record from a stale version is refused")?;
    ensure_eq(&stage.snapshot().await?, &before, "a refused record writes nothing")
}

pub(super) async fn a_record_under_a_stale_epoch_writes_nothing(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    committed(journal.begin(samples.begin(1)?).await?, "a begin")?;
    let begun = stage.operation(1).await?;
    ensure(journal.claim(claim(&begun, 1, 100)).await?, "a free operation is claimed")?;
    let changes = to_held(&stage, 1).await?;
    let before = stage.snapshot().await?;
    let commit = journal.record(finished(&begun, changes.clone())).await?;
    ensure_eq(&commit, &Commit::LeaseLost, "a record under a stale epoch is refused")?;
    ensure_eq(&stage.snapshot().await?, &before, "a refused record writes nothing")?;
    let taken = stage.operation(1).await?;
    committed(journal.record(finished(&taken, changes)).await?, "a record under the current epoch")
}

pub(super) async fn a_finished_operation_never_changes(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    committed(journal.begin(samples.begin(1)?).await?, "a begin")?;
    let begun = stage.operation(1).await?;
    committed(journal.record(finished(&begun, Changes::default())).await?, "a record")?;
    let changes = to_held(&stage, 1).await?;
    let (done, before) = (stage.operation(1).await?, stage.snapshot().await?);
    for record in [not_known(&done, 50), finished(&done, changes), finished(&begun, Changes::default())] {
        let commit = journal.record(record).await?;
        ensure_eq(&commit, &Commit::LeaseLost, "a record of a finished operation is refused")?;
    }
    ensure(!journal.claim(claim(&done, 1, 1000)).await?, "a finished operation is not claimed")?;
    journal.renew(Uuid::from_u128(1), vec![done.id], at(2000)).await?;
    ensure_eq(&stage.snapshot().await?, &before, "a finished operation stays as finished")
}

pub(super) async fn a_spent_key_stays_spent(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    committed(journal.begin(samples.begin(1)?).await?, "a begin")?;
    let begun = stage.operation(1).await?;
    ensure(!begun.key_spent, "the key of a new operation is not spent")?;
    committed(journal.record(Record { key_spent: true, ..not_known(&begun, 50) }).await?, "a record")?;
    ensure(stage.operation(1).await?.key_spent, "a recorded spent key is spent")?;
    committed(journal.record(not_known(&begun, 60)).await?, "a record")?;
    let after = stage.operation(1).await?;
    ensure(after.key_spent, "a spent key stays spent after a later record")?;
    ensure(journal.claim(claim(&after, 1, 100)).await?, "a free operation is claimed")?;
    ensure(stage.operation(1).await?.key_spent, "a spent key stays spent after a claim")
}

pub(super) async fn a_change_from_a_stale_version_writes_nothing(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    let started = Changes::of_payment(samples.started(samples.payment(1)))?;
    committed(journal.change(started).await?, "a new payment")?;
    let stale = to_held(&stage, 1).await?;
    let found = stage.payment(1).await?;
    let change = moved(&found.value, found.version, State::Pending, 10);
    committed(journal.change(Changes::of_payment(change)?).await?, "a change")?;
    committed(journal.change(kept(&samples.customer(1), None)).await?, "a new customer")?;
    let before = stage.snapshot().await?;
    let unknown_payment = moved(&samples.payment(2), 1, held(None), 20);
    let new_again = kept(&samples.customer(1), None);
    for changes in [stale, Changes::of_payment(unknown_payment)?, new_again] {
        let commit = journal.change(changes).await?;
        ensure_eq(&commit, &Commit::VersionConflict, "a change from a stale version is refused")?;
    }
    ensure_eq(&stage.snapshot().await?, &before, "a refused change writes nothing")
}

pub(super) async fn of_two_changes_from_one_version_one_is_written(stage: Stage<'_>) -> Checked {
    let Stage { journal, samples, .. } = &stage;
    let started = Changes::of_payment(samples.started(samples.payment(1)))?;
    committed(journal.change(started).await?, "a new payment")?;
    let changes = to_held(&stage, 1).await?;
    let (one, other) = tokio::join!(journal.change(changes.clone()), journal.change(changes));
    let mut commits = [one?, other?];
    commits.sort_by_key(|commit| *commit != Commit::Committed);
    let expected = [Commit::Committed, Commit::VersionConflict];
    ensure_eq(&commits, &expected, "of two changes from one version one is written")?;
    ensure_eq(&journal.history(payment_id(1)).await?.len(), &2, "one entry is written")
}
