//! Answers before there is an outcome: because billing wants them so, or because its patience has
//! ended.

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

use super::{Answer, command::Command};
use crate::{
    admission::Slot,
    aggregate::{Aggregate, answered},
    engine::Engine,
    leases::HeldLease,
    request_lock::RequestLock,
};

/// The answer to an operation that goes on by itself, made of the beginning that is written down.
pub(super) fn accepted<C: Command>(begin: &Begin) -> Option<Answer<C>> {
    let aggregate = C::Aggregate::of_changes(&begin.changes)?;
    Some(aggregate.answer(&begin.operation, &Outcome::Pending))
}

impl Engine {
    /// Goes on without a caller. The outcome comes as an event.
    pub(super) fn spawn_detached<A: Aggregate>(
        self: &Arc<Self>,
        operation: Operation,
        held: (RequestLock, HeldLease, Slot),
    ) {
        let engine = Arc::clone(self);
        self.tasks.spawn(async move {
            let _held = held;
            causeway_runtime::failpoint!("relay.async.accepted");
            // The outcome is written down, and where not, recovery takes the operation up.
            drop(engine.ask_and_record::<A>(&operation, Delivery::NotSent, Source::Api).await);
        });
    }

    /// The honest answer when the caller's patience ends before the operation. It may begin or be
    /// done at any moment, also where the journal does not show it.
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
        Ok(found.value.answer(&operation, &outcome))
    }
}
