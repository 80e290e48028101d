//! The billing platform's calls about cards and rules.

use causeway::v1::{self, CardReuse, authorize_request, tokenize_request};
use tonic::{Response, Status};

use super::billing::{Billing, order, reason};

type CallResult<T> = Result<T, Status>;

/// Card data, good until 12/2034.
pub(crate) fn card(number: &str, cvc: &str) -> v1::CardData {
    v1::CardData {
        number: number.to_owned(),
        exp_month: 12,
        exp_year: 2034,
        cvc: cvc.to_owned(),
        holder_name: String::new(),
    }
}

/// A card number as an instrument of a payment.
pub(crate) fn number(number: &str, cvc: &str) -> Option<authorize_request::Instrument> {
    Some(authorize_request::Instrument::Card(card(number, cvc)))
}

/// A stored card as an instrument of a payment.
pub(crate) fn token(token: &str) -> Option<authorize_request::Instrument> {
    Some(authorize_request::Instrument::CardToken(token.to_owned()))
}

/// A customer with a valid email.
pub(crate) fn customer(id: &str) -> Option<v1::Customer> {
    let email = format!("{}@example.com", id.replace(' ', "."));
    Some(v1::Customer { id: id.to_owned(), email, ..Default::default() })
}

/// A customer without any details.
pub(crate) fn only_id(id: &str) -> Option<v1::Customer> {
    Some(v1::Customer { id: id.to_owned(), ..Default::default() })
}

/// A request to store a good card for a customer with an email.
pub(crate) fn store_card_request(request_id: &str, customer_id: &str, method: &str) -> v1::TokenizeRequest {
    v1::TokenizeRequest {
        request_id: request_id.to_owned(),
        customer: customer(customer_id),
        instrument: Some(tokenize_request::Instrument::PaymentMethod(method.to_owned())),
        payment_system: "main".to_owned(),
        ..Default::default()
    }
}

/// A request to pay with a stored card.
pub(crate) fn pay(request_id: &str, money: &str, customer_id: &str, card: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        instrument: token(card),
        customer: only_id(customer_id),
        ..order(request_id, money)
    }
}

/// A request to pay and to store the card.
pub(crate) fn pay_and_store_card(request_id: &str, money: &str, customer_id: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        customer: customer(customer_id),
        store_card: CardReuse::OffSession.into(),
        ..order(request_id, money)
    }
}

/// Code and reason of a refusal; an answer fails the test.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(answer: CallResult<T>) -> String {
    reason(&answer.expect_err("a refusal was expected"))
}

impl Billing {
    pub(crate) async fn tokenize(&self, message: v1::TokenizeRequest) -> CallResult<v1::TokenizeResponse> {
        self.client.clone().tokenize(self.request(message)).await.map(Response::into_inner)
    }

    /// Stores a card, and returns the card with the token.
    pub(crate) async fn stored_card(&self, message: v1::TokenizeRequest) -> v1::StoredCard {
        let answer = self.tokenize(message).await.unwrap();
        assert_eq!(answer.status(), v1::TokenizationStatus::SuccessfullyTokenized, "{answer:?}");
        answer.result.unwrap().card.unwrap()
    }

    pub(crate) async fn delete_card(
        &self,
        id: &str,
        customer_id: &str,
        card: &str,
    ) -> CallResult<v1::DeleteCardResponse> {
        let message = v1::DeleteCardRequest {
            request_id: id.to_owned(),
            customer_id: customer_id.to_owned(),
            card_token: card.to_owned(),
        };
        self.client.clone().delete_card(self.request(message)).await.map(Response::into_inner)
    }

    pub(crate) async fn set_default_card(
        &self,
        id: &str,
        customer_id: &str,
        card: &str,
    ) -> CallResult<v1::SetDefaultCardResponse> {
        let message = v1::SetDefaultCardRequest {
            request_id: id.to_owned(),
            customer_id: customer_id.to_owned(),
            card_token: card.to_owned(),
        };
        self.client.clone().set_default_card(self.request(message)).await.map(Response::into_inner)
    }

    pub(crate) async fn cards(&self, customer_id: &str) -> v1::ListCardsResponse {
        let message = v1::ListCardsRequest {
            customer_id: customer_id.to_owned(),
            payment_system: String::new(),
            ..Default::default()
        };
        self.client.clone().list_cards(self.request(message)).await.unwrap().into_inner()
    }

    pub(crate) async fn put_customer(
        &self,
        id: &str,
        customer: Option<v1::Customer>,
    ) -> CallResult<v1::PutCustomerResponse> {
        let message = v1::PutCustomerRequest {
            request_id: id.to_owned(),
            customer,
            payment_system: "main".to_owned(),
            ..Default::default()
        };
        self.client.clone().put_customer(self.request(message)).await.map(Response::into_inner)
    }

    pub(crate) async fn options(
        &self,
        currency: &str,
        customer_id: &str,
    ) -> CallResult<v1::ListPaymentOptionsResponse> {
        let message = v1::ListPaymentOptionsRequest {
            currency: currency.to_owned(),
            customer_id: customer_id.to_owned(),
        };
        self.client.clone().list_payment_options(self.request(message)).await.map(Response::into_inner)
    }

    pub(crate) async fn check(
        &self,
        operation: &str,
        payment: v1::AuthorizeRequest,
    ) -> CallResult<v1::CheckPolicyResponse> {
        let message = v1::CheckPolicyRequest { operation: operation.to_owned(), payment: Some(payment) };
        self.client.clone().check_policy(self.request(message)).await.map(Response::into_inner)
    }
}
