//! Answers before there is an outcome: because billing wants them so, or because its
//! patience has ended.

use std::sync::Arc;

use causeway::{refusal::Refusal, tenant::TenantName};

use super::{
    Desk, Order,
    subject::{self, Subject},
    turn::Turn,
    unwritable,
};
use crate::{
    admission::Slot,
    journal::{JournalError, Operation, Source},
    payment::observe::Outcome,
    recovery::leases::Held,
    stripe::client::Heard,
};

impl Desk {
    /// It is written down, and that is the answer. The outcome comes as an event.
    pub(super) async fn go_on_alone<S: Subject>(
        self: &Arc<Self>,
        operation: Operation,
        held: (Turn, Held, Slot),
    ) -> Result<S::Answer, Refusal> {
        let found = self.current::<S>(&operation).await.map_err(unwritable)?;
        let answer = found.it.answer(&operation, &Outcome::Pending);
        let desk = Arc::clone(self);
        self.tasks.spawn(async move {
            let _held = held;
            causeway_runtime::failpoint!("relay.async.accepted");
            // What came of it is written down, and where not, the next run takes it up.
            drop(desk.finish::<S>(&operation, Heard::Nothing, Source::Api).await);
        });
        Ok(answer)
    }

    /// The honest answer when the caller's patience ends before the operation. It may
    /// begin or be done at any moment, also where the journal does not show it.
    pub(super) async fn still_under_way<O: Order>(
        &self,
        tenant: &TenantName,
        order: &O,
    ) -> Result<<O::About as Subject>::Answer, Refusal> {
        let outcome = Outcome::Unknown(O::About::unknown("the operation is still under way"));
        self.under_way(tenant, order, outcome).await
    }

    pub(super) async fn under_way<O: Order>(
        &self,
        tenant: &TenantName,
        order: &O,
        outcome: Outcome,
    ) -> Result<<O::About as Subject>::Answer, Refusal> {
        let out_of_time = |_: JournalError| Refusal::OutOfTime;
        let operation = self.journal.operation(tenant, order.request_id()).await.map_err(out_of_time)?;
        let operation = operation.ok_or(Refusal::OutOfTime)?;
        self.same(order, &operation)?;
        if let Some(answer) = subject::answered::<O::About>(&operation)? {
            return Ok(O::About::repeated(answer));
        }
        let found = self.current::<O::About>(&operation).await.map_err(out_of_time)?;
        Ok(found.it.answer(&operation, &outcome))
    }
}
