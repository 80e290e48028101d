//! Transitions: how an observation moves a payment. States move forward only, echoes are ignored, and final
//! states stay final. One pure function serves answers, webhooks, polled events, look-ups and pulls.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};

/// Answers to requests about a PaymentIntent.
mod answers;
/// Transitions from the state of a PaymentIntent.
mod intent;
/// Transitions from the state of a dispute.
mod disputes;
/// Whether the journal already knows the content of an event.
mod known;
/// Facts of an object beside the state, and the checks before an object is believed.
mod learn;
/// A PaymentIntent together with refunds and disputes.
mod pulled;
/// Transitions from the state of a refund.
pub mod refunds;
/// Renewal of a hold before the hold ends.
mod renewal;

pub use known::{is_known, refund_is_known, shows_nothing_new};
pub use learn::mismatch;
pub use pulled::outcome_of;
pub use renewal::{not_renewed_by_rule, renewed};

use causeway::{request::OrderFailure, text::RequestId};

use super::{Abandoned, AlarmKind, Payment, State};
use crate::{observation::Observation, transition::Transition};

/// 25 hours after the request of a capture or a refund, the idempotency key is past use and every retry has
/// ended: an effect that Stripe does not show by then has never happened.
const CLOSE_AFTER: SignedDuration = SignedDuration::from_hours(25);

/// The request to which an observation is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestedEffect<'a> {
    /// Hold the amount, capture at once, or confirm a PaymentIntent.
    Authorize,
    /// Capture an existing hold.
    Capture,
    /// Release a hold, or cancel a payment that is not held yet.
    Release,
    /// Refund captured money; the request id of the refund.
    Refund(&'a RequestId),
    /// No request: the observation comes from an event, a look-up or a pull.
    Nothing,
}

/// Applies an observation to a payment. `asked` is the request that the observation answers.
pub fn apply(
    mut payment: Payment,
    asked: RequestedEffect<'_>,
    seen: Observation,
    now: Timestamp,
) -> Transition<Payment> {
    disbelieve(&mut payment, &seen);
    match (asked, seen) {
        (_, Observation::Pulled(pulled)) => pulled::pulled(payment, asked, *pulled, now),
        (RequestedEffect::Authorize | RequestedEffect::Nothing, seen) => {
            answers::authorized(payment, seen, now)
        }
        (RequestedEffect::Capture, seen) => answers::captured(payment, seen, now),
        (RequestedEffect::Release, seen) => answers::released(payment, seen, now),
        (RequestedEffect::Refund(request_id), seen) => refunds::refunded(payment, request_id, seen),
    }
}

/// Raises the alarm for an answer that cannot be the answer to its request.
pub fn disbelieve(payment: &mut Payment, seen: &Observation) {
    if let Observation::Unbelieved { why } = seen {
        payment.contradict(AlarmKind::Mismatch, why.clone());
    }
}

/// Whether a state may follow another. A known outcome never becomes unknown again, and a final state stays
/// final. Two negative states are not final: a declined attempt and a payment closed as not charged may
/// turn out to have taken money, and money prevails.
fn may_move(from: &State, to: &State) -> bool {
    match (from, to) {
        (State::Started | State::Unknown { .. }, _) => true,
        (State::ActionRequired { .. } | State::Pending, to) => {
            !matches!(to, State::Started | State::Unknown { .. })
        }
        // A later end of the hold, as with an extended authorization.
        (State::Authorized { hold_expires: from }, State::Authorized { hold_expires: to }) => to > from,
        (State::Authorized { .. }, to) => {
            matches!(to, State::Captured { .. } | State::Released | State::Expired { .. })
        }
        // A larger captured amount, as with several partial captures.
        (State::Captured { captured: from }, State::Captured { captured: to }) => {
            to.compare(*from) == Ok(Ordering::Greater)
        }
        (State::Declined { .. } | State::NotCharged, to) => {
            matches!(to, State::Authorized { .. } | State::Captured { .. })
        }
        (State::Captured { .. } | State::Released | State::Expired { .. } | State::Canceled, _) => false,
    }
}

/// Moves a payment to a state, where the state may follow. Money on a payment that is over, or a captured
/// payment that ends as released, expired or canceled, is recorded as a contradiction and leaves the state
/// unchanged. Every other move that may not follow is ignored.
fn move_to(payment: &mut Payment, to: State, now: Timestamp) {
    if may_move(&payment.state, &to) {
        if payment.state == State::NotCharged {
            come_late(payment, now);
        }
        payment.state = to;
        return;
    }
    let over = matches!(payment.state, State::Released | State::Expired { .. } | State::Canceled);
    let taken = matches!(to, State::Captured { .. });
    let gone = matches!(to, State::Released | State::Expired { .. } | State::Canceled);
    if (over && taken) || (matches!(payment.state, State::Captured { .. }) && gone) {
        let is =
            |state: &State| state.status().as_str_name().trim_start_matches("PAYMENT_STATUS_").to_owned();
        let what = format!(
            "Stripe shows the payment as {} after it was {}; compare it with Stripe's dashboard",
            is(&to),
            is(&payment.state)
        );
        payment.contradict(AlarmKind::Contradiction, what);
    }
}

/// Marks a late success for compensation: the caller has an answer that no money moved and may have taken
/// the money elsewhere, so the money goes back.
fn come_late(payment: &mut Payment, now: Timestamp) {
    payment.given_up.get_or_insert_with(|| Abandoned {
        reason: OrderFailure::PaymentInactive,
        note: None,
        at: now,
        request_id: payment.order.request_id.clone(),
        held: false,
    });
}
