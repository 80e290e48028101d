//! Projection of events from the cards of a customer, and the events emitted so far.

use causeway::{text::CardToken, v1::EventKind};

use super::{CardState, Customer};
use crate::payment::Card;

/// Latest event emitted about a card.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum EmittedCardEvents {
    /// No event was emitted yet.
    #[default]
    Nothing,
    /// The card was added or updated; the card data in that event.
    Added(Card),
    /// The removal of the card was emitted.
    Removed,
}

impl Customer {
    /// The due events and the token of the card of each. The call marks the returned events as emitted.
    pub fn pending_events(&mut self) -> Vec<(EventKind, CardToken)> {
        let mut news = vec![];
        for card in &mut self.cards {
            let kind = match (&card.state, &card.emitted) {
                (CardState::Active, EmittedCardEvents::Nothing) => EventKind::CardAdded,
                (CardState::Active, EmittedCardEvents::Added(shown)) if *shown != card.card => {
                    EventKind::CardUpdated
                }
                (CardState::Deleted, EmittedCardEvents::Added(_)) => EventKind::CardRemoved,
                (
                    CardState::Verifying
                    | CardState::ActionRequired { .. }
                    | CardState::Active
                    | CardState::Failed { .. }
                    | CardState::Unknown { .. }
                    | CardState::Deleting { .. }
                    | CardState::Deleted,
                    EmittedCardEvents::Nothing | EmittedCardEvents::Added(_) | EmittedCardEvents::Removed,
                ) => continue,
            };
            let gone = kind == EventKind::CardRemoved;
            card.emitted =
                if gone { EmittedCardEvents::Removed } else { EmittedCardEvents::Added(card.card.clone()) };
            news.push((kind, card.token.clone()));
        }
        news
    }
}
