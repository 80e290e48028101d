//! How an observation moves a payment: forward only, echoes ignored, what is over is
//! over. One pure function for answers, webhooks, polls, look-ups and pulls.

use jiff::{SignedDuration, Timestamp};

/// Answers to what was asked of a PaymentIntent.
mod answers;
/// What a PaymentIntent shows.
mod intent;
/// What a dispute shows.
mod disputes;
/// Whether what an event shows is known already.
mod known;
/// What an object tells beside its state, and whether it is believed.
mod learn;
/// A PaymentIntent with all that hangs on it.
mod pulled;
/// What a refund shows.
pub mod refunds;
/// A new hold in the place of one that ends.
mod renewal;

pub use known::{is_known, refund_is_known, shows_nothing_new};
pub use learn::mismatch;
pub use pulled::outcome_of;
pub use renewal::renewed;

use causeway::{order::OrderFailure, text::RequestId};

use super::{AlarmKind, GivenUp, Payment, State};
use crate::{observation::Observation, transition::Transition};

/// So long after it was asked for, the key of a capture or a refund is dead and every try has
/// ended: what Stripe does not show then was never done.
const CLOSE_AFTER: SignedDuration = SignedDuration::from_hours(25);

/// What was asked, where an observation is the answer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestedEffect<'a> {
    /// To hold it, to take it at once, or to go on with it.
    Authorize,
    /// To take a hold.
    Capture,
    /// To give a hold back, or to give up what is not held yet.
    Release,
    /// To give money back.
    Refund(&'a RequestId),
    /// Nothing: it was heard of, or looked at.
    Nothing,
}

/// Applies an observation to a payment.
pub fn apply(
    payment: Payment,
    asked: RequestedEffect<'_>,
    seen: Observation,
    now: Timestamp,
) -> Transition<Payment> {
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

/// Whether a state may follow another. Nothing that happened becomes unknown again, and
/// what is over is over. Two kinds of no are not the end: a declined attempt and one that
/// seemed to have had no effect may turn out to have taken money, and money counts.
fn may_move(from: &State, to: &State) -> bool {
    match (from, to) {
        (State::Started | State::Unknown { .. }, _) => true,
        (State::ActionRequired { .. } | State::Pending, to) => {
            !matches!(to, State::Started | State::Unknown { .. })
        }
        // Longer than it was, as with an extended authorization.
        (State::Authorized { hold_expires: from }, State::Authorized { hold_expires: to }) => to > from,
        (State::Authorized { .. }, to) => {
            matches!(to, State::Captured { .. } | State::Released | State::Expired { .. })
        }
        // Taken in several parts.
        (State::Captured { captured: from }, State::Captured { captured: to }) => to.minor() > from.minor(),
        (State::Declined { .. } | State::NotCharged, to) => {
            matches!(to, State::Authorized { .. } | State::Captured { .. })
        }
        (State::Captured { .. } | State::Released | State::Expired { .. } | State::Canceled, _) => false,
    }
}

/// Moves a payment, if it may. What cannot follow what was is noted for somebody to look
/// at, and changes nothing.
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

/// Billing was told that there is nothing, and has perhaps taken the money elsewhere: so
/// it is given back.
fn come_late(payment: &mut Payment, now: Timestamp) {
    payment.given_up.get_or_insert_with(|| GivenUp {
        reason: OrderFailure::PaymentInactive,
        note: None,
        at: now,
        request_id: payment.order.request_id.clone(),
        held: false,
    });
}
