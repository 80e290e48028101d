//! Renewal of a hold that ends: a new PaymentIntent replaces the current PaymentIntent.

use causeway::{refusal::Refusal, text::RequestId};

use super::{RequestedEffect, apply};
use crate::{
    observation::Observation,
    payment::{AlarmKind, Facts, Payment, State, failure::Failure},
    transition::{Outcome, Transition},
};

/// The transition after the request for the new hold. The observation is applied to a copy of the payment;
/// only an authorized new hold replaces the old hold.
pub fn renewed(payment: Payment, request_id: &RequestId, seen: Observation) -> Transition<Payment> {
    let fresh = Payment { state: State::Started, facts: Facts::default(), ..payment.clone() };
    let now = payment.updated;
    let Transition { aggregate: new, outcome, .. } = apply(fresh, RequestedEffect::Authorize, seen, now);
    let after = |aggregate: Payment, outcome, note: &str| Transition {
        aggregate,
        outcome,
        note: note.to_owned(),
        foreign: false,
    };
    let wanted = matches!(payment.state, State::Authorized { .. })
        && payment.open_capture.is_none()
        && payment.open_release.is_none();
    match &new.state {
        State::Authorized { .. } if wanted => {
            let old = payment.facts.payment_intent.clone();
            // A repetition of the same answer.
            if old == new.facts.payment_intent {
                return after(payment, Outcome::Approved, "the hold was renewed");
            }
            let mut renewed = Payment {
                state: new.state,
                facts: new.facts,
                warned: false,
                former_hold_open: true,
                // An alarm about the card of the new hold.
                contradictions: new.contradictions,
                ..payment
            };
            renewed.former_intents.extend(old);
            after(renewed, Outcome::Approved, "the hold was renewed")
        }
        // The payment has advanced meanwhile: the new hold is released instead of the old hold.
        State::Authorized { .. } => {
            let mut payment = Payment { contradictions: new.contradictions, ..payment };
            let new =
                new.facts.payment_intent.filter(|new| payment.facts.payment_intent.as_ref() != Some(new));
            payment.former_hold_open |= new.is_some();
            payment.former_intents.extend(new);
            let why = "the payment has gone on meanwhile, so its hold is not renewed";
            after(payment, Outcome::Declined(not_renewed(why)), why)
        }
        State::Unknown { failure } => {
            let outcome = Outcome::Unknown(failure.clone());
            after(payment, outcome, "the outcome of the renewal is not known yet")
        }
        State::Started
        | State::ActionRequired { .. }
        | State::Pending
        | State::Captured { .. }
        | State::Declined { .. }
        | State::Released
        | State::Expired { .. }
        | State::NotCharged
        | State::Canceled => refused(payment, request_id, &outcome),
    }
}

/// The transition where the operator's rules refuse the instrument: nothing is requested, and the old
/// hold stands.
pub fn not_renewed_by_rule(
    payment: Payment,
    request_id: &RequestId,
    refusal: &Refusal,
) -> Transition<Payment> {
    let outcome = Outcome::Declined(not_renewed(&refusal.to_string()));
    refused(payment, request_id, &outcome)
}

/// Keeps the old hold, and raises an alarm for the operator.
fn refused(mut payment: Payment, request_id: &RequestId, outcome: &Outcome) -> Transition<Payment> {
    let why = match outcome {
        Outcome::Declined(failure) | Outcome::ActionRequired(Some(failure)) => {
            failure.operator_message.clone()
        }
        Outcome::Approved | Outcome::Pending | Outcome::ActionRequired(None) | Outcome::Unknown(_) => {
            "the bank wants the payer to act".to_owned()
        }
    };
    let note = format!(
        "the hold of {} could not be renewed ({}): {why}; the old one stands until it lapses",
        payment.order.amount, request_id
    );
    payment.contradict(AlarmKind::RenewalFailed, note.clone());
    let outcome = Outcome::Declined(not_renewed(&why));
    Transition { aggregate: payment, outcome, note, foreign: false }
}

/// A failure for the journal only: no caller requests a renewal.
fn not_renewed(why: &str) -> Failure {
    Failure { code: "RENEWAL_FAILED".to_owned(), operator_message: why.to_owned(), ..Failure::default() }
}
