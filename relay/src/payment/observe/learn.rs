//! What an object of Stripe's tells beside its state, and whether it is believed.

use causeway::money::Money;
use jiff::Timestamp;

use crate::{
    payment::Facts,
    stripe::{
        currency,
        view::{Charge, ChargeOrId, Intent, Refund},
    },
};

/// An answer about another amount is about another payment, and not believed.
pub(super) fn mismatch(intent: &Intent, asked: Money) -> Option<String> {
    let expected = currency::units(asked).ok();
    let same =
        Some(intent.amount) == expected && intent.currency.eq_ignore_ascii_case(asked.currency().code());
    (!same).then(|| {
        format!("{} is about {} {} where {asked} was asked for", intent.id, intent.amount, intent.currency)
    })
}

pub(super) fn refund_mismatch(refund: &Refund, asked: Money) -> Option<String> {
    let expected = currency::units(asked).ok();
    let same =
        Some(refund.amount) == expected && refund.currency.eq_ignore_ascii_case(asked.currency().code());
    (!same).then(|| {
        format!("{} is about {} {} where {asked} was asked for", refund.id, refund.amount, refund.currency)
    })
}

fn charge(intent: &Intent) -> Option<&Charge> {
    match &intent.latest_charge {
        Some(ChargeOrId::Charge(charge)) => Some(charge),
        Some(ChargeOrId::Id(_)) | None => None,
    }
}

/// Whether a canceled PaymentIntent had a hold that was given back.
pub(super) fn was_held(intent: &Intent) -> bool {
    match &intent.latest_charge {
        Some(ChargeOrId::Charge(charge)) => charge.paid,
        Some(ChargeOrId::Id(_)) => true,
        None => false,
    }
}

fn hold_expires(intent: &Intent) -> Option<Timestamp> {
    let card = charge(intent)?.payment_method_details.as_ref()?.card.as_ref()?;
    Timestamp::from_second(card.capture_before?).ok()
}

/// Keeps what an intent tells beside its state. What was known stays known.
pub(super) fn learn(facts: &mut Facts, intent: &Intent) {
    facts.payment_intent = Some(intent.id.clone());
    facts.payment_method =
        intent.payment_method.as_ref().map(|method| method.id().to_owned()).or(facts.payment_method.take());
    facts.hold_expires = hold_expires(intent).or(facts.hold_expires);
    if let Some(ChargeOrId::Id(id)) = &intent.latest_charge {
        facts.charge = Some(id.clone());
    }
    let Some(charge) = charge(intent) else { return };
    facts.charge = Some(charge.id.clone());
    if let Some(transaction) = &charge.balance_transaction {
        facts.balance_transaction = Some(transaction.id().to_owned());
    }
    let Some(card) = charge.payment_method_details.as_ref().and_then(|details| details.card.as_ref()) else {
        return;
    };
    facts.card = Some(card.shown());
    let keep = |known: &mut Option<String>, told: &Option<String>| *known = told.clone().or(known.take());
    keep(&mut facts.authorization_code, &card.authorization_code);
    keep(&mut facts.network_transaction_id, &card.network_transaction_id);
    if let Some(checks) = &card.checks {
        keep(&mut facts.avs_line1, &checks.address_line1_check);
        keep(&mut facts.avs_postal_code, &checks.address_postal_code_check);
        keep(&mut facts.cvc, &checks.cvc_check);
    }
}
