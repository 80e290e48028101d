//! Admission of new operations: capacity in the relay and at the processor, and the caller's deadline.

use std::time::Duration;

use causeway::refusal::Refusal;
use causeway_domain::tenant::{PaymentSystem, Tenant};
use causeway_ports::{
    journal::Begin,
    processor::{NoPlace, Processor},
};

use super::command::Caller;
use crate::{admission::RETRY_AFTER, context::Context, tenant_share::share_used_up};

/// Time of an operation besides the processor call and the journal writes.
const MARGIN: Duration = Duration::from_millis(100);
/// Maximum wait before a retry that the relay suggests when an account's queue is full.
const MAX_WAIT: Duration = Duration::from_secs(30);

impl Context {
    /// Admits a new request, before any work on the request. The relay's own operations (no nonce)
    /// use the capacity that an earlier admission took.
    pub(crate) fn admit(&self, caller: &Caller) -> Result<(), Refusal> {
        if caller.nonce.is_none() {
            return Ok(());
        }
        if self.journal.is_scarce() {
            self.admission.room.admit(&caller.tenant, self.config.tenants.len())?;
        }
        self.in_time(caller, Duration::ZERO)?;
        caller.slot.place(|| self.admission.enter(&caller.tenant, caller.forwarded.as_ref()))
    }

    /// Reserves a place in the processor's queue before the first call to a payment system.
    pub(crate) fn admit_to(
        &self,
        caller: &Caller,
        tenant: &Tenant,
        system: &PaymentSystem,
    ) -> Result<(), Refusal> {
        self.reserve(caller, self.processor_of_system(&tenant.name, system)?, &system.name)
    }

    /// Reserves a place before the operation is written, if the call has none yet.
    pub(crate) fn admit_beginning(&self, caller: &Caller, begin: &Begin) -> Result<(), Refusal> {
        if begin.operation.request.is_none() {
            return Ok(());
        }
        if let Some(change) = begin.changes.payment() {
            let payment = &change.payment;
            return self.reserve(caller, self.processor(payment)?, &payment.payment_system);
        }
        let Some(change) = begin.changes.customer() else { return Ok(()) };
        self.reserve(caller, self.processor(&change.customer)?, &change.customer.payment_system)
    }

    /// Reserves a place in the processor's queue, once per call.
    pub(crate) fn reserve(
        &self,
        caller: &Caller,
        processor: &dyn Processor,
        system: &str,
    ) -> Result<(), Refusal> {
        let Some(capacity) = processor.capacity().filter(|_| caller.nonce.is_some()) else { return Ok(()) };
        caller.slot.line(|| {
            if capacity.refuses_new() {
                return Err(Refusal::KeyRefused { payment_system: system.to_owned() });
            }
            let expected = capacity.expected();
            self.in_time(caller, expected)?;
            let retry_after = expected.clamp(RETRY_AFTER, MAX_WAIT);
            capacity.reserve().map_err(|reason| match reason {
                NoPlace::All => Refusal::Overloaded {
                    what: "as many operations wait for this Stripe account as may",
                    retry_after,
                },
                NoPlace::Share { limit } => share_used_up(
                    &caller.tenant,
                    format!("it has {limit} operations that wait for a Stripe account of several tenants"),
                    retry_after,
                ),
            })
        })
    }

    /// Refuses a call that is not expected to finish before the caller's deadline.
    fn in_time(&self, caller: &Caller, at_processor: Duration) -> Result<(), Refusal> {
        // Each operation needs two writes: begin and record.
        let written = self.admission.journal.expected().saturating_mul(2);
        let needed = at_processor.saturating_add(written).saturating_add(MARGIN);
        match caller.slot.left() {
            Some(left) if left < needed => Err(Refusal::DeadlineTooShort { left, needed }),
            Some(_) | None => Ok(()),
        }
    }
}
