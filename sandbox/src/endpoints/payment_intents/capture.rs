//! `POST /v1/payment_intents/{id}/capture`: taking all or a part of what is held.

use crate::currency::check_coins;
use crate::endpoints::Plan;
use crate::endpoints::conditions::unexpected_state;
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::form::Form;
use crate::ledger::Effect;
use crate::metadata::MetadataChange;
use crate::objects::Object;
use crate::objects::charge::Fate;
use crate::objects::payment_intent::{CancellationReason, PaymentIntent, Stage};
use crate::state::Desk;
use crate::texts::descriptor_suffix;

const PARAMETERS: &[&str] = &[
    "amount_to_capture",
    "expand[]",
    "final_capture",
    "metadata",
    "metadata[*]",
    "statement_descriptor_suffix",
];

/// Reads the call.
pub(crate) fn read(form: &Form, id: &str, prefix: &str) -> Answer<Plan> {
    form.only(PARAMETERS)?;
    let id = id.to_owned();
    let amount = form.positive("amount_to_capture")?;
    let change = MetadataChange::read(form)?;
    let suffix = descriptor_suffix(form, prefix)?;
    if form.flag("final_capture")? == Some(false) {
        return Err(
            StripeError::invalid("Your account is not eligible for multicapture.").param("final_capture")
        );
    }
    Plan::one(form, Kind::PaymentIntent, move |desk| {
        let mut intent = desk.payment_intent(&id, "intent")?;
        check_state(desk, &intent)?;
        let amount = check_amount(&intent, amount)?;
        intent.terms.metadata = change.applied(&intent.terms.metadata)?;
        intent.terms.suffix = suffix.or(intent.terms.suffix);
        capture(desk, &mut intent, amount);
        let shown = intent.show(desk.seen());
        desk.keep(intent);
        Ok(shown)
    })
}

fn check_state(desk: &Desk<'_>, intent: &PaymentIntent) -> Answer<()> {
    match intent.stage {
        Stage::RequiresCapture => Ok(()),
        Stage::Canceled { reason: CancellationReason::Automatic, .. } => {
            let charge = intent.latest_charge.as_deref().unwrap_or_default();
            let message = format!("Charge {charge} has expired and can no longer be captured.");
            let error =
                StripeError::invalid(message).code("charge_expired_for_capture").with("charge", charge);
            Err(error.with("payment_intent", intent.show(desk.seen())))
        }
        Stage::RequiresPaymentMethod
        | Stage::RequiresConfirmation
        | Stage::RequiresAction(_)
        | Stage::Succeeded(_)
        | Stage::Canceled { .. } => Err(unexpected_state(desk, intent, "captured", "requires_capture")),
    }
}

fn check_amount(intent: &PaymentIntent, wanted: Option<u64>) -> Answer<u64> {
    let held = intent.terms.amount;
    let amount = wanted.unwrap_or(held);
    if amount > held {
        return Err(StripeError::invalid(
            "The requested capture amount is greater than the amount you can capture for this PaymentIntent.",
        )
        .code("amount_too_large")
        .param("amount_to_capture"));
    }
    check_coins(amount, &intent.terms.currency, "amount_to_capture")?;
    Ok(amount)
}

fn capture(desk: &mut Desk<'_>, intent: &mut PaymentIntent, amount: u64) {
    intent.stage = Stage::Succeeded(amount);
    let Some(id) = intent.latest_charge.clone() else {
        return;
    };
    if let Some(charge) = desk.account.charges.get_mut(&id) {
        charge.fate = Fate::Captured(amount);
        if let Some(suffix) = &intent.terms.suffix {
            charge.descriptor = format!("{}* {suffix}", desk.prefix);
            charge.suffix = Some(suffix.clone());
        }
    }
    let rest = intent.terms.amount.saturating_sub(amount);
    desk.record(Effect::Captured, amount, intent, &intent.terms.metadata);
    desk.record(Effect::Released, rest, intent, &intent.terms.metadata);
    desk.settle(&id, false);
}
