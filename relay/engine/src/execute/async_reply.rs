//! Answers before the outcome is known: for asynchronous commands, and after the caller's deadline.

use std::sync::Arc;

use causeway::{refusal::Refusal, tenant::TenantName};
use causeway_domain::{
    operation::{Operation, Source},
    transition::Outcome,
};
use causeway_ports::{
    journal::{Begin, JournalError},
    processor::Delivery,
};

use tracing::Instrument;

use super::{Answer, command::Command};
use crate::{
    admission::Slot,
    aggregate::{Aggregate, answered},
    engine::Engine,
    leases::HeldLease,
    phase::damaged,
    request_lock::RequestLock,
};

/// The answer to an asynchronous operation, derived from the beginning in the journal.
pub(super) fn accepted<C: Command>(begin: &Begin) -> Result<Option<Answer<C>>, Refusal> {
    let aggregate = C::Aggregate::of_changes(&begin.changes);
    let answer = aggregate.map(|aggregate| aggregate.answer(&begin.operation, &Outcome::Pending));
    answer.transpose().map_err(damaged)
}

impl Engine {
    /// Runs the operation without a waiting caller. The outcome is emitted as an event.
    pub(super) fn spawn_detached<A: Aggregate>(
        self: &Arc<Self>,
        operation: Operation,
        held: (RequestLock, HeldLease, Slot),
    ) {
        let engine = Arc::clone(self);
        let run = async move {
            let _held = held;
            causeway_runtime::failpoint!("relay.async.accepted");
            // The task records the outcome; after an error, recovery resolves the operation.
            drop(engine.ask_and_record::<A>(&operation, Delivery::NotSent, Source::Api).await);
        };
        self.tasks.spawn(run.in_current_span());
    }

    /// The answer after the caller's deadline, while the operation is in flight: the outcome is
    /// unknown. The operation may begin or finish at any moment, even where the journal does not
    /// show a change yet.
    pub(super) async fn still_in_flight<C: Command>(
        &self,
        tenant: &TenantName,
        command: &C,
    ) -> Result<Answer<C>, Refusal> {
        let outcome = Outcome::Unknown(C::Aggregate::unknown("the operation is still under way"));
        self.in_flight(tenant, command, outcome).await
    }

    pub(super) async fn in_flight<C: Command>(
        &self,
        tenant: &TenantName,
        command: &C,
        outcome: Outcome,
    ) -> Result<Answer<C>, Refusal> {
        let out_of_time = |_: JournalError| Refusal::OutOfTime;
        let operation = self.journal.operation(tenant, command.request_id()).await.map_err(out_of_time)?;
        let operation = operation.ok_or(Refusal::OutOfTime)?;
        self.same(command, &operation)?;
        if let Some(answer) = answered::<C::Aggregate>(&operation)? {
            return Ok(C::Aggregate::repeated(answer));
        }
        let found = self.current::<C::Aggregate>(&operation).await.map_err(out_of_time)?;
        found.value.answer(&operation, &outcome).map_err(damaged)
    }
}
