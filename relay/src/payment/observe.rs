//! How an observation moves a payment: forward only, echoes ignored, terminal
//! states final. One pure function each for the three kinds of operations.

use causeway::money::Money;
use jiff::Timestamp;

/// What an object tells beside its state, and whether it is believed.
mod learn;

use learn::{learn, mismatch, refund_mismatch, was_held};

use super::{
    Action, Facts, Payment, RefundState, State,
    failure::{Advice, Failure},
    observation::Observation,
};
use crate::stripe::{
    currency,
    decline::{self, Wanted},
    error::StripeError,
    view::{Intent, NextAction, Refund},
};
use causeway::text::RequestId;

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
}

/// What an authorization came to.
pub fn authorized(mut payment: Payment, seen: Observation) -> Moved {
    let asked = payment.order.amount;
    let state = match seen {
        Observation::Intent(intent) => match mismatch(&intent, asked) {
            None => {
                learn(&mut payment.facts, &intent);
                state_of(&payment.facts, &intent, asked)
            }
            Some(why) => State::Unknown { failure: Failure::unknown(&why) },
        },
        Observation::Refused(error) => refused_state(&mut payment.facts, &error, asked),
        Observation::Refund(_)
        | Observation::Setup(_)
        | Observation::Method(_)
        | Observation::Customer(_) => {
            State::Unknown { failure: Failure::unknown("Stripe answered with another object") }
        }
        Observation::Lost { why } => State::Unknown { failure: Failure::unknown(&why) },
    };
    if may_move(&payment.state, &state) {
        payment.state = state;
    }
    let (outcome, note) = outcome_of(&payment);
    Moved { payment, outcome, note }
}

/// What a capture came to.
pub fn captured(mut payment: Payment, seen: Observation, now: Timestamp) -> Moved {
    let asked = payment.order.amount;
    match seen {
        Observation::Intent(intent) => match mismatch(&intent, asked) {
            None => after_capture(payment, &intent),
            Some(why) => capture_unknown(payment, &why),
        },
        Observation::Refused(error) => {
            // What the refusal tells of the PaymentIntent moves the payment too: it
            // may have lapsed, or been captured by somebody else.
            if let Some(intent) =
                error.body.payment_intent.as_deref().filter(|i| mismatch(i, asked).is_none())
            {
                learn(&mut payment.facts, intent);
                let state = state_of(&payment.facts, intent, asked);
                if may_move(&payment.state, &state) {
                    payment.state = state;
                }
            }
            let failure = decline::failure(&error, Wanted::FollowUp);
            let expired = State::Expired { at: payment.facts.hold_expires.or(Some(now)) };
            if failure.code == "HOLD_EXPIRED" && may_move(&payment.state, &expired) {
                payment.state = expired;
            }
            payment.open_capture = None;
            let note = format!("the capture was refused: {}", failure.operator_message);
            Moved { payment, outcome: Outcome::Declined(failure), note }
        }
        Observation::Refund(_)
        | Observation::Setup(_)
        | Observation::Method(_)
        | Observation::Customer(_) => capture_unknown(payment, "Stripe answered with another object"),
        Observation::Lost { why } => capture_unknown(payment, &why),
    }
}

/// A capture is done when the PaymentIntent says how much was captured, and that is
/// what was asked for. Anything else has to be looked at again.
fn after_capture(mut payment: Payment, intent: &Intent) -> Moved {
    learn(&mut payment.facts, intent);
    let asked = payment.open_capture.as_ref().map(|capture| capture.amount);
    let state = state_of(&payment.facts, intent, payment.order.amount);
    let State::Captured { captured } = state else {
        let why = format!("the PaymentIntent is {} after its capture", intent.status);
        return capture_unknown(payment, &why);
    };
    if asked.is_some_and(|asked| asked != captured) {
        return capture_unknown(
            payment,
            &format!("{captured} was captured, which is not what was asked for"),
        );
    }
    if may_move(&payment.state, &state) {
        payment.state = state;
    }
    payment.open_capture = None;
    Moved { payment, outcome: Outcome::Approved, note: format!("{captured} was captured") }
}

fn capture_unknown(mut payment: Payment, why: &str) -> Moved {
    if let Some(capture) = &mut payment.open_capture {
        capture.unknown = true;
    }
    let failure = Failure::unknown(why);
    Moved {
        payment,
        outcome: Outcome::Unknown(failure),
        note: format!("the outcome of the capture is not known: {why}"),
    }
}

/// What a refund came to.
pub fn refunded(mut payment: Payment, request_id: &RequestId, seen: Observation) -> Moved {
    let Some(refund) = payment.refunds.iter_mut().find(|refund| refund.request_id == *request_id) else {
        let failure = Failure::unknown("the payment has no such refund");
        return Moved {
            payment,
            outcome: Outcome::Unknown(failure),
            note: "a refund that nobody asked for".to_owned(),
        };
    };
    let amount = refund.amount;
    let state = match seen {
        Observation::Refund(view) => match refund_mismatch(&view, amount) {
            None => {
                refund.processor_id = Some(view.id.clone());
                refund.balance_transaction = view.balance_transaction.as_ref().map(|txn| txn.id().to_owned());
                refund_state(&view)
            }
            Some(why) => RefundState::Unknown { failure: Failure::unknown(&why) },
        },
        Observation::Refused(error) => {
            RefundState::Declined { failure: decline::failure(&error, Wanted::FollowUp) }
        }
        Observation::Intent(_)
        | Observation::Setup(_)
        | Observation::Method(_)
        | Observation::Customer(_) => {
            RefundState::Unknown { failure: Failure::unknown("Stripe answered with another object") }
        }
        Observation::Lost { why } => RefundState::Unknown { failure: Failure::unknown(&why) },
    };
    refund.state = state;
    let (outcome, note) = match &refund.state {
        RefundState::Succeeded => (Outcome::Approved, format!("{amount} was refunded")),
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
    };
    Moved { payment, outcome, note }
}

/// What the payer is told of a refund that did not come.
const NO_REFUND: &str = "Your refund could not be made. Please contact the merchant.";

fn refund_state(view: &Refund) -> RefundState {
    match view.status.as_deref() {
        Some("succeeded") => RefundState::Succeeded,
        Some("failed") => {
            let reason = view.failure_reason.clone().unwrap_or_default();
            let failure = Failure {
                code: "REFUND_FAILED".to_owned(),
                operator_message: format!("the refund failed: {reason}"),
                processor_code: reason,
                payer_message: NO_REFUND.to_owned(),
                advice: Advice::Operator,
                ..Failure::default()
            };
            RefundState::Failed { failure }
        }
        Some("canceled") => RefundState::Canceled,
        // pending, requires_action, and what there will be tomorrow.
        _ => RefundState::Pending,
    }
}

/// Whether a state may follow another. Terminal states are final, and nothing
/// that happened becomes unknown again.
fn may_move(from: &State, to: &State) -> bool {
    match from {
        State::Started | State::Unknown { .. } => true,
        State::ActionRequired { .. } | State::Pending => {
            !matches!(to, State::Started | State::Unknown { .. })
        }
        State::Authorized { .. } => {
            matches!(to, State::Captured { .. } | State::Released | State::Expired { .. })
        }
        State::Captured { .. }
        | State::Declined { .. }
        | State::Released
        | State::Expired { .. }
        | State::NotCharged
        | State::Canceled => false,
    }
}

/// The state that a PaymentIntent shows, after what it told beside was learned.
fn state_of(facts: &Facts, intent: &Intent, asked: Money) -> State {
    match intent.status.as_str() {
        "requires_capture" => State::Authorized { hold_expires: facts.hold_expires },
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
        "requires_payment_method" | "requires_source" => State::Declined {
            failure: decline::failure_of_attempt(intent.last_payment_error.as_ref(), asked),
        },
        "canceled" => match intent.cancellation_reason.as_deref() {
            Some("automatic" | "expired") => State::Expired { at: facts.hold_expires },
            _ if was_held(intent) => State::Released,
            _ => State::Canceled,
        },
        // processing, requires_confirmation, and what there will be tomorrow: not
        // final, so neither paid nor failed.
        _ => State::Pending,
    }
}

/// The state after a definitive no. Asking for the payer is not a failure: the
/// PaymentIntent stays, and the payer can go on with it.
fn refused_state(facts: &mut Facts, error: &StripeError, asked: Money) -> State {
    let failure = decline::failure(error, Wanted::Payment(asked));
    if let Some(card) = error.body.payment_method.as_ref().and_then(|tried| tried.card.as_ref()) {
        facts.card = Some(card.shown());
    }
    let Some(intent) = error.body.payment_intent.as_deref() else {
        return State::Declined { failure };
    };
    learn(facts, intent);
    match (failure.advice, &intent.client_secret) {
        (Advice::BringPayer, Some(_)) => {
            let action = action_of(intent.next_action.as_ref(), intent.client_secret.as_deref());
            let action = Action { kind: "authentication_required".to_owned(), ..action };
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

fn outcome_of(payment: &Payment) -> (Outcome, String) {
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
                ..Failure::default()
            };
            (Outcome::Declined(failure), "the PaymentIntent was canceled".to_owned())
        }
    }
}

#[cfg(test)]
mod tests;
