//! `POST /v1/payment_intents/{id}/increment_authorization`: increases the amount of a hold.

use crate::bank::cards::TestBehaviour;
use crate::bank::decline::Decline;
use crate::currency::{check_charge, max_amount, seventy_percent};
use crate::endpoints::intents::conditions::unexpected_state;
use crate::endpoints::intents::options::OptionsChange;
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
    let partial = OptionsChange::read(form)?.partial_authorization();
    Plan::object(form, Kind::PaymentIntent, move |work| {
        let mut intent = work.payment_intent(&id, "intent")?;
        check(work, &intent, amount)?;
        intent.terms.metadata = metadata.applied(&intent.terms.metadata)?;
        intent.terms.description = description.or(intent.terms.description.take());
        intent.terms.suffix = suffix.or(intent.terms.suffix.take());
        increment(work, &mut intent, amount, partial)?;
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

/// Increases the hold. A bank that authorizes only a part of the increment declines if the caller does not accept
/// a part; `partial` is what the call says, and otherwise the confirmation decides.
fn increment(
    work: &mut WorkContext<'_>,
    intent: &mut PaymentIntent,
    requested: u64,
    partial: Option<bool>,
) -> StripeResult<()> {
    let before = intent.terms.amount;
    let charge = intent.latest_charge.as_deref().and_then(|id| work.account.charges.get_mut(id));
    let has_part = charge
        .as_ref()
        .and_then(|charge| charge.instrument.card())
        .is_some_and(|card| card.behaviour == TestBehaviour::AuthorizesPartOfIncrements);
    let accepts_part =
        partial.or_else(|| charge.as_ref().map(|charge| charge.features.partial_authorization));
    let mut granted = requested.saturating_sub(before);
    if has_part {
        if accepts_part != Some(true) {
            let error = Decline::InsufficientFunds.error();
            return Err(error.with("payment_intent", intent.show(work.render_context())));
        }
        granted = seventy_percent(granted, &intent.terms.currency);
    }
    let amount = before.saturating_add(granted);
    if let Some(charge) = charge {
        charge.amount = amount;
        charge.requested = requested;
        charge.increments = charge.increments.saturating_add(1);
        charge.features.partial_authorization |= partial == Some(true);
    }
    intent.terms.amount = amount;
    work.record(Effect::Authorized, granted, intent, &intent.terms.metadata);
    let shown = work.store_intent(intent.clone());
    work.emit(EventType::AmountCapturableUpdated, shown);
    Ok(())
}
