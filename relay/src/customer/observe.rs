//! How an observation moves a customer's cards: forward only, one pure function for
//! each kind of operation.

use causeway::text::{CardToken, PaymentMethodId};
use jiff::Timestamp;

use super::{CardState, Customer};
use crate::{
    journal::Kind,
    payment::{
        failure::{Advice, Failure},
        observation::Observation,
        observe::{Outcome, action_of},
    },
    stripe::{decline, decline::Wanted, view::SetupIntent},
};

/// A customer after an observation, and what that means for the operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// As they are now.
    pub customer: Customer,
    /// What became of the operation.
    pub outcome: Outcome,
}

/// What was seen, and of which customer Stripe was asked.
pub struct Seen {
    /// What was seen.
    pub seen: Observation,
    /// "cus_…", where the request named one.
    pub customer: Option<String>,
}

/// What an operation on a card came to.
pub fn moved(kind: Kind, customer: Customer, token: &CardToken, seen: Seen, now: Timestamp) -> Moved {
    let Seen { seen, customer: asked } = seen;
    match kind {
        Kind::Tokenize => {
            let gone = matches!(&seen, Observation::Refused(error) if error.is_about_a_missing_customer())
                && asked.as_deref() == customer.processor_id();
            let mut moved = tokenized(customer, token, seen, now);
            if gone {
                moved.customer.forgotten();
            }
            moved
        }
        Kind::DeleteCard => deleted(customer, token, seen),
        Kind::SetDefaultCard => chosen(customer, token, seen, now),
        // The others are not about cards, and no observation is theirs.
        Kind::PutCustomer
        | Kind::Authorize
        | Kind::Capture
        | Kind::Refund
        | Kind::Confirm
        | Kind::ReleaseHold
        | Kind::ReportOrderFailed
        | Kind::ImportPayment
        | Kind::DecideRefund
        | Kind::RenewHold
        | Kind::DeactivateCustomer => Moved { customer, outcome: Outcome::Approved },
    }
}

fn tokenized(mut customer: Customer, token: &CardToken, seen: Observation, now: Timestamp) -> Moved {
    let expected = customer.processor_id().map(str::to_owned);
    let Some(card) = customer.card_mut(token) else {
        let outcome = Outcome::Unknown(Failure::unknown_card("the customer has no such card"));
        return Moved { customer, outcome };
    };
    let state = match seen {
        Observation::Setup(setup) => {
            match mismatch(&setup, expected.as_deref(), card.payment_method.as_str()) {
                None => {
                    card.setup_intent = Some(setup.id.clone());
                    // A test id such as pm_card_visa has become a PaymentMethod of its own.
                    let used =
                        setup.payment_method.as_ref().map(|method| PaymentMethodId::parse(method.id()));
                    if let Some(Ok(used)) = used {
                        card.payment_method = used;
                    }
                    state_of(&setup)
                }
                Some(why) => CardState::Unknown { failure: Failure::unknown_card(&why) },
            }
        }
        Observation::Refused(error) => {
            if let Some(setup) = &error.body.setup_intent {
                card.setup_intent = Some(setup.id.clone());
            }
            CardState::Failed { failure: decline::failure(&error, Wanted::Card) }
        }
        Observation::Lost { why } | Observation::Kept { why } | Observation::KeyReused { why } => {
            CardState::Unknown { failure: Failure::unknown_card(&why) }
        }
        Observation::Intent(_)
        | Observation::Pulled(_)
        | Observation::Refund(_)
        | Observation::Method(_)
        | Observation::Customer(_) => {
            CardState::Unknown { failure: Failure::unknown_card("Stripe answered with another object") }
        }
    };
    if may_move(&card.state, &state) {
        card.state = state;
        card.attached |= card.state == CardState::Active;
    }
    let outcome = outcome_of(&card.state);
    customer.settle_default(now);
    customer.forget_failed();
    Moved { customer, outcome }
}

/// Whether a state may follow another: what is decided stays decided, and nothing
/// that was seen becomes unknown again.
fn may_move(from: &CardState, to: &CardState) -> bool {
    match from {
        CardState::Verifying | CardState::Unknown { .. } => true,
        CardState::ActionRequired { .. } => !matches!(to, CardState::Unknown { .. }),
        CardState::Active | CardState::Failed { .. } | CardState::Deleting { .. } | CardState::Deleted => {
            false
        }
    }
}

fn state_of(setup: &SetupIntent) -> CardState {
    match setup.status.as_str() {
        "succeeded" => CardState::Active,
        "requires_action" => {
            let action = action_of(setup.next_action.as_ref(), setup.client_secret.as_deref());
            CardState::ActionRequired { action }
        }
        "requires_payment_method" => {
            CardState::Failed { failure: decline::failure_of_setup(setup.last_setup_error.as_ref()) }
        }
        "canceled" => CardState::Failed {
            failure: Failure {
                code: "CARD_SETUP_CANCELED".to_owned(),
                advice: Advice::RetryLater,
                operator_message: "the SetupIntent was canceled at Stripe before the card was verified"
                    .to_owned(),
                payer_message: "Your card was not saved. Please add it again.".to_owned(),
                ..Failure::default()
            },
        },
        // processing, requires_confirmation, and what there will be tomorrow.
        _ => CardState::Verifying,
    }
}

/// An answer about another customer or card is not believed.
fn mismatch(setup: &SetupIntent, customer: Option<&str>, method: &str) -> Option<String> {
    let other = |told: Option<&str>, ours: Option<&str>| told.is_some() && told != ours;
    let theirs = setup.customer.as_ref().map(|customer| customer.id());
    let used = setup.payment_method.as_ref().map(|method| method.id());
    // A test id such as pm_card_visa becomes a PaymentMethod of its own, and so does every
    // one of the dummy's, which begins with the id that it was made of.
    let test_id = method.starts_with("pm_card_") || used.is_some_and(|used| used.starts_with(method));
    let wrong = other(theirs, customer) || (!test_id && other(used, Some(method)));
    wrong.then(|| format!("{} is about another customer or another card", setup.id))
}

fn outcome_of(state: &CardState) -> Outcome {
    match state {
        CardState::Active => Outcome::Approved,
        CardState::Verifying => Outcome::Pending,
        CardState::ActionRequired { .. } => Outcome::ActionRequired(None),
        CardState::Failed { failure } => Outcome::Declined(failure.clone()),
        CardState::Unknown { failure } => Outcome::Unknown(failure.clone()),
        CardState::Deleting { .. } | CardState::Deleted => Outcome::Declined(Failure {
            code: "CARD_DELETED".to_owned(),
            operator_message: "the card was deleted meanwhile".to_owned(),
            payer_message: "This card was removed. Please add it again.".to_owned(),
            ..Failure::default()
        }),
    }
}

fn deleted(mut customer: Customer, token: &CardToken, seen: Observation) -> Moved {
    let Some(card) = customer.card_mut(token) else {
        return Moved { customer, outcome: Outcome::Approved };
    };
    let before = match &card.state {
        CardState::Deleting { before } => before.as_ref().clone(),
        CardState::Deleted => return Moved { customer, outcome: Outcome::Approved },
        CardState::Verifying
        | CardState::ActionRequired { .. }
        | CardState::Active
        | CardState::Failed { .. }
        | CardState::Unknown { .. } => card.state.clone(),
    };
    let outcome = match seen {
        Observation::Method(method) if method.customer.is_none() => {
            card.state = CardState::Deleted;
            Outcome::Approved
        }
        // Stripe does not know it any more.
        Observation::Refused(error) if error.body.code() == "resource_missing" => {
            card.state = CardState::Deleted;
            Outcome::Approved
        }
        // "Not attached": it was detached by somebody else. A look tells.
        Observation::Refused(error) if error.status == 400 => {
            Outcome::Unknown(Failure::unknown_card("Stripe says that the card is not the customer's"))
        }
        Observation::Refused(error) => {
            card.state = before;
            Outcome::Declined(decline::failure(&error, Wanted::FollowUp))
        }
        Observation::Lost { why } | Observation::Kept { why } | Observation::KeyReused { why } => {
            Outcome::Unknown(Failure::unknown_card(&why))
        }
        Observation::Method(_)
        | Observation::Intent(_)
        | Observation::Pulled(_)
        | Observation::Refund(_)
        | Observation::Setup(_)
        | Observation::Customer(_) => {
            Outcome::Unknown(Failure::unknown_card("Stripe still shows the card with its customer"))
        }
    };
    Moved { customer, outcome }
}

fn chosen(mut customer: Customer, token: &CardToken, seen: Observation, now: Timestamp) -> Moved {
    let outcome = match seen {
        Observation::Customer(_) => {
            customer.choose(token, now);
            Outcome::Approved
        }
        Observation::Refused(error) => Outcome::Declined(decline::failure(&error, Wanted::FollowUp)),
        Observation::Lost { why } | Observation::Kept { why } | Observation::KeyReused { why } => {
            Outcome::Unknown(Failure::unknown_card(&why))
        }
        Observation::Method(_)
        | Observation::Intent(_)
        | Observation::Pulled(_)
        | Observation::Refund(_)
        | Observation::Setup(_) => {
            Outcome::Unknown(Failure::unknown_card("Stripe answered with another object"))
        }
    };
    Moved { customer, outcome }
}
