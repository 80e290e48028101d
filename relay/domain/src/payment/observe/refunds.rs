//! Transitions from the state of a refund.

use std::cmp::Ordering;

use causeway::{money::Money, request::RefundReason, text::RequestId};
use jiff::Timestamp;

use super::{
    CLOSE_AFTER,
    learn::{not_it, other_refund, refund_mismatch},
};
use crate::{
    observation::{Observation, RefundSnapshot, RefundStatus, correlation},
    payment::{
        AlarmKind, Payment, Refund, RefundState,
        failure::{Advice, Failure},
    },
    transition::{Outcome, Transition},
};

/// Message for the payer when a refund fails.
const NO_REFUND: &str = "Your refund could not be made. Please contact the merchant.";

/// The transition after a refund request.
pub(super) fn refunded(
    mut payment: Payment,
    request_id: &RequestId,
    seen: Observation,
) -> Transition<Payment> {
    let intent = payment.facts.payment_intent.clone();
    let unbelievable = match &seen {
        Observation::Refund(view) => {
            another_refunds_id(&payment, request_id, view).or_else(|| more_than_captured(&payment, view))
        }
        Observation::Intent(_)
        | Observation::Pulled(_)
        | Observation::Setup(_)
        | Observation::Method(_)
        | Observation::Customer(_)
        | Observation::Refused(_)
        | Observation::Lost { .. }
        | Observation::Unbelieved { .. }
        | Observation::Kept { .. }
        | Observation::KeyReused { .. } => None,
    };
    let Some(refund) = payment.refunds.iter_mut().find(|refund| refund.is_of(request_id)) else {
        let failure = Failure::unknown("the payment has no such refund");
        let note = "the answer is about a refund that the payment does not have".to_owned();
        return Transition { aggregate: payment, outcome: Outcome::Unknown(failure), note, foreign: false };
    };
    let mut mismatch = None;
    let lost = match seen {
        Observation::Refund(view) => {
            mismatch = unbelievable.or_else(|| refund_mismatch(&view, refund, intent.as_deref()));
            if mismatch.is_none() {
                advance(refund, &view);
            }
            mismatch.clone()
        }
        Observation::Refused(error) => {
            move_to(refund, RefundState::Declined { failure: error.failure });
            None
        }
        Observation::Intent(_)
        | Observation::Pulled(_)
        | Observation::Setup(_)
        | Observation::Method(_)
        | Observation::Customer(_) => Some("Stripe answered with another object".to_owned()),
        Observation::Lost { why }
        | Observation::Unbelieved { why }
        | Observation::Kept { why }
        | Observation::KeyReused { why } => Some(why),
    };
    if let Some(why) = lost {
        move_to(refund, RefundState::Unknown { failure: Failure::unknown(&why) });
    }
    let (outcome, note) = outcome_of(refund);
    if let Some(why) = mismatch {
        payment.contradict(AlarmKind::Mismatch, why);
    }
    Transition { aggregate: payment, outcome, note, foreign: false }
}

/// Why a refund at Stripe cannot be the requested one: another refund of the payment has its id.
fn another_refunds_id(payment: &Payment, request_id: &RequestId, view: &RefundSnapshot) -> Option<String> {
    let other =
        |refund: &&Refund| refund.processor_id.as_deref() == Some(&view.id) && !refund.is_of(request_id);
    let other = payment.refunds.iter().find(other)?;
    Some(format!("{} is the refund {} of this payment already", view.id, other.id))
}

/// Why a refund at Stripe cannot be: with the other refunds that Stripe shows, more went back than was
/// captured. A damaged sum is no reason.
fn more_than_captured(payment: &Payment, view: &RefundSnapshot) -> Option<String> {
    let (captured, amount) = (payment.captured()?, view.amount.money?);
    if !matches!(view.status, RefundStatus::Succeeded | RefundStatus::Pending) {
        return None;
    }
    let others = payment.refunds.iter().filter(|refund| {
        matches!(refund.state, RefundState::Pending | RefundState::Succeeded)
            && refund.processor_id.as_deref() != Some(&view.id)
    });
    let others = Money::sum(captured.currency(), others.map(|refund| refund.amount)).ok()?;
    let all = others.checked_add(amount.money()).ok()?;
    let more = all.compare(captured.money()) == Ok(Ordering::Greater);
    more.then(|| format!("with {} Stripe shows {all} refunded of {captured}", view.id))
}

/// Adds or advances a refund that was seen alone or in a list. `true`: the refund is new in the journal and
/// was made directly at Stripe.
pub(super) fn see(payment: &mut Payment, view: &RefundSnapshot) -> bool {
    // A released hold is not a refund: no money was taken.
    let Some(captured) = payment.captured() else { return false };
    if view.reason.as_deref() == Some("expired_uncaptured_charge") {
        return false;
    }
    let intent = payment.facts.payment_intent.as_deref();
    let elsewhere =
        view.payment_intent.as_deref().is_some_and(|theirs| intent.is_some_and(|ours| ours != theirs));
    let unbelievable = if elsewhere { Some(not_it(view)) } else { more_than_captured(payment, view) };
    if let Some(why) = unbelievable {
        payment.contradict(AlarmKind::Mismatch, why);
        return false;
    }
    let known = payment.refunds.iter_mut().find(|refund| {
        refund.processor_id.as_deref() == Some(&view.id)
            || (refund.processor_id.is_none()
                && (refund.is_marked_in(&view.metadata) || refund.has_key_in(&view.metadata)))
    });
    if let Some(refund) = known {
        let intent = payment.facts.payment_intent.as_deref();
        // A refund requested before the journal was lost has the same key and other correlation metadata.
        let found_again = refund.has_key_in(&view.metadata);
        let judge = if found_again { other_refund } else { refund_mismatch };
        match judge(view, refund, intent) {
            None => advance(refund, view),
            Some(why) => payment.contradict(AlarmKind::Mismatch, why),
        }
        return false;
    }
    let Some(amount) = view.amount.money.filter(|amount| amount.currency() == captured.currency()) else {
        payment.contradict(AlarmKind::Mismatch, format!("{} is about an amount that cannot be", view.id));
        return false;
    };
    let mut refund = Refund {
        id: id_of(&view.id),
        request_id: None,
        amount,
        reason: view.reason.as_deref().and_then(reason_of),
        note: None,
        created: Timestamp::from_second(view.created).unwrap_or_default(),
        state: RefundState::Started,
        processor_id: None,
        balance_transaction: None,
        failure_balance_transaction: None,
        key: view.metadata.get(correlation::KEY).cloned(),
        requested_by: None,
        decision: None,
    };
    advance(&mut refund, view);
    payment.refunds.push(refund);
    true
}

/// Declines refunds that Stripe still does not list [`CLOSE_AFTER`] after the request. The caller has
/// applied Stripe's whole list before.
pub(super) fn close_never_heard(payment: &mut Payment, now: Timestamp) {
    let (taken, updated) = (payment.captured().is_some() && !payment.has_reused_key(), payment.updated);
    let never = |refund: &&mut Refund| {
        let unheard = matches!(refund.state, RefundState::Started | RefundState::Unknown { .. });
        // A refund that waited for a second person was requested at the time of the decision.
        let asked = if refund.decision.is_some() { updated } else { refund.created };
        unheard && refund.processor_id.is_none() && now.duration_since(asked) >= CLOSE_AFTER
    };
    for refund in payment.refunds.iter_mut().filter(never).filter(|_| taken) {
        let failure = Failure {
            code: "NOT_REFUNDED".to_owned(),
            operator_message: "Stripe has no such refund; the amount can be refunded again".to_owned(),
            payer_message: NO_REFUND.to_owned(),
            advice: Advice::RetryLater,
            ..Failure::default()
        };
        move_to(refund, RefundState::Declined { failure });
    }
}

/// Id for a refund made at Stripe, derived from Stripe's id: every source of the observation
/// yields the same id.
fn id_of(processor_id: &str) -> uuid::Uuid {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(processor_id);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.iter()).for_each(|(to, from)| *to = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn reason_of(text: &str) -> Option<RefundReason> {
    [RefundReason::Duplicate, RefundReason::Fraudulent, RefundReason::RequestedByCustomer]
        .into_iter()
        .find(|reason| reason.as_str() == text)
}

/// Moves a refund by a snapshot of the refund at Stripe.
fn advance(refund: &mut Refund, view: &RefundSnapshot) {
    refund.processor_id = Some(view.id.clone());
    refund.balance_transaction = view.balance_transaction.clone().or(refund.balance_transaction.take());
    refund.failure_balance_transaction =
        view.failure_balance_transaction.clone().or(refund.failure_balance_transaction.take());
    move_to(refund, state_of(view));
}

fn move_to(refund: &mut Refund, to: RefundState) {
    let first_no = matches!(to, RefundState::Declined { .. } | RefundState::Unknown { .. })
        && matches!(refund.state, RefundState::Started | RefundState::Unknown { .. });
    if first_no || to.rank() > refund.state.rank() {
        refund.state = to;
    }
}

fn state_of(view: &RefundSnapshot) -> RefundState {
    match &view.status {
        RefundStatus::Succeeded => RefundState::Succeeded,
        RefundStatus::Failed(reason) => {
            let failure = Failure {
                code: "REFUND_FAILED".to_owned(),
                operator_message: format!("the refund failed: {reason}"),
                processor_code: reason.clone(),
                payer_message: NO_REFUND.to_owned(),
                advice: Advice::Operator,
                ..Failure::default()
            };
            RefundState::Failed { failure }
        }
        RefundStatus::Canceled => RefundState::Canceled,
        RefundStatus::Pending => RefundState::Pending,
    }
}

/// The outcome of a refund, with a sentence for the timeline.
pub fn outcome_of(refund: &Refund) -> (Outcome, String) {
    let amount = refund.amount;
    match &refund.state {
        RefundState::Succeeded => (Outcome::Approved, format!("{amount} was refunded")),
        RefundState::Submitted => {
            (Outcome::Pending, format!("a refund of {amount} waits for a second person"))
        }
        RefundState::Rejected => (Outcome::Approved, format!("the refund of {amount} was rejected")),
        RefundState::Started | RefundState::Pending => {
            (Outcome::Pending, format!("a refund of {amount} is on its way"))
        }
        RefundState::Canceled => {
            let failure = Failure {
                code: "REFUND_CANCELED".to_owned(),
                advice: Advice::RetryLater,
                operator_message: "the refund was canceled at Stripe; the amount can be refunded again"
                    .to_owned(),
                payer_message: NO_REFUND.to_owned(),
                ..Failure::default()
            };
            (Outcome::Declined(failure), format!("the refund of {amount} was canceled"))
        }
        RefundState::Failed { failure } | RefundState::Declined { failure } => (
            Outcome::Declined(failure.clone()),
            format!("the refund of {amount} was refused: {}", failure.operator_message),
        ),
        RefundState::Unknown { failure } => {
            (Outcome::Unknown(failure.clone()), format!("the outcome of the refund of {amount} is not known"))
        }
    }
}
