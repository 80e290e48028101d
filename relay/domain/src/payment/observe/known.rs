//! Whether the journal already knows the content of an event, so that no look-up is needed. The body of an
//! event is only a hint: in doubt the content counts as unknown.

use causeway::money::{Money, PositiveMoney};
use jiff::Timestamp;

use super::{RequestedEffect, apply, disputes, refunds};
use crate::{
    observation::{ChargeHint, DisputeSnapshot, EventObject, IntentSnapshot, Observation, RefundSnapshot},
    payment::{Payment, RefundState, State},
};

/// Whether the object of an event changes no part of the payment.
pub fn is_known(payment: &Payment, object: &EventObject) -> bool {
    match object {
        EventObject::Intent(intent) => intent_is_known(payment, intent),
        EventObject::Charge(charge) => charge_is_known(payment, charge),
        EventObject::Refund(refund) => refund_is_known(payment, refund),
        EventObject::Dispute(dispute) => dispute_is_known(payment, dispute),
        EventObject::Other => false,
    }
}

/// Whether a listed PaymentIntent changes no part of a closed payment. A listed PaymentIntent comes
/// without the charge object.
pub fn shows_nothing_new(payment: &Payment, intent: &IntentSnapshot) -> bool {
    !payment.is_open() && intent_is_known(payment, intent)
}

/// An old snapshot of a payment that has advanced counts as known. The charge of a new hold is new until
/// the charge's id is stored.
fn intent_is_known(payment: &Payment, intent: &IntentSnapshot) -> bool {
    if payment.former_intents.contains(&intent.id) {
        return true;
    }
    let waits_for_marks = payment.facts.charge.is_none() && intent.charge.is_some();
    let before = payment.state.clone();
    let seen = Observation::Intent(Box::new(intent.clone()));
    let after = apply(payment.clone(), RequestedEffect::Nothing, seen, Timestamp::UNIX_EPOCH).aggregate;
    let action = matches!(before, State::ActionRequired { .. });
    !waits_for_marks
        && !action
        && after.state == before
        && after.open_capture == payment.open_capture
        && after.open_release == payment.open_release
        && after.contradictions == payment.contradictions
}

fn charge_is_known(payment: &Payment, charge: &ChargeHint) -> bool {
    let former = |intent: &String| payment.former_intents.contains(intent);
    if charge.payment_intent.as_ref().is_some_and(former) {
        return true;
    }
    let refunded = charge.amount_refunded.map_or(Money::zero(payment.currency()), PositiveMoney::money);
    let counted = payment.refunded(RefundState::counts);
    let taken = matches!(payment.state, State::Captured { .. });
    let held = matches!(payment.state, State::Authorized { .. });
    // The balance transaction follows the capture, with an event of the balance transaction's own.
    let booked = payment.facts.balance_transaction.is_some() || !charge.has_balance_transaction;
    let refunds_known =
        !taken || (counted == Ok(refunded) && !payment.refunds.iter().any(|r| r.state.is_open()));
    charge.id == payment.facts.charge
        && charge.disputed != payment.disputes.is_empty()
        // Stripe shows a hold that ended without a capture as refunded.
        && (if charge.captured { taken } else { taken || (held && !charge.refunded) })
        && booked
        && refunds_known
        && payment.open_capture.is_none()
}

/// Whether a refund at Stripe changes no part of a captured payment.
pub fn refund_is_known(payment: &Payment, refund: &RefundSnapshot) -> bool {
    let mut after = payment.clone();
    refunds::see(&mut after, refund);
    payment.captured().is_some() && after == *payment
}

fn dispute_is_known(payment: &Payment, dispute: &DisputeSnapshot) -> bool {
    let mut after = payment.clone();
    disputes::see(&mut after, dispute);
    after == *payment
}
