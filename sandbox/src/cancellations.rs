//! Cancellations by Stripe itself: a hold ends, or there were too many confirmations.

use std::sync::Arc;

use crate::events::types::EventType;
use crate::ledger::Effect;
use crate::objects::charge::ChargeState;
use crate::objects::payment_intent::{CancellationReason, PaymentIntent, PaymentIntentStatus, StripesReason};
use crate::objects::review::ClosedReason;
use crate::state::WorkContext;

impl WorkContext<'_> {
    /// Releases a hold that was not captured in time.
    pub(crate) fn end_hold(&mut self, id: &str) -> Option<()> {
        let intent = self.account.payment_intents.get(id)?;
        if !matches!(intent.status, PaymentIntentStatus::RequiresCapture { .. }) {
            return None;
        }
        self.cancel_by_stripe(id, StripesReason::Expired)
    }

    /// Cancels a PaymentIntent that has not ended yet, and releases a hold. A PaymentIntent that is processing
    /// cannot be canceled.
    pub(crate) fn cancel_by_stripe(&mut self, id: &str, reason: StripesReason) -> Option<()> {
        let at = self.unix_seconds();
        let before = self.account.payment_intents.snapshot(id)?;
        let received = before.status.received();
        let is_held = matches!(before.status, PaymentIntentStatus::RequiresCapture { .. });
        if !is_held && !before.status.is_open() {
            return None;
        }
        let held = before.latest_charge.as_deref().filter(|_| is_held);
        let held = held.and_then(|charge| self.account.charges.get_mut(charge));
        if let Some(held) = held
            && let ChargeState::Held { until } = held.charge_state
        {
            held.charge_state = held.after_release(until);
        }
        let intent = self.account.payment_intents.get_mut(id)?;
        let reason = CancellationReason::Stripe(reason);
        intent.status = PaymentIntentStatus::Canceled { at, reason, received };
        let intent = self.account.payment_intents.snapshot(id)?;
        if is_held {
            self.record(Effect::Expired, before.capturable(), &intent, &intent.terms.metadata);
            let charge = self.account.charges.snapshot(intent.latest_charge.as_deref()?)?;
            self.emit(EventType::ChargeExpired, charge);
        }
        self.emit(EventType::PaymentIntentCanceled, Arc::<PaymentIntent>::clone(&intent));
        if let Some(charge) = intent.latest_charge.as_deref().filter(|_| is_held) {
            self.settle_radar(charge, ClosedReason::Canceled);
        }
        Some(())
    }
}
