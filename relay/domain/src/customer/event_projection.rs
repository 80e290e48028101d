//! Which events a card makes, and which it has made.

use causeway::{text::CardToken, v1::EventKind};

use super::{CardState, Customer};
use crate::payment::Card;

/// Which events there were of a card.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum CardTold {
    /// None.
    #[default]
    Nothing,
    /// That it can pay, and how it was shown.
    Added(Card),
    /// That it is gone.
    Removed,
}

impl Customer {
    /// What there is to tell of the cards, and of which. From then on it is told.
    pub fn pending_events(&mut self) -> Vec<(EventKind, CardToken)> {
        let mut news = vec![];
        for card in &mut self.cards {
            let kind = match (&card.state, &card.told) {
                (CardState::Active, CardTold::Nothing) => EventKind::CardAdded,
                (CardState::Active, CardTold::Added(shown)) if *shown != card.card => EventKind::CardUpdated,
                (CardState::Deleted, CardTold::Added(_)) => EventKind::CardRemoved,
                (
                    CardState::Verifying
                    | CardState::ActionRequired { .. }
                    | CardState::Active
                    | CardState::Failed { .. }
                    | CardState::Unknown { .. }
                    | CardState::Deleting { .. }
                    | CardState::Deleted,
                    CardTold::Nothing | CardTold::Added(_) | CardTold::Removed,
                ) => continue,
            };
            let gone = kind == EventKind::CardRemoved;
            card.told = if gone { CardTold::Removed } else { CardTold::Added(card.card.clone()) };
            news.push((kind, card.token.clone()));
        }
        news
    }
}
