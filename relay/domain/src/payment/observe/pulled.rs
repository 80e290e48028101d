//! A PaymentIntent with refunds and disputes, as pulled after a webhook, a polled event, a job
//! or an operator's request.

use jiff::Timestamp;

use super::{RequestedEffect, answers, disputes, intent, refunds};
use crate::{
    observation::Pulled,
    payment::{Payment, RefundState, State},
    transition::{Outcome, Transition},
};

/// The transition after a pull, as the answer to a request or without a request.
pub(super) fn pulled(
    mut payment: Payment,
    asked: RequestedEffect<'_>,
    pulled: Pulled,
    now: Timestamp,
) -> Transition<Payment> {
    let before = payment.clone();
    let mut foreign = false;
    if is_being_made(&payment, &pulled) {
        let outcome = outcome_of(&payment, asked);
        return Transition { aggregate: payment, outcome, note: String::new(), foreign };
    }
    // A PaymentIntent that is not believed is recorded as a contradiction, and the rest of
    // the pull is ignored.
    if let Ok(elsewhere) = intent::see(&mut payment, &pulled.intent, now) {
        foreign |= elsewhere;
        for refund in &pulled.refunds {
            foreign |= refunds::see(&mut payment, refund);
        }
        for dispute in &pulled.disputes {
            disputes::see(&mut payment, dispute);
        }
        refunds::close_never_heard(&mut payment, now);
        in_order(&mut payment);
        payment.first_not_found_at = None;
    }
    let note = note(&before, &payment);
    let outcome = outcome_of(&payment, asked);
    Transition { aggregate: payment, outcome, note, foreign }
}

/// Whether the PaymentIntent exists without any attempt to pay: the relay's own request is
/// between creation and confirmation.
fn is_being_made(payment: &Payment, pulled: &Pulled) -> bool {
    let intent = &pulled.intent;
    let untried = intent.failure.is_none() && intent.charge.is_none();
    let waits = intent.status.waits_for_a_method();
    untried && waits && matches!(payment.state, State::Started | State::Unknown { .. })
}

/// Sorts refunds and disputes by creation, oldest first, regardless of the order of observation.
fn in_order(payment: &mut Payment) {
    payment.refunds.sort_by_key(|refund| (refund.created.as_second(), refund.id));
    payment.disputes.sort_by(|one, other| (one.opened, &one.id).cmp(&(other.opened, &other.id)));
}

/// The outcome of a request, as far as the state of the payment shows the outcome.
pub fn outcome_of(payment: &Payment, asked: RequestedEffect<'_>) -> Outcome {
    match asked {
        RequestedEffect::Refund(request_id) => {
            payment.refund_of(request_id).map_or(Outcome::Pending, |refund| refunds::outcome_of(refund).0)
        }
        RequestedEffect::Authorize
        | RequestedEffect::Capture
        | RequestedEffect::Release
        | RequestedEffect::Nothing => answers::outcome_of(payment).0,
    }
}

/// The changes between two versions of a payment, one sentence per change.
fn note(before: &Payment, after: &Payment) -> String {
    let mut notes = vec![];
    if before.state != after.state {
        notes.push(answers::outcome_of(after).1);
    }
    for refund in &after.refunds {
        let known = before.refunds.iter().find(|known| known.id == refund.id);
        if known.is_none_or(|known| known.state != refund.state) {
            let what = match &refund.state {
                RefundState::Submitted | RefundState::Rejected => continue,
                RefundState::Started | RefundState::Pending | RefundState::Unknown { .. } => "is on its way",
                RefundState::Succeeded => "went through",
                RefundState::Failed { .. } | RefundState::Declined { .. } => "failed",
                RefundState::Canceled => "was canceled",
            };
            let whose = if refund.is_foreign() { ", made straight at Stripe," } else { "" };
            notes.push(format!("a refund of {}{whose} {what}", refund.amount));
        }
    }
    for dispute in &after.disputes {
        let known = before.disputes.iter().find(|known| known.id == dispute.id);
        if known.is_none_or(|known| known.state != dispute.state) {
            let said = dispute.state.spoken();
            notes.push(format!("dispute of {} ({}): {said}", dispute.amount, dispute.reason));
        }
    }
    let new = after.contradictions.iter().filter(|new| !before.contradictions.contains(new));
    notes.extend(new.map(|new| new.what.clone()));
    if notes.is_empty() { "Stripe shows more details of the payment".to_owned() } else { notes.join("; ") }
}
