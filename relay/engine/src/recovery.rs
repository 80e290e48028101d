//! The recovery worker: resolves operations after a crash of the relay or a lost answer. Recovery starts
//! without a request from billing, ends when the outcome is known, and raises an alarm after three days.
//!
//! 1. `recovery_policy/plan.rs`: decides between a resend under the same key and a look-up of the object
//! 2. `execute/replay.rs`: performs the action, with the request lock and the lease of the operation
//! 3. `recovery_policy/schedule.rs`: the time of the next attempt, if the outcome is still unknown
//! 4. after the last attempt, an alarm: `UNRESOLVED`

use std::sync::Arc;

use causeway::{request::Job, tenant::TenantName};
use causeway_domain::{
    customer::Customer,
    operation::{Operation, Source, Target},
    payment::Payment,
};
use causeway_ports::journal::{JournalError, lease::Recoverable};
use tokio::sync::watch;

use crate::{
    counts::{Item, JobCounts},
    engine::Engine,
    phase::AfterBegin,
};

/// Maximum number of operations read from the journal at once.
const BATCH: u32 = 64;

/// Resolves due operations until the relay stops.
pub(crate) async fn run(engine: Arc<Engine>, mut stop: watch::Receiver<bool>) {
    let Some(interval) = engine.config.jobs.interval(Job::Recovery) else { return };
    loop {
        if let Err(error) = take_up_due(&engine).await {
            tracing::error!(%error, "the journal lists no operations for recovery, which tries again; check the disk of the journal");
        }
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Starts due operations, as many as there are places, without waiting for the outcomes, so that an account
/// without answers does not block other accounts.
async fn take_up_due(engine: &Arc<Engine>) -> Result<(), JournalError> {
    if engine.recovering.room() == 0 {
        return Ok(());
    }
    let which = Recoverable { tenant: None, by: Some(engine.clock.now()), most: BATCH };
    for operation in engine.journal.recoverable(which).await? {
        let Ok(place) = engine.recovering.places.take(&operation.tenant) else { continue };
        if !engine.recovering.lock().insert(operation.id) {
            continue;
        }
        let engine = Arc::clone(engine);
        engine.tasks.clone().spawn(async move {
            let (id, operation) = (operation.id, Arc::new(operation));
            let (tenant, request_id) = (&operation.tenant, &operation.request_id);
            causeway_runtime::failpoint!("relay.recovery.due");
            let (worker, target) = (Arc::clone(&engine), Arc::clone(&operation));
            // A separate task, so that a panic does not leave the operation marked as in flight.
            let resolved = engine.tasks.spawn(async move { resolve_claimed(&worker, &target).await }).await;
            match resolved {
                Ok(Ok(true)) => {
                    tracing::info!(%tenant, operation = %id, %request_id, "the outcome of an operation was recovered");
                }
                Ok(Ok(false)) => {}
                Ok(Err(error)) => tracing::warn!(
                    %tenant,
                    operation = %id,
                    %request_id,
                    "the outcome of an operation is still unknown, and recovery tries again: {error}"
                ),
                Err(panicked) => tracing::error!(
                    %tenant,
                    operation = %id,
                    %request_id,
                    %panicked,
                    "the recovery of an operation panicked, and is tried again"
                ),
            }
            engine.recovering.lock().remove(&id);
            drop(place);
        });
    }
    Ok(())
}

/// Resolves all operations of unknown outcome that no task works on, before the scheduled time.
pub(crate) async fn now(
    engine: &Arc<Engine>,
    only: Option<&TenantName>,
    counts: &mut JobCounts,
) -> Result<(), JournalError> {
    let which = Recoverable { tenant: only.cloned(), by: None, most: u32::MAX };
    for operation in engine.journal.recoverable(which).await? {
        let name = format!("{}s", operation.kind().as_str());
        let resolved = resolve_claimed(engine, &operation).await.map_err(Into::into);
        counts.one(&name, &Item::of_operation(&operation), resolved);
    }
    Ok(())
}

/// Resumes an operation and returns whether the outcome is known now.
async fn resolve_claimed(engine: &Arc<Engine>, operation: &Operation) -> Result<bool, AfterBegin> {
    if !resume(engine, operation).await? {
        return Ok(false);
    }
    let now = engine.journal.operation(&operation.tenant, &operation.request_id).await?;
    Ok(now.is_some_and(|now| !now.is_unknown()))
}

/// Resumes an operation of either aggregate. Returns whether the operation was resumed.
pub(crate) async fn resume(engine: &Arc<Engine>, operation: &Operation) -> Result<bool, AfterBegin> {
    Ok(match &operation.target {
        Target::Payment { .. } => engine.resume::<Payment>(operation, Source::Recovery).await?.is_some(),
        Target::Customer { .. } => engine.resume::<Customer>(operation, Source::Recovery).await?.is_some(),
    })
}
