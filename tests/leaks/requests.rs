//! Requests with card data.

use causeway::v1::{self, CardReuse, authorize_request, tokenize_request};

use super::canary::Card;
use crate::stage::order;

/// A payment with a card number.
pub(super) fn pay(id: &str, money: &str, card: &Card) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        instrument: Some(authorize_request::Instrument::Card(card.wire())),
        ..order(id, money)
    }
}

/// A payment with a card number to be stored.
pub(super) fn pay_and_store_card(id: &str, money: &str, card: &Card) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        customer: Some(customer(id)),
        store_card: CardReuse::OffSession.into(),
        ..pay(id, money, card)
    }
}

/// A card number that becomes a token.
pub(super) fn tokenize(id: &str, system: &str, card: &Card) -> v1::TokenizeRequest {
    v1::TokenizeRequest {
        request_id: id.to_owned(),
        customer: Some(customer(id)),
        instrument: Some(tokenize_request::Instrument::Card(card.wire())),
        payment_system: system.to_owned(),
        ..Default::default()
    }
}

/// A customer with every detail.
pub(super) fn customer(id: &str) -> v1::Customer {
    v1::Customer {
        id: format!("customer-{id}"),
        email: format!("{id}@example.com"),
        name: "Ann Example".to_owned(),
        phone: "+49 30 123456".to_owned(),
        address: Some(v1::Address {
            line1: "Long Street 1".to_owned(),
            city: "Berlin".to_owned(),
            postal_code: "10115".to_owned(),
            country: "DE".to_owned(),
            ..Default::default()
        }),
        language: "de".to_owned(),
    }
}
