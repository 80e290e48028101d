//! What recovery does with an operation whose outcome is not known, and when: without doing it.

use causeway_domain::{
    event::Alarm,
    operation::{Operation, Target},
    payment::AlarmKind,
};
use causeway_ports::journal::JournalError;
use jiff::{SignedDuration, Timestamp};

use crate::context::Context;

/// The action for an operation.
pub mod plan;
/// When an operation is looked at next.
pub mod schedule;

/// A second look that is due is late enough by any of the relay's clocks.
const SLACK: SignedDuration = SignedDuration::from_mins(1);

impl Context {
    /// When recovery looks next at an operation that has told nothing again; and an alarm where it
    /// does not any more. `soon`: the outcome may be told any moment, as after a try without an
    /// answer.
    pub(crate) async fn next_look(
        &self,
        operation: &Operation,
        soon: bool,
    ) -> Result<Option<Timestamp>, JournalError> {
        let now = self.clock.now();
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

    /// When a payment that Stripe has shown not to know is looked for once more: after that no
    /// person has to be asked, however long the relay was away.
    async fn second_look(&self, operation: &Operation) -> Result<Option<Timestamp>, JournalError> {
        let Target::Payment { id, .. } = &operation.target else { return Ok(None) };
        let found = self.journal.payment(&operation.tenant, *id).await?;
        let pause = self.config.recovery.second_look.saturating_add(SLACK);
        Ok(found.and_then(|found| found.value.missed?.checked_add(pause).ok()))
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
