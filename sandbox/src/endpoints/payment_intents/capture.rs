//! `POST /v1/payment_intents/{id}/capture`: captures a hold in full or in part.

use std::sync::Arc;

use crate::currency::check_smallest_unit;
use crate::endpoints::intents::conditions::unexpected_state;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::form::Form;
use crate::ledger::Effect;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::charge::{Charge, ChargeState};
use crate::objects::payment_intent::{CancellationReason, PaymentIntent, PaymentIntentStatus};
use crate::state::WorkContext;
use crate::text_checks::descriptor_suffix;

/// The greatest number of captures of one hold.
const MAX_CAPTURES: u32 = 50;

/// Parses the call. A capture is final unless `final_capture=false`.
pub(crate) fn read(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let amount = read_amount(form)?;
    let change = MetadataChange::read(form)?;
    let suffix = descriptor_suffix(form, call.settings.prefix)?;
    let is_final = form.flag("final_capture")?.unwrap_or(true);
    Plan::object(form, Kind::PaymentIntent, move |work| {
        let mut intent = work.payment_intent(&id, "intent")?;
        check_state(work, &intent)?;
        let charge = intent.latest_charge.as_deref().and_then(|id| work.account.charges.snapshot(id));
        let charge = charge.ok_or_else(|| StripeError::missing("charge", "", "id"))?;
        if !is_final && !charge.features.multicapture {
            return Err(StripeError::invalid(
                "This PaymentIntent does not support multicapture, so `final_capture` cannot be false. Request \
                 it with `payment_method_options[card][request_multicapture]=if_available` when it is confirmed.",
            )
            .param("final_capture"));
        }
        let amount = check_amount(&intent, &charge, amount)?;
        if amount > 0 {
            check_count(&charge)?;
        }
        intent.terms.metadata = change.applied(&intent.terms.metadata)?;
        intent.terms.suffix = suffix.or(intent.terms.suffix);
        capture(work, &mut intent, &charge.id, amount, is_final);
        Ok(intent.show(work.render_context()))
    })
}

fn read_amount(form: &Form) -> StripeResult<Option<u64>> {
    const NAME: &str = "amount_to_capture";
    let text = form.text(NAME)?;
    if text.is_some_and(|text| text.starts_with('-')) {
        return Err(StripeError::invalid("Invalid non-negative integer").param(NAME));
    }
    // Nothing more is captured, and the rest of the hold is released.
    if text == Some("0") && form.flag("final_capture")? == Some(true) {
        return Ok(Some(0));
    }
    form.positive(NAME).map_err(|error| if text == Some("0") { error.param("amount") } else { error })
}

fn check_state(work: &WorkContext<'_>, intent: &PaymentIntent) -> StripeResult<()> {
    match intent.status {
        PaymentIntentStatus::RequiresCapture { .. } => Ok(()),
        PaymentIntentStatus::Canceled { reason: CancellationReason::Stripe(_), .. }
            if intent.latest_charge.is_some() =>
        {
            let charge = intent.latest_charge.as_deref().unwrap_or_default();
            let message = format!("Charge {charge} has expired and can no longer be captured.");
            let error =
                StripeError::invalid(message).code("charge_expired_for_capture").with("charge", charge);
            Err(error.with("payment_intent", intent.show(work.render_context())))
        }
        PaymentIntentStatus::Succeeded(_) if was_held(work, intent) => Err(unexpected_state(
            work,
            intent,
            "The remaining amount on this PaymentIntent could not be captured because the remainder of the \
             authorized amount has been released."
                .to_owned(),
        )),
        PaymentIntentStatus::RequiresPaymentMethod
        | PaymentIntentStatus::RequiresConfirmation { .. }
        | PaymentIntentStatus::RequiresAction(_)
        | PaymentIntentStatus::Processing
        | PaymentIntentStatus::Succeeded(_)
        | PaymentIntentStatus::Canceled { .. } => Err(unexpected_state(
            work,
            intent,
            format!(
                "This PaymentIntent could not be captured because it has a status of {}. Only a PaymentIntent \
                 with one of the following statuses may be captured: requires_capture.",
                intent.status.as_str()
            ),
        )),
    }
}

/// Whether the captured amount was held before.
fn was_held(work: &WorkContext<'_>, intent: &PaymentIntent) -> bool {
    let charge = intent.latest_charge.as_deref().and_then(|id| work.account.charges.get(id));
    charge.is_some_and(|charge| matches!(charge.charge_state, ChargeState::Captured { until: Some(_) }))
}

/// Refuses a capture after the greatest number of captures.
fn check_count(charge: &Charge) -> StripeResult<()> {
    if charge.captures < MAX_CAPTURES {
        return Ok(());
    }
    Err(StripeError::invalid(format!(
        "You cannot capture this PaymentIntent because it has already been captured {MAX_CAPTURES} times, which is \
         the maximum number of captures for a PaymentIntent."
    )))
}

fn check_amount(intent: &PaymentIntent, charge: &Charge, requested: Option<u64>) -> StripeResult<u64> {
    let amount = requested.unwrap_or(intent.capturable());
    if amount == 0 && charge.captured == 0 {
        return Err(StripeError::invalid("This value must be greater than or equal to 1.")
            .code("parameter_invalid_integer")
            .param("amount_to_capture"));
    }
    if amount > charge.capturable() {
        return Err(StripeError::invalid(
            "The payment could not be captured because the requested capture amount is greater than the amount \
             you can capture for this charge. Contact us via https://support.stripe.com/contact/ for help.",
        )
        .code("amount_too_large"));
    }
    check_smallest_unit(amount, &intent.terms.currency, "amount_to_capture")?;
    Ok(amount)
}

fn capture(work: &mut WorkContext<'_>, intent: &mut PaymentIntent, id: &str, amount: u64, is_final: bool) {
    let received = intent.status.received().saturating_add(amount);
    let rest = intent.terms.amount.saturating_sub(received);
    let is_final = is_final || rest == 0;
    if let Some(charge) = work.account.charges.get_mut(id) {
        charge.captured = received;
        charge.captures = charge.captures.saturating_add(u32::from(amount > 0));
        if let (true, ChargeState::Held { until }) = (is_final, charge.charge_state) {
            charge.charge_state = ChargeState::Captured { until: Some(until) };
        }
        if let Some(suffix) = &intent.terms.suffix {
            charge.descriptor = format!("{}* {suffix}", work.prefix);
            charge.suffix = Some(suffix.clone());
        }
    }
    let before = intent.status.received().max(intent.terms.amount);
    work.record(Effect::Authorized, received.saturating_sub(before), intent, &intent.terms.metadata);
    work.record(Effect::Captured, amount, intent, &intent.terms.metadata);
    let before = work.account.charges.snapshot(id);
    if let (true, Some(charge)) = (amount > 0, &before) {
        work.emit(EventType::ChargeCaptured, Arc::<Charge>::clone(charge));
    }
    if is_final {
        work.record(Effect::Released, rest, intent, &intent.terms.metadata);
        intent.status = PaymentIntentStatus::Succeeded(received);
        let shown = work.store_intent(intent.clone());
        work.emit(EventType::PaymentIntentSucceeded, shown);
    } else {
        intent.status = PaymentIntentStatus::RequiresCapture { received };
        let shown = work.store_intent(intent.clone());
        work.emit(EventType::AmountCapturableUpdated, shown);
    }
    record_in_balance(work, before, id, amount, is_final);
}

/// Records the capture in the balance, and emits `charge.updated`.
fn record_in_balance(
    work: &mut WorkContext<'_>,
    before: Option<Arc<Charge>>,
    id: &str,
    amount: u64,
    is_final: bool,
) {
    let Some(before) = before else { return };
    let transaction = (amount > 0).then(|| work.add_charge_transaction(&before, amount));
    if let (Some(transaction), Some(charge)) = (transaction, work.account.charges.get_mut(id)) {
        charge.balance_transaction = Some(transaction);
    }
    let Some(after) = work.account.charges.snapshot(id) else { return };
    let card = after.instrument.card().cloned();
    work.emit_change(EventType::ChargeUpdated, before, after);
    if let (true, Some(card)) = (is_final, card) {
        work.dispute_by_behaviour(id, &card);
    }
}
