//! Whether what an event shows of an object is known already, so that nothing has to be
//! looked at. The event's body is a hint only: in doubt it is not known.

use jiff::Timestamp;
use serde_json::Value;

use super::{Asked, disputes, fold, refunds};
use crate::{
    payment::{Payment, State, observation::Observation},
    stripe::{
        currency,
        view::{Dispute, Intent, Refund},
    },
};

/// Whether an object in an event tells nothing new.
pub fn is_known(payment: &Payment, object: &Value) -> bool {
    let read = || object.clone();
    match object.get("object").and_then(Value::as_str) {
        Some("payment_intent") => {
            serde_json::from_value(read()).is_ok_and(|intent| intent_is_known(payment, intent))
        }
        Some("charge") => charge_is_known(payment, object),
        Some("refund") => {
            serde_json::from_value(read()).is_ok_and(|refund| refund_is_known(payment, &refund))
        }
        Some("dispute") => {
            serde_json::from_value(read()).is_ok_and(|dispute| dispute_is_known(payment, &dispute))
        }
        _ => false,
    }
}

/// Whether a PaymentIntent as it is now tells nothing new. In a list it comes without its
/// charge.
pub fn shows_nothing_new(payment: &Payment, intent: &Intent) -> bool {
    !payment.is_open() && intent_is_known(payment, intent.clone())
}

/// Old news of a payment that has gone on is known too. The charge of a new hold is not,
/// before its marks were kept.
fn intent_is_known(payment: &Payment, intent: Intent) -> bool {
    if payment.former_intents.contains(&intent.id) {
        return true;
    }
    let waits_for_marks = payment.facts.charge.is_none() && intent.latest_charge.is_some();
    let before = payment.state.clone();
    let seen = Observation::Intent(Box::new(intent));
    let after = fold(payment.clone(), Asked::Nothing, seen, Timestamp::UNIX_EPOCH).payment;
    let action = matches!(before, State::ActionRequired { .. });
    !waits_for_marks
        && !action
        && after.state == before
        && after.open_capture == payment.open_capture
        && after.open_release == payment.open_release
        && after.contradictions == payment.contradictions
}

fn charge_is_known(payment: &Payment, charge: &Value) -> bool {
    let text = |name: &str| charge.get(name).and_then(Value::as_str);
    let flag = |name: &str| charge.get(name).and_then(Value::as_bool).unwrap_or_default();
    if text("payment_intent")
        .is_some_and(|intent| payment.former_intents.iter().any(|former| former == intent))
    {
        return true;
    }
    let unit = payment.order.amount.currency();
    let refunded = charge.get("amount_refunded").and_then(Value::as_u64).unwrap_or_default();
    let refunded = currency::money(refunded, unit).ok().flatten().map_or(0, |money| money.minor());
    let counted = payment.refunded_minor(|state| state.counts());
    let taken = matches!(payment.state, State::Captured { .. });
    let held = matches!(payment.state, State::Authorized { .. });
    // The transaction comes after the capture, with an event of its own.
    let booked = payment.facts.balance_transaction.is_some()
        || charge.get("balance_transaction").is_none_or(Value::is_null);
    let refunds_known = !taken || (refunded == counted && !payment.refunds.iter().any(|r| r.state.is_open()));
    text("id") == payment.facts.charge.as_deref()
        && flag("disputed") != payment.disputes.is_empty()
        // What was held and not taken is shown as given back once it has ended.
        && (if flag("captured") { taken } else { taken || (held && !flag("refunded")) })
        && booked
        && refunds_known
        && payment.open_capture.is_none()
}

/// Whether a refund tells nothing new.
pub fn refund_is_known(payment: &Payment, refund: &Refund) -> bool {
    let mut after = payment.clone();
    refunds::see(&mut after, refund);
    payment.captured().is_some() && after == *payment
}

fn dispute_is_known(payment: &Payment, dispute: &Dispute) -> bool {
    let mut after = payment.clone();
    disputes::see(&mut after, dispute);
    after == *payment
}
