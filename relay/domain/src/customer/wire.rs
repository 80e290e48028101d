//! The customer and the cards in the messages of the contract.

use causeway::{request::lookup::moment_to_wire, text::CardToken, v1};

use super::{CardState, Customer, StoredCard};
use crate::{
    payment::{Action, failure::Failure},
    transition::Outcome,
};

impl Customer {
    /// A card of the customer as a message of the contract.
    pub fn card_to_wire(&self, card: &StoredCard) -> v1::StoredCard {
        v1::StoredCard {
            token: card.token.to_string(),
            card: Some(card.card.to_wire()),
            display_name: card.card.display_name(),
            status: card.state.to_wire().into(),
            reuse: card.reuse.to_wire().into(),
            is_default: self.default_card().is_some_and(|default| default.token == card.token),
            created: Some(moment_to_wire(card.created)),
            customer_id: self.reference.to_string(),
            payment_system: self.payment_system.clone(),
            processor_id: card.payment_method.to_string(),
        }
    }

    /// Cards for lists, newest first: active cards and cards that wait for the payer.
    pub fn kept(&self) -> impl Iterator<Item = v1::StoredCard> {
        let kept =
            |card: &&StoredCard| matches!(card.state, CardState::Active | CardState::ActionRequired { .. });
        self.cards.iter().rev().filter(kept).map(|card| self.card_to_wire(card))
    }

    /// The result of an operation on a card or a customer, as a message of the contract.
    pub fn result(&self, token: Option<&CardToken>, outcome: &Outcome) -> v1::CardOperationResult {
        let card = token.and_then(|token| self.card(token));
        let action = card.and_then(|card| {
            if let CardState::ActionRequired { action } = &card.state { Some(action) } else { None }
        });
        let (outcome, failure) = outcome.parts();
        v1::CardOperationResult {
            outcome: outcome.into(),
            duplicate: false,
            customer_id: self.reference.to_string(),
            payment_system: self.payment_system.clone(),
            processor_customer: self.processor_id().unwrap_or_default().to_owned(),
            card: card.map(|card| self.card_to_wire(card)),
            action: action.map(Action::to_wire),
            failure: failure.map(Failure::to_wire),
        }
    }
}

impl CardState {
    fn to_wire(&self) -> v1::CardStatus {
        match self {
            CardState::Verifying | CardState::Unknown { .. } => v1::CardStatus::Verifying,
            CardState::ActionRequired { .. } => v1::CardStatus::ActionRequired,
            CardState::Active => v1::CardStatus::Active,
            CardState::Failed { .. } => v1::CardStatus::Failed,
            CardState::Deleting { .. } => v1::CardStatus::Deleting,
            CardState::Deleted => v1::CardStatus::Deleted,
        }
    }
}
