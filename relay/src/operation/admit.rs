//! Whether something new may begin: there is room for it, and time.

use std::{sync::Arc, time::Duration};

use causeway::refusal::Refusal;

use super::{Caller, Desk};
use crate::{
    admission::COME_BACK,
    journal::{Begin, Changes},
    processor::Processor,
    settings::{PaymentSystem, Tenant},
};

/// What an operation takes beside its calls and its writes.
const MARGIN: Duration = Duration::from_millis(100);
/// The longest that somebody is asked to wait who found no place in a line.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Desk {
    /// Before anything is done for a new request. What the relay asks for by itself goes on
    /// with what was let in before.
    pub(super) fn admit(&self, caller: &Caller) -> Result<(), Refusal> {
        if caller.nonce.is_none() {
            return Ok(());
        }
        self.in_time(caller, Duration::ZERO)?;
        caller.slot.place(|| self.admission.enter(&caller.tenant))
    }

    /// Before a payment system is asked for the first time.
    pub(super) fn admit_to(
        &self,
        caller: &Caller,
        tenant: &Tenant,
        system: &PaymentSystem,
    ) -> Result<(), Refusal> {
        self.reserve(caller, self.way(&tenant.name, system)?, &system.name)
    }

    /// Before it is written down, if that has not been done.
    pub(super) fn admit_beginning(&self, caller: &Caller, begin: &Begin) -> Result<(), Refusal> {
        let Changes { payment, customer } = &begin.changes;
        let (processor, system) = match (&begin.operation.request, payment, customer) {
            // It asks for nothing.
            (None, _, _) | (_, None, None) => return Ok(()),
            (_, Some(change), _) => (self.processor(&change.payment)?, &change.payment.payment_system),
            (_, None, Some(change)) => (self.processor(&change.customer)?, &change.customer.payment_system),
        };
        self.reserve(caller, processor, system)
    }

    /// Before the processor behind it is asked for the first time, once for a call.
    pub(super) fn reserve(
        &self,
        caller: &Caller,
        processor: &dyn Processor,
        system: &str,
    ) -> Result<(), Refusal> {
        let Some(limiter) = processor.limiter().filter(|_| caller.nonce.is_some()) else { return Ok(()) };
        caller.slot.line(|| {
            if limiter.is_shut() {
                let payment_system = system.to_owned();
                return Err(Refusal::KeyRefused { payment_system });
            }
            let expected = limiter.expected();
            self.in_time(caller, expected)?;
            limiter.reserve().ok_or_else(|| Refusal::Overloaded {
                what: "as many operations wait for this Stripe account as may",
                retry_after: expected.clamp(COME_BACK, LONGEST_WAIT),
            })
        })
    }

    /// Writes a nonce down without letting a caller wait who is only sent away: the disk may
    /// be what is slow. When too many are on their way, it is waited for after all.
    pub(super) async fn spend_later(self: &Arc<Self>, caller: &Caller) {
        let (desk, nonce) = (Arc::clone(self), caller.nonce.clone());
        let (Some(nonce), Ok(room)) = (nonce, self.admission.spending.clone().acquire_owned().await) else {
            return;
        };
        self.tasks.spawn(async move {
            drop(desk.journal.spend(nonce).await);
            drop(room);
        });
    }

    /// Whether it can be done before the caller's patience ends.
    fn in_time(&self, caller: &Caller, at_stripe: Duration) -> Result<(), Refusal> {
        // It is written twice.
        let written = self.admission.journal.expected().saturating_mul(2);
        let needed = at_stripe.saturating_add(written).saturating_add(MARGIN);
        match caller.slot.left() {
            Some(left) if left < needed => Err(Refusal::DeadlineTooShort { left, needed }),
            Some(_) | None => Ok(()),
        }
    }
}
