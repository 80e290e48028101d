//! `POST /v1/payment_intents/{id}/cancel`: ends a payment and releases a hold.

use crate::endpoints::intents::conditions::unexpected_state;
use crate::endpoints::{Plan, Request};
use crate::error::StripeResult;
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::ledger::Effect;
use crate::objects::Object;
use crate::objects::charge::ChargeState;
use crate::objects::payment_intent::{CallersReason, CancellationReason, PaymentIntent, PaymentIntentStatus};
use crate::objects::review::ClosedReason;
use crate::state::WorkContext;

/// The states in the text of Stripe's refusal. Some of the states are internal to Stripe
/// and appear nowhere else.
const ALLOWED: &str = "requires_payment_method, requires_capture, requires_reauthorization, \
                       requires_confirmation, requires_action, expired, processing";

/// Parses the call, with an optional reason of the caller.
pub(crate) fn read(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let reason = form.choice("cancellation_reason")?;
    Plan::object(form, Kind::PaymentIntent, move |work| {
        let intent = cancel(work, &id, reason)?;
        Ok(intent.show(work.render_context()))
    })
}

fn cancel(
    work: &mut WorkContext<'_>,
    id: &str,
    reason: Option<CallersReason>,
) -> StripeResult<PaymentIntent> {
    let mut intent = work.payment_intent(id, "intent")?;
    let received = intent.status.received();
    match intent.status {
        PaymentIntentStatus::RequiresCapture { .. } => release(work, &intent),
        PaymentIntentStatus::RequiresPaymentMethod
        | PaymentIntentStatus::RequiresConfirmation { .. }
        | PaymentIntentStatus::RequiresAction(_) => {}
        PaymentIntentStatus::Processing
        | PaymentIntentStatus::Succeeded(_)
        | PaymentIntentStatus::Canceled { .. } => {
            let message = format!(
                "You cannot cancel this PaymentIntent because it has a status of {}. Only a PaymentIntent with \
                 one of the following statuses may be canceled: {ALLOWED}.",
                intent.status.as_str()
            );
            return Err(unexpected_state(work, &intent, message));
        }
    }
    let reason = CancellationReason::Caller(reason);
    intent.status = PaymentIntentStatus::Canceled { at: work.unix_seconds(), reason, received };
    let shown = work.store_intent(intent.clone());
    work.emit(EventType::PaymentIntentCanceled, shown);
    Ok(intent)
}

/// Releases the part of a hold that was not captured.
fn release(work: &mut WorkContext<'_>, intent: &PaymentIntent) {
    let Some(id) = intent.latest_charge.as_deref() else { return };
    let Some(charge) = work.account.charges.get_mut(id) else { return };
    if let ChargeState::Held { until } = charge.charge_state {
        charge.charge_state = charge.after_release(until);
        work.record(Effect::Released, intent.capturable(), intent, &intent.terms.metadata);
    }
    work.settle_radar(id, ClosedReason::Canceled);
}
