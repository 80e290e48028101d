//! The worker that finds out what became of operations whose relay died, or whose answer was
//! never heard. It begins by itself, stops when it knows, and asks somebody after three days.
//!
//! 1. [`plan`]: may the same bytes be sent again under the same key, or is it only looked for?
//! 2. `operation/again.rs` does that, with the turn and the lease of the operation
//! 3. [`schedule`]: when it is looked at next, where that told nothing
//! 4. after the last try, an alarm: `UNRESOLVED`

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use causeway::{order::Job, refusal::Refusal, tenant::TenantName};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    customer::Customer,
    jobs::Counts,
    journal::{About, JournalError, Operation, Source, lease::Recoverable, outgoing::Alarm},
    operation::{Desk, unwritable},
    payment::{AlarmKind, Payment},
};

/// Leases of this relay.
pub mod leases;
/// What is done about an operation.
pub mod plan;
/// As an operator reads it.
pub mod report;
/// When it is looked at next.
pub mod schedule;
/// A clock that does not go back.
pub mod steady;

/// Operations that are found out about at the same time.
const AT_ONCE: usize = 64;

/// A second look that is due is late enough by any of the relay's clocks.
const SLACK: SignedDuration = SignedDuration::from_mins(1);

/// What is being found out about now.
#[derive(Default)]
pub struct UnderWay(Mutex<HashSet<Uuid>>);

impl UnderWay {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes up whatever is due, until the relay is told to stop.
pub(crate) async fn run(desk: Arc<Desk>, mut stop: watch::Receiver<bool>) {
    let Some(interval) = desk.settings.jobs.interval(Job::Recovery) else { return };
    loop {
        if let Err(refusal) = take_up_due(&desk).await {
            tracing::error!("recovery cannot read what is due: {refusal}");
        }
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Begins with what is due and waits for none of it: one account that does not answer holds
/// up no other.
async fn take_up_due(desk: &Arc<Desk>) -> Result<(), Refusal> {
    let busy = desk.recovering.lock().len();
    let which = Recoverable { tenant: None, by: Some(desk.steady.now()), most: page(AT_ONCE) };
    if busy >= AT_ONCE {
        return Ok(());
    }
    let found = desk.journal.recoverable(which).await.map_err(unwritable)?;
    for operation in found {
        let mut under_way = desk.recovering.lock();
        if under_way.len() >= AT_ONCE || !under_way.insert(operation.id) {
            continue;
        }
        drop(under_way);
        let desk = Arc::clone(desk);
        desk.tasks.clone().spawn(async move {
            let id = operation.id;
            causeway_runtime::failpoint!("relay.recovery.due");
            let worker = Arc::clone(&desk);
            // In a task of its own: one that panics must not be under way for ever.
            let found_out = desk.tasks.spawn(async move { take_up(&worker, &operation).await }).await;
            match found_out {
                Ok(Ok(true)) => tracing::info!(operation = %id, "recovery found out how an operation ended"),
                Ok(Ok(false)) => {}
                Ok(Err(refusal)) => tracing::warn!(operation = %id, "not found out yet: {refusal}"),
                Err(panicked) => tracing::error!(operation = %id, %panicked, "recovery broke off"),
            }
            desk.recovering.lock().remove(&id);
        });
    }
    Ok(())
}

/// Takes up everything at once that nobody works on, whenever it is due.
pub(crate) async fn now(
    desk: &Arc<Desk>,
    only: Option<&TenantName>,
    counts: &mut Counts,
) -> Result<(), Refusal> {
    let which = Recoverable { tenant: only.cloned(), by: None, most: u32::MAX };
    for operation in desk.journal.recoverable(which).await.map_err(unwritable)? {
        let name = format!("{}s", operation.kind.as_str());
        counts.one(&name, &operation.id.to_string(), take_up(desk, &operation).await);
    }
    Ok(())
}

/// Gives whether it is known now how the operation ended.
async fn take_up(desk: &Arc<Desk>, operation: &Operation) -> Result<bool, Refusal> {
    let known = match &operation.about {
        About::Payment(_) => desk.resume::<Payment>(operation, Source::Recovery).await?.is_some(),
        About::Customer { .. } => desk.resume::<Customer>(operation, Source::Recovery).await?.is_some(),
    };
    if !known {
        return Ok(false);
    }
    let now = desk.journal.operation(&operation.tenant, &operation.request_id).await.map_err(unwritable)?;
    Ok(now.is_some_and(|now| !now.is_unknown()))
}

fn page(most: usize) -> u32 {
    u32::try_from(most).unwrap_or(u32::MAX)
}

impl Desk {
    /// When recovery looks at an operation next that has told nothing again; and an alarm
    /// where it does not any more. `soon`: it may be told any moment, as after a try that had
    /// no answer.
    pub(crate) async fn next_look(
        &self,
        operation: &Operation,
        soon: bool,
    ) -> Result<Option<Timestamp>, JournalError> {
        let now = self.steady.now();
        let age = now.duration_since(operation.started);
        if let Some(pause) = schedule::pause(operation.tries, age) {
            let pause = if soon { schedule::after_silence(pause, age) } else { pause };
            let pause = schedule::jittered(pause, self.surroundings.up_to(1000));
            return Ok(Some(now.saturating_add(pause).unwrap_or(Timestamp::MAX)));
        }
        if let Some(due) = self.second_look(operation).await?.filter(|due| *due > now) {
            return Ok(Some(due));
        }
        self.journal.raise(unresolved(operation, self.surroundings.now(), age)).await?;
        Ok(None)
    }

    /// When a payment that Stripe has shown not to know is looked for once more: after that
    /// nobody has to be asked, however long the relay was away.
    async fn second_look(&self, operation: &Operation) -> Result<Option<Timestamp>, JournalError> {
        let About::Payment(id) = &operation.about else { return Ok(None) };
        let found = self.journal.payment(&operation.tenant, *id).await?;
        let pause = self.settings.recovery.second_look.saturating_add(SLACK);
        Ok(found.and_then(|found| found.it.missed?.checked_add(pause).ok()))
    }
}

fn unresolved(operation: &Operation, at: Timestamp, age: SignedDuration) -> Alarm {
    let about = match &operation.about {
        About::Payment(id) => format!("payment {id}"),
        About::Customer { id, .. } => format!("customer {id}"),
    };
    Alarm {
        tenant: operation.tenant.clone(),
        key: format!("{}:{}", AlarmKind::Unresolved.as_str(), operation.id),
        at,
        code: AlarmKind::Unresolved,
        message: format!(
            "the outcome of {} {} of {about} is not known after {} hours; find it in Stripe's dashboard by its metadata causeway_operation = {}, and then run the job open",
            operation.kind.as_str(),
            operation.request_id,
            age.as_hours(),
            operation.id
        ),
        payment_system: String::new(),
        processor_id: String::new(),
    }
}
