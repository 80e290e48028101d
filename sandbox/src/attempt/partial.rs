//! Partial authorization: the bank of some cards authorizes less than the requested amount.

use crate::bank::cards::TestBehaviour;
use crate::currency::{MAX_BY_CARD, check_charge, seventy_percent};
use crate::objects::card::Card;
use crate::objects::payment_intent::Terms;

/// The amount that the bank of a card authorizes. A bank that can authorize only a part declines if the caller
/// does not accept a part, or if the part is below the least charge.
pub(super) fn authorized_amount(terms: &Terms, card: &Card) -> Option<u64> {
    if card.behaviour != TestBehaviour::AuthorizesPart {
        return Some(terms.amount);
    }
    let part = seventy_percent(terms.amount, &terms.currency);
    let accepted =
        terms.options.card.partial_authorization && check_charge(part, &terms.currency, MAX_BY_CARD).is_ok();
    accepted.then_some(part)
}
