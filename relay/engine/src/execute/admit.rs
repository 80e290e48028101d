//! Whether something new may begin: there is room for it, and time.

use std::time::Duration;

use causeway::refusal::Refusal;
use causeway_domain::tenant::{PaymentSystem, Tenant};
use causeway_ports::{journal::Begin, processor::Processor};

use super::command::Caller;
use crate::{admission::RETRY_AFTER, context::Context};

/// The time of an operation beside its calls and its writes.
const MARGIN: Duration = Duration::from_millis(100);
/// The longest that a caller is asked to wait who found no place in a line.
const MAX_WAIT: Duration = Duration::from_secs(30);

impl Context {
    /// Before anything is done for a new request. The relay's own operations go on with the room
    /// that was taken before.
    pub(crate) fn admit(&self, caller: &Caller) -> Result<(), Refusal> {
        if caller.nonce.is_none() {
            return Ok(());
        }
        self.in_time(caller, Duration::ZERO)?;
        caller.slot.place(|| self.admission.enter(&caller.tenant))
    }

    /// Before a payment system is asked for the first time.
    pub(crate) fn admit_to(
        &self,
        caller: &Caller,
        tenant: &Tenant,
        system: &PaymentSystem,
    ) -> Result<(), Refusal> {
        self.reserve(caller, self.processor_of_system(&tenant.name, system)?, &system.name)
    }

    /// Before an operation is written down, if its place was not taken yet.
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

    /// Before a processor is asked for the first time, once for a call.
    pub(crate) fn reserve(
        &self,
        caller: &Caller,
        processor: &dyn Processor,
        system: &str,
    ) -> Result<(), Refusal> {
        let Some(capacity) = processor.capacity().filter(|_| caller.nonce.is_some()) else { return Ok(()) };
        caller.slot.line(|| {
            if capacity.is_shut() {
                return Err(Refusal::KeyRefused { payment_system: system.to_owned() });
            }
            let expected = capacity.expected();
            self.in_time(caller, expected)?;
            capacity.reserve().ok_or_else(|| Refusal::Overloaded {
                what: "as many operations wait for this Stripe account as may",
                retry_after: expected.clamp(RETRY_AFTER, MAX_WAIT),
            })
        })
    }

    /// Whether it can be done before the caller's patience ends.
    fn in_time(&self, caller: &Caller, at_processor: Duration) -> Result<(), Refusal> {
        // An operation is written twice.
        let written = self.admission.journal.expected().saturating_mul(2);
        let needed = at_processor.saturating_add(written).saturating_add(MARGIN);
        match caller.slot.left() {
            Some(left) if left < needed => Err(Refusal::DeadlineTooShort { left, needed }),
            Some(_) | None => Ok(()),
        }
    }
}
