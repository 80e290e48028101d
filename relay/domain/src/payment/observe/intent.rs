//! Transitions from the state of a PaymentIntent.

use causeway::request::authorize::CaptureMode;
use jiff::Timestamp;

use super::{
    learn::{learn, mismatch, was_held},
    move_to,
};
use crate::{
    observation::{IntentSnapshot, IntentStatus, Rejection},
    payment::{
        Action, AlarmKind, Payment, State,
        failure::{Advice, Failure},
    },
};

/// Moves a payment by a snapshot of the PaymentIntent. `Ok(true)`: the move was made directly at Stripe;
/// `Err`: the reason why the snapshot is not believed.
pub(super) fn see(payment: &mut Payment, intent: &IntentSnapshot, now: Timestamp) -> Result<bool, String> {
    if payment.former_intents.contains(&intent.id) {
        // The hold of a former PaymentIntent was renewed: the former PaymentIntent no
        // longer affects the payment.
        return Ok(false);
    }
    if let Some(why) = mismatch(intent, payment) {
        payment.contradict(AlarmKind::Mismatch, why.clone());
        return Err(why);
    }
    learn(payment, intent);
    let to = state_of(payment, intent);
    let before = payment.state.clone();
    let foreign = is_foreign(payment, &to);
    move_to(payment, to, now);
    settle_capture(payment);
    if matches!(payment.state, State::Released | State::Expired { .. } | State::Canceled) {
        payment.open_capture = None;
        payment.open_release = None;
    }
    Ok(foreign && payment.state != before)
}

/// Closes a capture in flight once the payment is captured, also by another system.
fn settle_capture(payment: &mut Payment) {
    let State::Captured { captured } = payment.state else { return };
    payment.open_release = None;
    let Some(open) = payment.open_capture.take() else { return };
    if open.amount != captured {
        let what = format!("{captured} was captured where {} was asked for", open.amount);
        payment.contradict(AlarmKind::Mismatch, what);
    }
}

/// Whether the move was made directly at Stripe: by no request of the relay, and by neither a
/// bank nor a payer.
fn is_foreign(payment: &Payment, to: &State) -> bool {
    match to {
        State::Captured { .. } => {
            payment.capture_mode == CaptureMode::Manual && payment.open_capture.is_none()
        }
        State::Released | State::Canceled => payment.open_release.is_none() && payment.given_up.is_none(),
        State::Started
        | State::ActionRequired { .. }
        | State::Pending
        | State::Authorized { .. }
        | State::Declined { .. }
        | State::Unknown { .. }
        | State::Expired { .. }
        | State::NotCharged => false,
    }
}

/// The state that a PaymentIntent shows. The facts of the snapshot have to be stored before the call.
pub(super) fn state_of(payment: &Payment, intent: &IntentSnapshot) -> State {
    match &intent.status {
        IntentStatus::RequiresCapture => State::Authorized { hold_expires: payment.facts.hold_expires },
        IntentStatus::Succeeded => match intent.received.money {
            Some(captured) => State::Captured { captured },
            None => State::Unknown { failure: Failure::unknown("a paid PaymentIntent without an amount") },
        },
        IntentStatus::RequiresAction => {
            State::ActionRequired { action: intent.action.clone(), failure: None }
        }
        IntentStatus::RequiresPaymentMethod => failed_attempt(payment, intent),
        IntentStatus::Canceled if intent.lapsed => State::Expired { at: payment.facts.hold_expires },
        IntentStatus::Canceled if was_held(intent) || matches!(payment.state, State::Authorized { .. }) => {
            State::Released
        }
        IntentStatus::Canceled => State::Canceled,
        // The status is not final: neither paid nor failed.
        IntentStatus::RequiresConfirmation | IntentStatus::Other(_) => State::Pending,
    }
}

/// The state after a failed attempt. While the payer is present, the payment stays open: the same
/// PaymentIntent takes another attempt, and a second payment could be a second charge.
fn failed_attempt(payment: &Payment, intent: &IntentSnapshot) -> State {
    let failure = intent.failure.clone().unwrap_or_else(Failure::unexplained);
    let State::ActionRequired { failure: before, .. } = &payment.state else {
        return State::Declined { failure };
    };
    let action = intent.action.clone();
    let absent = before.as_ref().is_some_and(|failure| failure.advice == Advice::BringPayer);
    let kind = if absent { "authentication_required" } else { "payment_method_required" };
    let failure = if absent { before.clone() } else { Some(failure) };
    State::ActionRequired { action: Action { kind: kind.to_owned(), ..action }, failure }
}

/// The state after a definitive refusal. A required authentication is not a failure: the PaymentIntent
/// stays open, and the payer can confirm the payment.
pub(super) fn refused_state(payment: &mut Payment, error: &Rejection) -> State {
    let failure = error.failure.clone();
    if let Some(card) = &error.card {
        payment.facts.card = Some(card.clone());
    }
    let Some(intent) = error.intent.as_deref() else {
        return no(payment, failure, None);
    };
    if let Some(why) = mismatch(intent, payment) {
        payment.contradict(AlarmKind::Mismatch, why.clone());
        return State::Unknown { failure: Failure::unknown(&why) };
    }
    learn(payment, intent);
    // Another request was faster: the PaymentIntent has advanced, and the refused attempt was not needed.
    if !intent.status.waits_for_a_method() {
        return state_of(payment, intent);
    }
    match (failure.advice, &intent.client_secret) {
        (Advice::BringPayer, Some(_)) => {
            let action = Action { kind: "authentication_required".to_owned(), ..intent.action.clone() };
            State::ActionRequired { action, failure: Some(failure) }
        }
        _ => no(payment, failure, Some(intent)),
    }
}

/// Declined, unless the payer is present and can use another card.
fn no(payment: &Payment, failure: Failure, intent: Option<&IntentSnapshot>) -> State {
    match (&payment.state, intent) {
        (State::ActionRequired { action, .. }, intent) => {
            let secret = intent.and_then(|intent| intent.client_secret.clone());
            let action = Action {
                kind: "payment_method_required".to_owned(),
                client_secret: secret.unwrap_or_else(|| action.client_secret.clone()),
                redirect_url: String::new(),
            };
            State::ActionRequired { action, failure: Some(failure) }
        }
        _ => State::Declined { failure },
    }
}
