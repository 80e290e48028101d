//! `POST /v1/payment_intents/{id}/cancel`: giving up, and giving back what is held.

use crate::endpoints::Plan;
use crate::endpoints::conditions::unexpected_state;
use crate::error::Answer;
use crate::expand::Kind;
use crate::form::Form;
use crate::ledger::Effect;
use crate::objects::Object;
use crate::objects::charge::Fate;
use crate::objects::payment_intent::{CallersReason, CancellationReason, PaymentIntent, Stage};
use crate::state::Desk;

const PARAMETERS: &[&str] = &["cancellation_reason", "expand[]"];

/// The states that Stripe names in its refusal. Some of them are its own and never shown elsewhere.
const ALLOWED: &str = "requires_payment_method, requires_capture, requires_reauthorization, \
                       requires_confirmation, requires_action, expired, processing";

/// Reads the call.
pub(crate) fn read(form: &Form, id: &str) -> Answer<Plan> {
    form.only(PARAMETERS)?;
    let id = id.to_owned();
    let said = form.choice("cancellation_reason")?;
    Plan::one(form, Kind::PaymentIntent, move |desk| {
        let intent = cancel(desk, &id, said)?;
        Ok(intent.show(desk.seen()))
    })
}

fn cancel(desk: &mut Desk<'_>, id: &str, said: Option<CallersReason>) -> Answer<PaymentIntent> {
    let mut intent = desk.payment_intent(id, "intent")?;
    match intent.stage {
        Stage::RequiresCapture => release(desk, &intent),
        Stage::RequiresPaymentMethod | Stage::RequiresConfirmation | Stage::RequiresAction(_) => {}
        Stage::Succeeded(_) | Stage::Canceled { .. } => {
            return Err(unexpected_state(desk, &intent, "canceled", ALLOWED));
        }
    }
    intent.stage = Stage::Canceled { at: desk.second(), reason: CancellationReason::Caller(said) };
    desk.keep(intent.clone());
    Ok(intent)
}

fn release(desk: &mut Desk<'_>, intent: &PaymentIntent) {
    let charge = intent.latest_charge.as_deref().and_then(|id| desk.account.charges.get_mut(id));
    if let Some(charge) = charge
        && let Fate::Held { until } = charge.fate
    {
        charge.fate = Fate::Released { until };
        desk.record(Effect::Released, intent.terms.amount, intent, &intent.terms.metadata);
    }
}
