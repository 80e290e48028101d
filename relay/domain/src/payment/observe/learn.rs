//! Facts of Stripe's objects beside the state, and the checks before an object is believed.

use causeway::{card::Brand, money::PositiveMoney};
use jiff::Timestamp;

use crate::{
    observation::{
        ChargeOrId, ChargeSnapshot, IntentSnapshot, IntentStatus, RefundSnapshot, ShownAmount, correlation,
    },
    payment::{AlarmKind, Facts, Origin, Payment, Refund},
};

/// Why a PaymentIntent does not belong to the payment: another id, another amount, another mode, or the
/// correlation metadata of another payment. `Some`: the PaymentIntent is not believed.
pub fn mismatch(intent: &IntentSnapshot, payment: &Payment) -> Option<String> {
    let id = &intent.id;
    if let Some(known) = payment.facts.payment_intent.as_ref().filter(|known| *known != id) {
        return Some(format!("{id} was shown where {known} was expected"));
    }
    let asked = payment.order.amount;
    if !intent.amount.is(asked) {
        return Some(about(id, &intent.amount, asked));
    }
    if intent.received.units > intent.amount.units {
        let (received, amount) = (intent.received.units, intent.amount.units);
        return Some(format!("{id} shows {received} received of {amount}, in Stripe's units"));
    }
    if intent.livemode == Some(payment.test_mode) {
        return Some(format!("{id} is of the other mode: test or live, the payment is not what it is"));
    }
    let other = match intent.metadata.get(correlation::PAYMENT) {
        Some(mark) => *mark != payment.id.to_string() && payment.facts.marked_as.as_ref() != Some(mark),
        // Every PaymentIntent that the relay requests carries correlation metadata from the creation on.
        None => payment.origin == Origin::Internal && payment.facts.payment_intent.is_none(),
    };
    other.then(|| format!("{id} does not have the correlation metadata of this payment"))
}

/// Why a refund at Stripe is not the given refund: as [`other_refund`], or the correlation
/// metadata names another refund.
pub(super) fn refund_mismatch(
    view: &RefundSnapshot,
    refund: &Refund,
    intent: Option<&str>,
) -> Option<String> {
    let is_marked = view.metadata.contains_key(correlation::OPERATION);
    let other = is_marked && !refund.is_foreign() && !refund.is_marked_in(&view.metadata);
    other_refund(view, refund, intent).or_else(|| other.then(|| not_it(view)))
}

/// Why a refund is not the given refund, without regard to correlation metadata: another
/// amount or another payment.
pub(super) fn other_refund(view: &RefundSnapshot, refund: &Refund, intent: Option<&str>) -> Option<String> {
    if !view.amount.is(refund.amount) {
        return Some(about(&view.id, &view.amount, refund.amount));
    }
    let theirs = view.payment_intent.as_deref();
    let other = theirs.is_some_and(|theirs| intent.is_some_and(|intent| intent != theirs));
    other.then(|| not_it(view))
}

/// Why a refund is not believed: another payment or another request has it.
pub(super) fn not_it(view: &RefundSnapshot) -> String {
    format!("{} is a refund of another payment or of another request", view.id)
}

fn about(id: &str, shown: &ShownAmount, asked: PositiveMoney) -> String {
    // A currency code that is not three ASCII characters may contain arbitrary text, and is not repeated.
    let code = shown.currency.as_str();
    let code = if code.len() == 3 && code.is_ascii() { code } else { "of no currency" };
    let units = shown.units;
    format!("{id} is about {units} {code} where {asked} was asked for")
}

fn charge(intent: &IntentSnapshot) -> Option<&ChargeSnapshot> {
    match &intent.charge {
        Some(ChargeOrId::Charge(charge)) => Some(charge),
        Some(ChargeOrId::Id(_)) | None => None,
    }
}

/// Whether a canceled PaymentIntent had a hold, which Stripe then released.
pub(super) fn was_held(intent: &IntentSnapshot) -> bool {
    match &intent.charge {
        Some(ChargeOrId::Charge(charge)) => charge.paid,
        Some(ChargeOrId::Id(_)) => true,
        None => false,
    }
}

fn hold_expires(intent: &IntentSnapshot) -> Option<Timestamp> {
    charge(intent)?.card.as_ref()?.capture_before
}

/// Stores the facts of a PaymentIntent beside the state. Known facts stay when the snapshot shows none.
pub(super) fn learn(payment: &mut Payment, intent: &IntentSnapshot) {
    learn_facts(&mut payment.facts, intent);
    check_brand(payment, intent);
}

fn learn_facts(facts: &mut Facts, intent: &IntentSnapshot) {
    facts.payment_intent = Some(intent.id.clone());
    facts.payment_method = intent.payment_method.clone().or(facts.payment_method.take());
    facts.hold_expires = hold_expires(intent).or(facts.hold_expires);
    if let Some(ChargeOrId::Id(id)) = &intent.charge {
        facts.charge = Some(id.clone());
    }
    let Some(charge) = charge(intent) else { return };
    facts.charge = Some(charge.id.clone());
    let keep = |known: &mut Option<String>, shown: &Option<String>| *known = shown.clone().or(known.take());
    keep(&mut facts.balance_transaction, &charge.balance_transaction);
    let Some(card) = &charge.card else { return };
    facts.card = Some(card.card.clone());
    keep(&mut facts.authorization_code, &card.authorization_code);
    keep(&mut facts.network_transaction_id, &card.network_transaction_id);
    keep(&mut facts.avs_line1, &card.avs_line1);
    keep(&mut facts.avs_postal_code, &card.avs_postal_code);
    keep(&mut facts.cvc, &card.cvc);
}

/// Raises an alarm, once for each brand, where money is held or taken from a card of a brand that is
/// not on the allowlist. The allowlist is checked before the request, and some instruments show the card
/// only afterwards.
fn check_brand(payment: &mut Payment, intent: &IntentSnapshot) {
    let through = matches!(intent.status, IntentStatus::RequiresCapture | IntentStatus::Succeeded);
    let Some(card) = charge(intent).filter(|_| through).and_then(|charge| charge.card.as_ref()) else {
        return;
    };
    if payment.limits.take_brand(&card.card.brand) {
        return;
    }
    // The word of an unknown brand may be any text, and is not repeated.
    let known = Brand::parse(&card.card.brand);
    let brand =
        known.map_or_else(|| "no brand that is known here".to_owned(), |brand| format!("the brand {brand}"));
    let what = format!(
        "payment {} was made with a card of {brand}, which the rules of the payment system {} do not accept; refund it, or release the hold, if it may not stand",
        payment.id, payment.payment_system
    );
    payment.contradict(AlarmKind::BrandOffList, what);
}
