//! The decisions of recovery for an operation of unknown outcome: the next action and the
//! time of the action.

use causeway_domain::{
    event::Alarm,
    operation::{Operation, Target},
    payment::AlarmKind,
};
use causeway_ports::journal::JournalError;
use jiff::{SignedDuration, Timestamp};

use crate::context::Context;

/// The next action for an operation.
pub mod plan;
/// The time of the next attempt for an operation.
pub mod schedule;

/// Margin after a due second look-up, for the difference between the relay's clocks.
const SLACK: SignedDuration = SignedDuration::from_mins(1);

impl Context {
    /// The time of the next attempt for an operation that is still unknown; `None`, with an alarm,
    /// after the last attempt. `soon`: the outcome may be available any moment, for example after
    /// an attempt without an answer.
    pub(crate) async fn next_look(
        &self,
        operation: &Operation,
        soon: bool,
    ) -> Result<Option<Timestamp>, JournalError> {
        let now = self.clock.now();
        let age = now.duration_since(operation.started);
        if let Some(pause) = schedule::pause(operation.tries, age) {
            let pause = if soon { schedule::after_silence(pause, age) } else { pause };
            let pause = schedule::jittered(pause, self.environment.up_to(1000));
            return Ok(Some(now.saturating_add(pause).unwrap_or(Timestamp::MAX)));
        }
        if let Some(due) = self.second_look(operation).await?.filter(|due| *due > now) {
            return Ok(Some(due));
        }
        self.journal.raise(unresolved(operation, self.environment.now(), age)).await?;
        Ok(None)
    }

    /// The time of the second look-up for a payment that Stripe's list did not show. The second
    /// look-up closes the payment without an operator, even after a long downtime of the relay.
    async fn second_look(&self, operation: &Operation) -> Result<Option<Timestamp>, JournalError> {
        let Target::Payment { id, .. } = &operation.target else { return Ok(None) };
        let found = self.journal.payment(&operation.tenant, *id).await?;
        let pause = self.config.recovery.second_look.saturating_add(SLACK);
        Ok(found.and_then(|found| found.value.first_not_found_at?.checked_add(pause).ok()))
    }
}

fn unresolved(operation: &Operation, at: Timestamp, age: SignedDuration) -> Alarm {
    let about = match &operation.target {
        Target::Payment { id, .. } => format!("payment {id}"),
        Target::Customer { id, .. } => format!("customer {id}"),
    };
    Alarm {
        tenant: operation.tenant.clone(),
        key: format!("{}:{}", AlarmKind::Unresolved.as_str(), operation.id),
        at,
        code: AlarmKind::Unresolved,
        message: format!(
            "the outcome of {} {} of {about} is not known after {} hours; find it in Stripe's dashboard by its metadata causeway_operation = {}, and then run the job open",
            operation.kind().as_str(),
            operation.request_id,
            age.as_hours(),
            operation.id
        ),
        payment_system: String::new(),
        processor_id: String::new(),
    }
}
