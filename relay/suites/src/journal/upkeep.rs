//! The promises about runs of jobs, the heartbeat and an empty journal.

use causeway::request::Job;

use super::{
    Stage,
    samples::{at, payment_id, request_id},
};
use crate::report::{Checked, ensure, ensure_eq};

pub(super) async fn a_run_is_remembered(stage: Stage<'_>) -> Checked {
    let journal = &stage.journal;
    for (second, job) in (10..).zip(Job::ALL.iter().copied()) {
        ensure_eq(&journal.last_run(job).await?, &None, "a job that never ran has no run")?;
        journal.ran(job, at(second)).await?;
        ensure_eq(&journal.last_run(job).await?, &Some(at(second)), "a run is remembered")?;
    }
    journal.ran(Job::Poll, at(500)).await?;
    ensure_eq(&journal.last_run(Job::Poll).await?, &Some(at(500)), "the last run is remembered")?;
    ensure_eq(&journal.last_run(Job::Inbox).await?, &Some(at(10)), "each job has its own run")
}

pub(super) async fn a_heartbeat_is_remembered(stage: Stage<'_>) -> Checked {
    let journal = &stage.journal;
    ensure_eq(&journal.heartbeat().await?, &None, "a new journal has no heartbeat")?;
    for second in [10, 20] {
        journal.writable(at(second)).await?;
        ensure_eq(&journal.heartbeat().await?, &Some(at(second)), "the last heartbeat is remembered")?;
    }
    journal.admits()?;
    Ok(())
}

pub(super) async fn an_empty_journal_is_empty(stage: Stage<'_>) -> Checked {
    let (journal, tenant) = (&stage.journal, &stage.samples.tenant);
    let operation = journal.operation(tenant, &request_id(1)).await?;
    ensure_eq(&operation, &None, "there is no operation")?;
    let payment = journal.payment(tenant, payment_id(1)).await?;
    ensure_eq(&payment, &None, "there is no payment")?;
    let history = journal.history(payment_id(1)).await?;
    ensure_eq(&history, &vec![], "there is no history")?;
    ensure_eq(&journal.events(tenant, 0, 10).await?, &vec![], "there is no event")?;
    ensure_eq(&journal.due_entries(at(1000), 10).await?, &vec![], "there is no inbound event")?;
    ensure(journal.nonces(at(0)).await?.is_empty(), "there is no nonce")
}
