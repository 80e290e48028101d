//! Transitions: how an observation moves a customer's cards. States move forward only; one pure function
//! for each kind of operation.

use causeway::text::{CardToken, PaymentMethodId};
use jiff::Timestamp;

use super::{CardState, Customer};
use crate::{
    observation::{Observation, RejectionReason, SetupSnapshot, SetupStatus},
    operation::CustomerCommand,
    payment::failure::{Advice, Failure},
    transition::{Outcome, Transition},
};

/// Applies an observation to a customer: the answer to an operation on a card.
pub fn apply(
    command: CustomerCommand,
    customer: Customer,
    token: &CardToken,
    seen: Observation,
    now: Timestamp,
) -> Transition<Customer> {
    match command {
        CustomerCommand::Tokenize => {
            // A refusal about a former registration does not reset the current registration.
            let gone = matches!(&seen, Observation::Refused(rejection)
                if matches!(&rejection.reason, RejectionReason::MissingCustomer(asked)
                    if asked.as_deref() == customer.processor_id()));
            let mut after = tokenized(customer, token, seen, now);
            if gone {
                after.aggregate.forgotten();
            }
            after
        }
        CustomerCommand::DeleteCard => deleted(customer, token, seen),
        CustomerCommand::SetDefaultCard => chosen(customer, token, seen, now),
        // The two commands concern no card, and have no observation.
        CustomerCommand::PutCustomer | CustomerCommand::DeactivateCustomer => {
            transition(customer, Outcome::Approved)
        }
    }
}

fn transition(customer: Customer, outcome: Outcome) -> Transition<Customer> {
    Transition { aggregate: customer, outcome, note: String::new(), foreign: false }
}

fn tokenized(
    mut customer: Customer,
    token: &CardToken,
    seen: Observation,
    now: Timestamp,
) -> Transition<Customer> {
    let expected = customer.processor_id().map(str::to_owned);
    let Some(card) = customer.card_mut(token) else {
        let outcome = Outcome::Unknown(Failure::unknown_card("the customer has no such card"));
        return transition(customer, outcome);
    };
    let state = match seen {
        Observation::Setup(setup) => {
            match mismatch(&setup, expected.as_deref(), &card.payment_method) {
                None => {
                    card.setup_intent = Some(setup.id.clone());
                    // A test id such as pm_card_visa has become a new PaymentMethod.
                    let used = setup.payment_method.as_deref().map(PaymentMethodId::parse);
                    if let Some(Ok(used)) = used {
                        card.payment_method = used;
                    }
                    state_of(&setup)
                }
                Some(why) => CardState::Unknown { failure: Failure::unknown_card(&why) },
            }
        }
        Observation::Refused(error) => {
            if let Some(setup) = &error.setup {
                card.setup_intent = Some(setup.id.clone());
            }
            CardState::Failed { failure: error.failure }
        }
        Observation::Lost { why }
        | Observation::Unbelieved { why }
        | Observation::Kept { why }
        | Observation::KeyReused { why } => CardState::Unknown { failure: Failure::unknown_card(&why) },
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
    transition(customer, outcome)
}

/// Whether a state may follow another: a decided state stays decided, and a known state
/// never becomes unknown again.
fn may_move(from: &CardState, to: &CardState) -> bool {
    match from {
        CardState::Verifying | CardState::Unknown { .. } => true,
        CardState::ActionRequired { .. } => !matches!(to, CardState::Unknown { .. }),
        CardState::Active | CardState::Failed { .. } | CardState::Deleting { .. } | CardState::Deleted => {
            false
        }
    }
}

fn state_of(setup: &SetupSnapshot) -> CardState {
    match setup.status {
        SetupStatus::Succeeded => CardState::Active,
        SetupStatus::RequiresAction => CardState::ActionRequired { action: setup.action.clone() },
        SetupStatus::RequiresPaymentMethod => CardState::Failed { failure: setup.failure.clone() },
        SetupStatus::Canceled => CardState::Failed {
            failure: Failure {
                code: "CARD_SETUP_CANCELED".to_owned(),
                advice: Advice::RetryLater,
                operator_message: "the SetupIntent was canceled at Stripe before the card was verified"
                    .to_owned(),
                payer_message: "Your card was not saved. Please add it again.".to_owned(),
                ..Failure::default()
            },
        },
        // Status `processing`, and words that the relay does not know.
        SetupStatus::Other => CardState::Verifying,
    }
}

/// Why an answer is not believed: the SetupIntent is about another customer or another card.
fn mismatch(setup: &SetupSnapshot, customer: Option<&str>, method: &PaymentMethodId) -> Option<String> {
    let other = |shown: Option<&str>, ours: Option<&str>| shown.is_some() && shown != ours;
    let theirs = setup.customer.as_deref();
    let used = setup.payment_method.as_deref();
    // A test id such as pm_card_visa becomes a new PaymentMethod. A PaymentMethod of the dummy processor
    // begins with the id of the original.
    let test_id = method.is_test_alias() || used.is_some_and(|used| used.starts_with(method.as_str()));
    let wrong = other(theirs, customer) || (!test_id && other(used, Some(method.as_str())));
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

fn deleted(mut customer: Customer, token: &CardToken, seen: Observation) -> Transition<Customer> {
    let Some(card) = customer.card_mut(token) else {
        return transition(customer, Outcome::Approved);
    };
    let before = match &card.state {
        CardState::Deleting { before } => before.as_ref().clone(),
        CardState::Deleted => return transition(customer, Outcome::Approved),
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
        // Stripe does not know the PaymentMethod any more.
        Observation::Refused(error) if error.is_missing() => {
            card.state = CardState::Deleted;
            Outcome::Approved
        }
        // "Not attached": another request has detached the card. A look-up resolves the outcome.
        Observation::Refused(error) if error.status == 400 => {
            Outcome::Unknown(Failure::unknown_card("Stripe says that the card is not the customer's"))
        }
        Observation::Refused(error) => {
            card.state = before;
            Outcome::Declined(error.failure)
        }
        Observation::Lost { why }
        | Observation::Unbelieved { why }
        | Observation::Kept { why }
        | Observation::KeyReused { why } => Outcome::Unknown(Failure::unknown_card(&why)),
        Observation::Method(_)
        | Observation::Intent(_)
        | Observation::Pulled(_)
        | Observation::Refund(_)
        | Observation::Setup(_)
        | Observation::Customer(_) => {
            Outcome::Unknown(Failure::unknown_card("Stripe still shows the card with its customer"))
        }
    };
    transition(customer, outcome)
}

fn chosen(
    mut customer: Customer,
    token: &CardToken,
    seen: Observation,
    now: Timestamp,
) -> Transition<Customer> {
    let outcome = match seen {
        Observation::Customer(_) => {
            customer.choose(token, now);
            Outcome::Approved
        }
        Observation::Refused(error) => Outcome::Declined(error.failure),
        Observation::Lost { why }
        | Observation::Unbelieved { why }
        | Observation::Kept { why }
        | Observation::KeyReused { why } => Outcome::Unknown(Failure::unknown_card(&why)),
        Observation::Method(_)
        | Observation::Intent(_)
        | Observation::Pulled(_)
        | Observation::Refund(_)
        | Observation::Setup(_) => {
            Outcome::Unknown(Failure::unknown_card("Stripe answered with another object"))
        }
    };
    transition(customer, outcome)
}
