//! What an object of Stripe's tells beside its state, and whether it is believed.

use causeway::money::Money;
use jiff::Timestamp;

use crate::{
    payment::{Facts, Origin, Payment, Refund},
    stripe::{
        currency,
        view::{self, Charge, ChargeOrId, Intent},
    },
};

/// Why a PaymentIntent is not that of the payment: another id, another amount, another mode,
/// another payment's marks. What it shows is not believed.
pub(crate) fn mismatch(intent: &Intent, payment: &Payment) -> Option<String> {
    let id = &intent.id;
    if let Some(known) = payment.facts.payment_intent.as_ref().filter(|known| *known != id) {
        return Some(format!("{id} was shown where {known} was expected"));
    }
    let asked = payment.order.amount;
    if !is_about(intent.amount, &intent.currency, asked) {
        return Some(about(id, intent.amount, &intent.currency, asked));
    }
    if intent.amount_received > intent.amount {
        let received = intent.amount_received;
        return Some(format!("{id} shows {received} received of {}, in Stripe's units", intent.amount));
    }
    if intent.livemode == Some(payment.test_mode) {
        return Some(format!("{id} is of the other mode: test or live, the payment is not what it is"));
    }
    let other = match intent.metadata.get("causeway_payment") {
        Some(mark) => *mark != payment.id.to_string() && payment.facts.marked_as.as_ref() != Some(mark),
        // What we ask for carries our mark from the first moment on.
        None => payment.origin == Origin::Internal && payment.facts.payment_intent.is_none(),
    };
    other.then(|| format!("{id} carries no mark of this payment"))
}

/// The same of a refund of the payment with a PaymentIntent.
pub(super) fn refund_mismatch(view: &view::Refund, refund: &Refund, intent: Option<&str>) -> Option<String> {
    let is_marked = view.metadata.contains_key("causeway_operation");
    let other = is_marked && !refund.is_foreign() && !refund.is_marked_in(&view.metadata);
    other_refund(view, refund, intent).or_else(|| other.then(|| not_it(view)))
}

/// Why a refund is not that one, whatever its marks: another amount, another payment.
pub(super) fn other_refund(view: &view::Refund, refund: &Refund, intent: Option<&str>) -> Option<String> {
    if !is_about(view.amount, &view.currency, refund.amount) {
        return Some(about(&view.id, view.amount, &view.currency, refund.amount));
    }
    let theirs = view.payment_intent.as_ref().map(view::ObjectOrId::id);
    let other = theirs.is_some_and(|theirs| intent.is_some_and(|intent| intent != theirs));
    other.then(|| not_it(view))
}

fn not_it(view: &view::Refund) -> String {
    format!("{} is a refund of another payment or of another request", view.id)
}

fn is_about(units: u64, code: &str, asked: Money) -> bool {
    currency::units(asked) == Ok(units) && code.eq_ignore_ascii_case(asked.currency().code())
}

fn about(id: &str, units: u64, code: &str, asked: Money) -> String {
    // What is no currency may be anything, and is not repeated.
    let code = if code.len() == 3 && code.is_ascii() { code } else { "of no currency" };
    format!("{id} is about {units} {code} where {asked} was asked for")
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
