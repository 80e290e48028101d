//! What a PaymentIntent shows.

use causeway::order::authorize::CaptureMode;
use jiff::Timestamp;

use super::{
    learn::{learn, mismatch, was_held},
    move_to,
};
use crate::{
    payment::{
        Action, AlarmKind, Payment, State,
        failure::{Advice, Failure},
    },
    stripe::{
        currency,
        decline::{self, Wanted},
        error::StripeError,
        view::{Intent, NextAction},
    },
};

/// Moves a payment by what its PaymentIntent shows. Gives whether that was done straight
/// at Stripe, or why the object is not believed.
pub(super) fn see(payment: &mut Payment, intent: &Intent, now: Timestamp) -> Result<bool, String> {
    if payment.former_intents.contains(&intent.id) {
        // Its hold was renewed: what becomes of it is no matter of the payment any more.
        return Ok(false);
    }
    if let Some(why) = mismatch(intent, payment) {
        payment.contradict(AlarmKind::Mismatch, why.clone());
        return Err(why);
    }
    learn(&mut payment.facts, intent);
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

/// A capture that was under way is over once there is one, whoever made it.
fn settle_capture(payment: &mut Payment) {
    let State::Captured { captured } = payment.state else { return };
    payment.open_release = None;
    let Some(open) = payment.open_capture.take() else { return };
    if open.amount != captured {
        let what = format!("{captured} was captured where {} was asked for", open.amount);
        payment.contradict(AlarmKind::Mismatch, what);
    }
}

/// Whether nobody here asked for the move, and it is not what banks and payers do.
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

/// The state that a PaymentIntent shows, after what it told beside was learned.
pub(super) fn state_of(payment: &Payment, intent: &Intent) -> State {
    let asked = payment.order.amount;
    match intent.status.as_str() {
        "requires_capture" => State::Authorized { hold_expires: payment.facts.hold_expires },
        "succeeded" => match currency::money(intent.amount_received, asked.currency()) {
            Ok(Some(captured)) => State::Captured { captured },
            Ok(None) | Err(_) => {
                State::Unknown { failure: Failure::unknown("a paid PaymentIntent without an amount") }
            }
        },
        "requires_action" | "requires_source_action" => {
            let action = action_of(intent.next_action.as_ref(), intent.client_secret.as_deref());
            State::ActionRequired { action, failure: None }
        }
        "requires_payment_method" | "requires_source" => failed_attempt(payment, intent),
        "canceled" => match intent.cancellation_reason.as_deref() {
            Some("automatic" | "expired") => State::Expired { at: payment.facts.hold_expires },
            _ if was_held(intent) || matches!(payment.state, State::Authorized { .. }) => State::Released,
            _ => State::Canceled,
        },
        // processing, requires_confirmation, and what there will be tomorrow: not
        // final, so neither paid nor failed.
        _ => State::Pending,
    }
}

/// An attempt failed. While the payer is at it, the payment stays open: the same
/// PaymentIntent takes another try, and a second payment beside it could be a second
/// charge.
fn failed_attempt(payment: &Payment, intent: &Intent) -> State {
    let failure = decline::failure_of_attempt(intent.last_payment_error.as_ref(), payment.order.amount);
    let State::ActionRequired { failure: before, .. } = &payment.state else {
        return State::Declined { failure };
    };
    let action = action_of(intent.next_action.as_ref(), intent.client_secret.as_deref());
    let absent = before.as_ref().is_some_and(|failure| failure.advice == Advice::BringPayer);
    let kind = if absent { "authentication_required" } else { "payment_method_required" };
    let failure = if absent { before.clone() } else { Some(failure) };
    State::ActionRequired { action: Action { kind: kind.to_owned(), ..action }, failure }
}

/// The state after a definitive no. Asking for the payer is not a failure: the
/// PaymentIntent stays, and the payer can go on with it.
pub(super) fn refused_state(payment: &mut Payment, error: &StripeError) -> State {
    let failure = decline::failure(error, Wanted::Payment(payment.order.amount));
    if let Some(card) = error.body.payment_method.as_ref().and_then(|tried| tried.card.as_ref()) {
        payment.facts.card = Some(card.shown());
    }
    let Some(intent) = error.body.payment_intent.as_deref() else {
        return no(payment, failure, None);
    };
    if let Some(why) = mismatch(intent, payment) {
        payment.contradict(AlarmKind::Mismatch, why.clone());
        return State::Unknown { failure: Failure::unknown(&why) };
    }
    learn(&mut payment.facts, intent);
    // Somebody else was faster: it has gone on, and this attempt was not needed.
    if !matches!(
        intent.status.as_str(),
        "requires_payment_method" | "requires_source" | "requires_confirmation"
    ) {
        return state_of(payment, intent);
    }
    match (failure.advice, &intent.client_secret) {
        (Advice::BringPayer, Some(_)) => {
            let action = action_of(intent.next_action.as_ref(), intent.client_secret.as_deref());
            let action = Action { kind: "authentication_required".to_owned(), ..action };
            State::ActionRequired { action, failure: Some(failure) }
        }
        _ => no(payment, failure, Some(intent)),
    }
}

/// Declined, unless the payer is at it and can give another card.
fn no(payment: &Payment, failure: Failure, intent: Option<&Intent>) -> State {
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

/// What the payer has to do, of a PaymentIntent or a SetupIntent.
pub fn action_of(next: Option<&NextAction>, client_secret: Option<&str>) -> Action {
    let redirect = next.and_then(|next| next.redirect_to_url.as_ref()).and_then(|to| to.url.clone());
    Action {
        kind: next.map(|next| next.kind.clone()).unwrap_or_default(),
        client_secret: client_secret.unwrap_or_default().to_owned(),
        redirect_url: redirect.unwrap_or_default(),
    }
}
