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
pub(crate) mod refunds;

pub use intent::action_of;
pub use known::{is_known, refund_is_known, shows_nothing_new};
pub(crate) use learn::mismatch;
pub use pulled::outcome_of;

use super::{AlarmKind, GivenUp, Payment, State, failure::Failure, observation::Observation};
use causeway::{order::OrderFailure, text::RequestId};

/// So long after it was asked for, the key of a capture or a refund is dead and every try has
/// ended: what Stripe does not show then was never done.
const NEVER: SignedDuration = SignedDuration::from_hours(25);

/// What was asked, where an observation is the answer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked<'a> {
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

/// What became of the operation that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done.
    Approved,
    /// Definitely not done.
    Declined(Failure),
    /// The payer has to act first.
    ActionRequired(Option<Failure>),
    /// Accepted, and not decided yet.
    Pending,
    /// Nobody knows yet.
    Unknown(Failure),
}

/// A payment after an observation, and what that means for the operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// As it is now.
    pub payment: Payment,
    /// What became of the operation.
    pub outcome: Outcome,
    /// What happened, in a sentence, for the timeline.
    pub note: String,
    /// Whether nobody here asked for what was seen, nor a payer or a bank did it: it was
    /// made straight at Stripe.
    pub foreign: bool,
}

/// Folds an observation into a payment.
pub fn fold(payment: Payment, asked: Asked<'_>, seen: Observation, now: Timestamp) -> Moved {
    match (asked, seen) {
        (_, Observation::Pulled(pulled)) => pulled::pulled(payment, asked, *pulled, now),
        (Asked::Authorize | Asked::Nothing, seen) => answers::authorized(payment, seen, now),
        (Asked::Capture, seen) => answers::captured(payment, seen, now),
        (Asked::Release, seen) => answers::released(payment, seen, now),
        (Asked::Refund(request_id), seen) => refunds::refunded(payment, request_id, seen),
    }
}

/// Whether a state may follow another. Nothing that happened becomes unknown again, and
/// what is over is over. Two kinds of no are not the end: a declined attempt and one that
/// seemed to have had no effect may turn out to have taken money, and money counts.
fn may_move(from: &State, to: &State) -> bool {
    match (from, to) {
        _ if causeway_runtime::bug!("webhook_without_rank") => true,
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

#[cfg(test)]
mod lives;
#[cfg(test)]
mod tests;
