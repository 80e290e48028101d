//! Answers to requests about a PaymentIntent: authorization, capture and release.

use jiff::Timestamp;

use super::{CLOSE_AFTER, intent, move_to};
use crate::{
    observation::{IntentSnapshot, Observation, Rejection},
    payment::{
        AlarmKind, OpenCapture, Payment, State,
        failure::{Advice, Failure},
    },
    transition::{Outcome, Transition},
};

const OTHER_OBJECT: &str = "Stripe answered with another object";
/// Message for the payer when a follow-up has no effect.
const NOT_DONE: &str = "This could not be done. Please contact the merchant.";

/// The transition after an authorization, or after a look-up of the PaymentIntent.
pub(super) fn authorized(mut payment: Payment, seen: Observation, now: Timestamp) -> Transition<Payment> {
    let mut foreign = false;
    let lost = match seen {
        Observation::Intent(view) => match intent::see(&mut payment, &view, now) {
            Ok(elsewhere) => {
                foreign = elsewhere;
                None
            }
            Err(why) => Some(why),
        },
        Observation::Refused(error) => {
            let state = intent::refused_state(&mut payment, &error);
            move_to(&mut payment, state, now);
            None
        }
        Observation::Pulled(_)
        | Observation::Refund(_)
        | Observation::Setup(_)
        | Observation::Method(_)
        | Observation::Customer(_) => Some(OTHER_OBJECT.to_owned()),
        Observation::Lost { why }
        | Observation::Unbelieved { why }
        | Observation::Kept { why }
        | Observation::KeyReused { why } => Some(why),
    };
    if let Some(why) = lost {
        move_to(&mut payment, State::Unknown { failure: Failure::unknown(&why) }, now);
    }
    let (outcome, note) = outcome_of(&payment);
    Transition { aggregate: payment, outcome, note, foreign }
}

/// The transition after a capture request.
pub(super) fn captured(mut payment: Payment, seen: Observation, now: Timestamp) -> Transition<Payment> {
    match seen {
        Observation::Intent(view) => after_capture(payment, &view, now),
        Observation::Refused(error) => {
            // A refusal may contain the PaymentIntent, which moves the payment too: the hold may have
            // lapsed, or another system may have captured the hold.
            let open = payment.open_capture.take();
            let foreign = match see_in_refusal(&mut payment, &error, now) {
                Ok(foreign) => foreign,
                Err(why) => {
                    payment.open_capture = open;
                    return capture_unknown(payment, &why);
                }
            };
            let failure = error.failure;
            if failure.code == "HOLD_EXPIRED" {
                let at = payment.facts.hold_expires.or(Some(now));
                move_to(&mut payment, State::Expired { at }, now);
            }
            let note = format!("the capture was refused: {}", failure.operator_message);
            Transition { aggregate: payment, outcome: Outcome::Declined(failure), note, foreign }
        }
        Observation::Pulled(_)
        | Observation::Refund(_)
        | Observation::Setup(_)
        | Observation::Method(_)
        | Observation::Customer(_) => capture_unknown(payment, OTHER_OBJECT),
        Observation::Lost { why }
        | Observation::Unbelieved { why }
        | Observation::Kept { why }
        | Observation::KeyReused { why } => capture_unknown(payment, &why),
    }
}

/// A capture is approved when the PaymentIntent shows the requested captured amount. Every
/// other answer leaves the outcome unknown for the next look-up, unless the hold is gone or the
/// request is older than [`CLOSE_AFTER`].
fn after_capture(mut payment: Payment, view: &IntentSnapshot, now: Timestamp) -> Transition<Payment> {
    let open = payment.open_capture.clone();
    let before = payment.state.clone();
    let shows = intent::state_of(&payment, view);
    if let (Some(open), State::Captured { captured }) = (&open, &shows)
        && open.amount != *captured
    {
        let why = format!("{captured} was captured where {} was asked for", open.amount);
        payment.contradict(AlarmKind::Mismatch, why.clone());
        return capture_unknown(payment, &why);
    }
    let foreign = match intent::see(&mut payment, view, now) {
        Ok(foreign) => foreign,
        Err(why) => return capture_unknown(payment, &why),
    };
    match payment.state {
        State::Captured { captured } => Transition {
            aggregate: payment,
            outcome: Outcome::Approved,
            note: format!("{captured} was captured"),
            foreign: false,
        },
        State::Authorized { .. } if open.as_ref().is_some_and(|open| is_long_over(open, now)) => {
            payment.open_capture = None;
            let (outcome, note) = never_captured();
            Transition { aggregate: payment, outcome, note, foreign }
        }
        // The hold is gone: no money was taken and none can be captured.
        State::Released | State::Expired { .. } | State::Canceled => {
            let (outcome, note) = hold_gone(&payment);
            Transition { aggregate: payment, outcome, note, foreign }
        }
        State::Started
        | State::ActionRequired { .. }
        | State::Pending
        | State::Authorized { .. }
        | State::Declined { .. }
        | State::Unknown { .. }
        | State::NotCharged => {
            payment.state = before;
            payment.open_capture = open;
            let why = format!("the PaymentIntent is {} after its capture", view.status.as_str());
            capture_unknown(payment, &why)
        }
    }
}

/// Whether a capture without a visible effect is old enough to be closed as never executed.
fn is_long_over(open: &OpenCapture, now: Timestamp) -> bool {
    open.asked.is_some_and(|asked| now.duration_since(asked) >= CLOSE_AFTER)
}

fn never_captured() -> (Outcome, String) {
    let what = "Stripe has not captured it; the hold can be captured again";
    let failure = Failure {
        code: "NOT_CAPTURED".to_owned(),
        operator_message: what.to_owned(),
        payer_message: NOT_DONE.to_owned(),
        advice: Advice::RetryLater,
        ..Failure::default()
    };
    (Outcome::Declined(failure), what.to_owned())
}

/// The outcome of a capture after the end of the hold.
fn hold_gone(payment: &Payment) -> (Outcome, String) {
    let (outcome, note) = outcome_of(payment);
    match (outcome, &payment.state) {
        (Outcome::Declined(failure), State::Expired { .. }) => {
            (Outcome::Declined(Failure { code: "HOLD_EXPIRED".to_owned(), ..failure }), note)
        }
        other => (other.0, note),
    }
}

fn capture_unknown(mut payment: Payment, why: &str) -> Transition<Payment> {
    if let Some(capture) = &mut payment.open_capture {
        capture.unknown = true;
    }
    let failure = Failure::unknown(why);
    let note = format!("the outcome of the capture is not known: {why}");
    Transition { aggregate: payment, outcome: Outcome::Unknown(failure), note, foreign: false }
}

/// The transition after the release of a hold, or after the cancellation of a payment that is not held.
pub(super) fn released(mut payment: Payment, seen: Observation, now: Timestamp) -> Transition<Payment> {
    match seen {
        Observation::Intent(view) => match intent::see(&mut payment, &view, now) {
            Ok(_) => after_release(payment, None),
            Err(why) => release_unknown(payment, &why),
        },
        Observation::Refused(error) => {
            if let Err(why) = see_in_refusal(&mut payment, &error, now) {
                return release_unknown(payment, &why);
            }
            let failure = error.failure;
            after_release(payment, Some(failure))
        }
        Observation::Pulled(_)
        | Observation::Refund(_)
        | Observation::Setup(_)
        | Observation::Method(_)
        | Observation::Customer(_) => release_unknown(payment, OTHER_OBJECT),
        Observation::Lost { why }
        | Observation::Unbelieved { why }
        | Observation::Kept { why }
        | Observation::KeyReused { why } => release_unknown(payment, &why),
    }
}

fn after_release(mut payment: Payment, refused: Option<Failure>) -> Transition<Payment> {
    let over = match payment.state {
        State::Released
        | State::Expired { .. }
        | State::Canceled
        | State::NotCharged
        | State::Declined { .. } => true,
        State::Started
        | State::ActionRequired { .. }
        | State::Pending
        | State::Authorized { .. }
        | State::Captured { .. }
        | State::Unknown { .. } => false,
    };
    let taken = matches!(payment.state, State::Captured { .. });
    let given_up = payment.given_up.is_some();
    if refused.is_none() && !over && !taken && payment.open_release.is_some() {
        return release_unknown(payment, "the PaymentIntent is not canceled after its release");
    }
    payment.open_release = None;
    let compensated = match payment.must_compensate() {
        Ok(must) => given_up && taken && !must,
        Err(error) => return release_unknown(payment, &error.to_string()),
    };
    let (outcome, note) = match refused {
        _ if over => (Outcome::Approved, "the hold was given back".to_owned()),
        _ if compensated => given_back(&payment),
        // A payment that cannot be stopped now is refunded after the capture.
        Some(failure) if given_up => {
            (Outcome::Pending, format!("it cannot be stopped now: {}", failure.operator_message))
        }
        None if given_up => (Outcome::Pending, "it cannot be stopped now".to_owned()),
        Some(failure) => {
            let note = format!("the release was refused: {}", failure.operator_message);
            (Outcome::Declined(failure), note)
        }
        None => follow_up_failed("WRONG_STATE_AT_PROCESSOR", "the payment was not released: it was captured"),
    };
    Transition { aggregate: payment, outcome, note, foreign: false }
}

/// The outcome for a captured payment that was given up, once no further refund is tried.
fn given_back(payment: &Payment) -> (Outcome, String) {
    match payment.left() {
        Ok(left) if left.is_zero() => (Outcome::Approved, "what was taken was given back".to_owned()),
        Ok(_) => follow_up_failed("REFUND_FAILED", "what was taken came back when it was refunded"),
        Err(error) => {
            let failure = Failure::unknown(&error.to_string());
            (Outcome::Unknown(failure), format!("what is left of the payment is not known: {error}"))
        }
    }
}

fn follow_up_failed(code: &str, why: &str) -> (Outcome, String) {
    let failure = Failure {
        code: code.to_owned(),
        operator_message: why.to_owned(),
        payer_message: NOT_DONE.to_owned(),
        advice: Advice::Never,
        ..Failure::default()
    };
    (Outcome::Declined(failure), why.to_owned())
}

fn release_unknown(mut payment: Payment, why: &str) -> Transition<Payment> {
    if let Some(release) = &mut payment.open_release {
        release.unknown = true;
    }
    let failure = Failure::unknown(why);
    let note = format!("the outcome of the release is not known: {why}");
    Transition { aggregate: payment, outcome: Outcome::Unknown(failure), note, foreign: false }
}

/// Applies the PaymentIntent in a refusal, where the refusal contains one. An error: the PaymentIntent
/// belongs to another payment.
fn see_in_refusal(payment: &mut Payment, error: &Rejection, now: Timestamp) -> Result<bool, String> {
    let shown = error.intent.as_deref();
    shown.map_or(Ok(false), |view| intent::see(payment, view, now))
}

/// The outcome of an authorization, derived from the state of the payment, with a
/// sentence for the timeline.
pub(super) fn outcome_of(payment: &Payment) -> (Outcome, String) {
    let asked = payment.order.amount;
    match &payment.state {
        State::Authorized { .. } => (Outcome::Approved, format!("{asked} is held")),
        State::Captured { captured } => (Outcome::Approved, format!("{captured} was taken at once")),
        State::ActionRequired { action, failure } => {
            (Outcome::ActionRequired(failure.clone()), format!("the payer has to act: {}", action.kind))
        }
        State::Started | State::Pending => (Outcome::Pending, "Stripe is working on it".to_owned()),
        State::Declined { failure } => {
            (Outcome::Declined(failure.clone()), format!("declined: {}", failure.operator_message))
        }
        State::Unknown { failure } => (Outcome::Unknown(failure.clone()), failure.operator_message.clone()),
        State::Released | State::Expired { .. } | State::NotCharged | State::Canceled => {
            let failure = Failure {
                code: payment.status().as_str_name().trim_start_matches("PAYMENT_STATUS_").to_owned(),
                operator_message: "the PaymentIntent was canceled".to_owned(),
                payer_message: "Your payment was canceled.".to_owned(),
                advice: Advice::Never,
                ..Failure::default()
            };
            (Outcome::Declined(failure), "the PaymentIntent was canceled".to_owned())
        }
    }
}
