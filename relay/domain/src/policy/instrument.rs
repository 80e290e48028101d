//! The instrument of an order: kind, type and brand, as far as known.

use causeway::{
    card::Brand,
    request::{Instrument, Reuse},
};

use crate::{customer::StoredCard, observation::MethodSnapshot, tenant::MethodType};

/// The kind of the instrument that pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstrumentKind {
    /// A card given by number.
    Number {
        /// Whether the security code was given too.
        cvc: bool,
    },
    /// A PaymentMethod of the processor.
    Method,
    /// A stored card, with the reuse to which the payer agreed.
    Kept(Reuse),
}

/// The brand of a card that shows none; on no allowlist.
const UNKNOWN: &str = "unknown";

/// Type and brand of the instrument. The brand comes from Stripe or from the digits of the number,
/// never from the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Unknown until the processor shows the PaymentMethod.
    Unknown,
    /// A card, plain, in a wallet or inside another method.
    Card {
        /// The type that the allowlist has to contain: card, the wallet, or the other method.
        kind: MethodType,
        /// The brand as Stripe or the card number shows it. The brand may be unknown to the relay.
        brand: String,
    },
    /// Any other method, by Stripe's name of the type.
    Other(String),
}

impl Method {
    /// The method of a card number: the first digits determine the brand.
    pub fn of_number(brand: Option<Brand>) -> Method {
        let brand = brand.map_or(UNKNOWN, Brand::as_str).to_owned();
        Method::Card { kind: MethodType::Card, brand }
    }

    /// The method of a PaymentMethod, as the processor shows the object. A method that shows a card is
    /// judged by the brand too, whatever type carries the card.
    pub fn of_snapshot(method: &MethodSnapshot) -> Method {
        // A wallet that the relay does not know is on no allowlist.
        let Some(kind) = MethodType::parse(&method.allowlisted_as) else {
            return Method::Other(method.allowlisted_as.clone());
        };
        let brand = method.card.as_ref().map(|card| card.brand.clone());
        let is_card = method.kind == MethodType::Card.as_str() || kind.is_card();
        match brand {
            Some(brand) => Method::Card { kind, brand },
            None if is_card => Method::Card { kind, brand: UNKNOWN.to_owned() },
            None => Method::Other(method.allowlisted_as.clone()),
        }
    }

    /// The same method with the brand of the charge: the card that paid counts.
    pub fn charged_as(self, brand: &str) -> Method {
        let card = |kind| Method::Card { kind, brand: brand.to_owned() };
        match self {
            Method::Unknown => Method::Unknown,
            Method::Card { kind, .. } => card(kind),
            Method::Other(name) => MethodType::parse(&name).map_or(Method::Other(name), card),
        }
    }

    /// The method of a stored card.
    pub fn of_kept(card: &StoredCard) -> Method {
        match MethodType::parse(&card.kind) {
            Some(kind) => Method::Card { kind, brand: card.card.brand.clone() },
            None => Method::Other(card.kind.clone()),
        }
    }
}

/// Type and brand, as far as the request and the journal show them.
pub(super) fn method(instrument: &Instrument, kept: Option<&StoredCard>) -> Method {
    match (instrument, kept) {
        (_, Some(card)) => Method::of_kept(card),
        (Instrument::Card(card), None) => Method::of_number(card.number.brand()),
        (Instrument::PaymentMethod(_) | Instrument::Token(_) | Instrument::Default, None) => Method::Unknown,
    }
}

/// The kind of the instrument in a request.
pub(super) fn instrument(instrument: &Instrument, kept: Option<&StoredCard>) -> InstrumentKind {
    match (instrument, kept) {
        (_, Some(card)) => InstrumentKind::Kept(card.reuse),
        (Instrument::Card(card), None) => InstrumentKind::Number { cvc: card.cvc.is_some() },
        (Instrument::PaymentMethod(_) | Instrument::Token(_) | Instrument::Default, None) => {
            InstrumentKind::Method
        }
    }
}
