//! A PaymentIntent with all that hangs on it: what webhooks, polls, jobs and people lead
//! to.

use jiff::Timestamp;

use super::{Asked, Moved, Outcome, answers, disputes, intent, refunds};
use crate::payment::{Payment, RefundState, failure::Failure, observation::Pulled};

/// What a pull shows, as the answer to an operation or to nobody.
pub(super) fn pulled(mut payment: Payment, asked: Asked<'_>, pulled: Pulled, now: Timestamp) -> Moved {
    let before = payment.clone();
    let mut foreign = false;
    match intent::see(&mut payment, &pulled.intent, now) {
        Ok(elsewhere) => {
            foreign |= elsewhere;
            for refund in &pulled.refunds {
                foreign |= refunds::see(&mut payment, refund);
            }
            for dispute in &pulled.disputes {
                disputes::see(&mut payment, dispute);
            }
            in_order(&mut payment);
            payment.missed = None;
        }
        Err(why) => tracing::error!(payment = %payment.id, "a PaymentIntent is not believed: {why}"),
    }
    let note = note(&before, &payment);
    let outcome = outcome_of(&payment, asked);
    Moved { payment, outcome, note, foreign }
}

/// Oldest first, whatever was heard of first.
fn in_order(payment: &mut Payment) {
    payment.refunds.sort_by_key(|refund| (refund.created.as_second(), refund.id));
    payment.disputes.sort_by(|one, other| (one.opened, &one.id).cmp(&(other.opened, &other.id)));
}

fn outcome_of(payment: &Payment, asked: Asked<'_>) -> Outcome {
    let of_refund = |state: &RefundState| match state {
        RefundState::Succeeded => Outcome::Approved,
        RefundState::Started | RefundState::Pending => Outcome::Pending,
        RefundState::Unknown { failure } => Outcome::Unknown(failure.clone()),
        RefundState::Failed { failure } | RefundState::Declined { failure } => {
            Outcome::Declined(failure.clone())
        }
        RefundState::Canceled => Outcome::Declined(Failure::default()),
    };
    match asked {
        Asked::Refund(request_id) => {
            payment.refund_of(request_id).map_or(Outcome::Pending, |refund| of_refund(&refund.state))
        }
        Asked::Authorize | Asked::Capture | Asked::Release | Asked::Nothing => answers::outcome_of(payment).0,
    }
}

/// What is new, in a sentence for each.
fn note(before: &Payment, after: &Payment) -> String {
    let mut notes = vec![];
    if before.state != after.state {
        notes.push(answers::outcome_of(after).1);
    }
    for refund in &after.refunds {
        let known = before.refunds.iter().find(|known| known.id == refund.id);
        if known.is_none_or(|known| known.state != refund.state) {
            let what = match &refund.state {
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
    if notes.is_empty() { "Stripe told more".to_owned() } else { notes.join("; ") }
}
