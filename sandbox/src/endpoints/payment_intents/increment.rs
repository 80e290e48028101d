//! `POST /v1/payment_intents/{id}/increment_authorization`: increases the amount of a hold.

use crate::bank::cards::TestBehaviour;
use crate::bank::decline::Decline;
use crate::currency::{check_charge, max_amount};
use crate::endpoints::intents::conditions::unexpected_state;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::ledger::Effect;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::payment_intent::{PaymentIntent, PaymentIntentStatus};
use crate::state::WorkContext;
use crate::text_checks::descriptor_suffix;

/// The greatest number of increments of one hold.
const MAX_INCREMENTS: u32 = 10;

/// Parses the call. The amount is the new total of the hold.
pub(crate) fn read(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    form.required("amount")?;
    let amount = form.positive("amount")?.unwrap_or_default();
    let metadata = MetadataChange::read(form)?;
    let description = form.text_up_to("description", 1000)?;
    let suffix = descriptor_suffix(form, call.settings.prefix)?;
    Plan::object(form, Kind::PaymentIntent, move |work| {
        let mut intent = work.payment_intent(&id, "intent")?;
        check(work, &intent, amount)?;
        intent.terms.metadata = metadata.applied(&intent.terms.metadata)?;
        intent.terms.description = description.or(intent.terms.description.take());
        intent.terms.suffix = suffix.or(intent.terms.suffix.take());
        increment(work, &mut intent, amount)?;
        Ok(intent.show(work.render_context()))
    })
}

fn check(work: &WorkContext<'_>, intent: &PaymentIntent, amount: u64) -> StripeResult<()> {
    if !matches!(intent.status, PaymentIntentStatus::RequiresCapture { .. }) {
        let message = format!(
            "This PaymentIntent's authorization could not be incremented because it has a status of {}. Only a \
             PaymentIntent with one of the following statuses may be incremented: requires_capture.",
            intent.status.as_str()
        );
        return Err(unexpected_state(work, intent, message));
    }
    let charge = intent.latest_charge.as_deref().and_then(|id| work.account.charges.get(id));
    if !charge.is_some_and(|charge| charge.features.incremental_authorization) {
        return Err(StripeError::invalid(
            "This PaymentIntent is not eligible for incremental authorization because you did not request \
             support using `request_incremental_authorization` when you created or confirmed it.",
        ));
    }
    if charge.is_some_and(|charge| charge.increments >= MAX_INCREMENTS) {
        return Err(StripeError::invalid(format!(
            "This PaymentIntent has reached the maximum of {MAX_INCREMENTS} incremental authorizations."
        )));
    }
    if amount <= intent.terms.amount {
        return Err(StripeError::invalid(format!(
            "The amount must be greater than the amount that is authorized already ({}).",
            intent.terms.amount
        ))
        .code("amount_too_small")
        .param("amount"));
    }
    check_charge(amount, &intent.terms.currency, max_amount(&intent.terms.currency, true))
}

fn increment(work: &mut WorkContext<'_>, intent: &mut PaymentIntent, amount: u64) -> StripeResult<()> {
    let increment_amount = amount.saturating_sub(intent.terms.amount);
    let charge = intent.latest_charge.as_deref().and_then(|id| work.account.charges.get_mut(id));
    let is_declined = charge
        .as_ref()
        .and_then(|charge| charge.instrument.card())
        .is_some_and(|card| card.behaviour == TestBehaviour::DeclinesIncrements);
    if is_declined {
        let error = Decline::Generic.error();
        return Err(error.with("payment_intent", intent.show(work.render_context())));
    }
    if let Some(charge) = charge {
        charge.amount = amount;
        charge.increments = charge.increments.saturating_add(1);
    }
    intent.terms.amount = amount;
    work.record(Effect::Authorized, increment_amount, intent, &intent.terms.metadata);
    let shown = work.store_intent(intent.clone());
    work.emit(EventType::AmountCapturableUpdated, shown);
    Ok(())
}
