//! `POST /v1/payment_intents/{id}/increment_authorization`: increases the amount of a hold.

use crate::bank::cards::Habit;
use crate::bank::decline::Decline;
use crate::currency::{MOST_BY_CARD, check_charge};
use crate::endpoints::intents::conditions::unexpected_state;
use crate::endpoints::{Plan, Request};
use crate::error::{Answer, StripeError};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::ledger::Effect;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::payment_intent::{PaymentIntent, Stage};
use crate::state::Desk;
use crate::texts::descriptor_suffix;

/// The greatest number of increments of one hold.
const MOST: u32 = 10;

/// Parses the call. The amount is the new total of the hold.
pub(crate) fn read(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    form.required("amount")?;
    let amount = form.positive("amount")?.unwrap_or_default();
    let metadata = MetadataChange::read(form)?;
    let description = form.text_up_to("description", 1000)?;
    let suffix = descriptor_suffix(form, call.rules.prefix)?;
    Plan::one(form, Kind::PaymentIntent, move |desk| {
        let mut intent = desk.payment_intent(&id, "intent")?;
        check(desk, &intent, amount)?;
        intent.terms.metadata = metadata.applied(&intent.terms.metadata)?;
        intent.terms.description = description.or(intent.terms.description.take());
        intent.terms.suffix = suffix.or(intent.terms.suffix.take());
        increment(desk, &mut intent, amount)?;
        Ok(intent.show(desk.seen()))
    })
}

fn check(desk: &Desk<'_>, intent: &PaymentIntent, amount: u64) -> Answer<()> {
    if !matches!(intent.stage, Stage::RequiresCapture { .. }) {
        let message = format!(
            "This PaymentIntent's authorization could not be incremented because it has a status of {}. Only a \
             PaymentIntent with one of the following statuses may be incremented: requires_capture.",
            intent.stage.word()
        );
        return Err(unexpected_state(desk, intent, message));
    }
    let charge = intent.latest_charge.as_deref().and_then(|id| desk.account.charges.get(id));
    if !charge.is_some_and(|charge| charge.features.incremental_authorization) {
        return Err(StripeError::invalid(
            "This PaymentIntent is not eligible for incremental authorization because you did not request \
             support using `request_incremental_authorization` when you created or confirmed it.",
        ));
    }
    if charge.is_some_and(|charge| charge.increments >= MOST) {
        return Err(StripeError::invalid(format!(
            "This PaymentIntent has reached the maximum of {MOST} incremental authorizations."
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
    check_charge(amount, &intent.terms.currency, MOST_BY_CARD)
}

fn increment(desk: &mut Desk<'_>, intent: &mut PaymentIntent, amount: u64) -> Answer<()> {
    let more = amount.saturating_sub(intent.terms.amount);
    let charge = intent.latest_charge.as_deref().and_then(|id| desk.account.charges.get_mut(id));
    let refuses = charge
        .as_ref()
        .and_then(|charge| charge.means.card())
        .is_some_and(|card| card.habit == Habit::HoldsNoMore);
    if refuses {
        let error = Decline::Generic.error();
        return Err(error.with("payment_intent", intent.show(desk.seen())));
    }
    if let Some(charge) = charge {
        charge.amount = amount;
        charge.increments = charge.increments.saturating_add(1);
    }
    intent.terms.amount = amount;
    desk.record(Effect::Authorized, more, intent, &intent.terms.metadata);
    let shown = desk.keep(intent.clone());
    desk.announce(EventType::AmountCapturableUpdated, shown);
    Ok(())
}
