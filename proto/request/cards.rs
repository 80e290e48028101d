//! Requests for stored cards and customers: tokenize, delete, list, set the default, put a
//! customer.

use super::{
    Form,
    customer::{Customer, EmailGiven},
    instrument::{Instrument, Reuse, read_card},
    lookup::{PageToken, page_size},
};
use crate::{
    currency::{Currency, CurrencyError},
    refusal::Refusal,
    text::{CardToken, CustomerId, Email, PaymentMethodId, RequestId, ReturnUrl, SystemName},
    v1,
};

/// A well-formed Tokenize request.
#[derive(Debug, serde::Serialize)]
pub struct Tokenize {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// The customer, as owner of the card.
    pub customer: Customer,
    /// The card to store.
    #[serde(flatten)]
    pub instrument: Instrument,
    /// How the stored card may be reused.
    pub reuse: Reuse,
    /// Payment system that stores the card; `None`: chosen by the relay.
    pub payment_system: Option<SystemName>,
    /// Currency in which the card is going to pay.
    pub currency: Option<AskedCurrency>,
    /// Whether the card becomes the customer's default card.
    pub make_default: bool,
    /// URL to which the browser returns after 3-D Secure.
    pub return_url: Option<ReturnUrl>,
}

/// The currency of a request. An unknown currency is a policy rule and not a mistake of form.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum AskedCurrency {
    /// A currency of ISO 4217.
    Known(Currency),
    /// Three letters that are no currency.
    Unknown(String),
}

impl AskedCurrency {
    /// Reads a currency code; only a text that is not three upper-case letters is an error.
    pub fn parse(code: &str) -> Result<AskedCurrency, CurrencyError> {
        match Currency::parse(code) {
            Ok(currency) => Ok(AskedCurrency::Known(currency)),
            Err(CurrencyError::Unknown(code)) => Ok(AskedCurrency::Unknown(code)),
            Err(error @ CurrencyError::NotACode) => Err(error),
        }
    }
}

/// A well-formed DeleteCard request.
#[derive(Debug, serde::Serialize)]
pub struct DeleteCard {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// The customer, as owner of the card.
    pub customer: CustomerId,
    /// Token of the card to delete.
    pub card: CardToken,
}

/// A well-formed SetDefaultCard request.
#[derive(Debug, serde::Serialize)]
pub struct SetDefaultCard {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// The customer, as owner of the card.
    pub customer: CustomerId,
    /// Token of the new default card.
    pub card: CardToken,
}

/// A well-formed PutCustomer request.
#[derive(Debug, serde::Serialize)]
pub struct PutCustomer {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// The customer with new details.
    pub customer: Customer,
    /// Payment system with the processor that receives the customer.
    pub payment_system: Option<SystemName>,
    /// Whether the processor receives the customer after the answer.
    #[serde(skip)]
    pub asynchronous: bool,
}

/// A well-formed DeactivateCustomer request.
#[derive(Debug, serde::Serialize)]
pub struct DeactivateCustomer {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// The customer to deactivate.
    pub customer: CustomerId,
}

/// A well-formed ListCards request.
#[derive(Debug)]
pub struct ListCards {
    /// The customer, as owner of the cards.
    pub customer: CustomerId,
    /// Only cards of this payment system, if given.
    pub payment_system: Option<SystemName>,
    /// Maximum number of cards on the page; `None`: all of them in one answer.
    pub page_size: Option<u32>,
    /// The token of the page before; `None` for the first page.
    pub token: Option<PageToken>,
}

/// Maximum number of cards on a page.
const MAX_PAGE: u32 = 500;

impl Tokenize {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::TokenizeRequest) -> Result<Tokenize, Refusal> {
        let mut form = Form::default();
        let parts = Tokenize::read_parts(&mut form, message);
        form.finish(parts)
    }

    fn read_parts(form: &mut Form, m: &v1::TokenizeRequest) -> Option<Tokenize> {
        use v1::tokenize_request::Instrument as Wire;
        let request_id = form.request_id(&m.request_id);
        let customer = Customer::needed(form, "customer", m.customer.as_ref());
        let instrument = match &m.instrument {
            Some(Wire::PaymentMethod(id)) => {
                form.field("payment_method", PaymentMethodId::parse(id)).map(Instrument::PaymentMethod)
            }
            Some(Wire::Card(card)) => read_card(form, card).map(Instrument::Card),
            None => {
                form.wrong("instrument", "give one of payment_method, card".to_owned());
                None
            }
        };
        let reuse = Reuse::read(form, "reuse", m.reuse, Some(Reuse::OffSession));
        if reuse == Some(None) {
            form.wrong(
                "reuse",
                "a card that may not be used again is not kept; give ON_SESSION or OFF_SESSION".to_owned(),
            );
        }
        let payment_system = form.optional("payment_system", &m.payment_system, SystemName::parse);
        let currency = form.optional("currency", &m.currency, AskedCurrency::parse);
        let return_url = form.optional("return_url", &m.return_url, ReturnUrl::parse);
        Some(Tokenize {
            request_id: request_id?,
            customer: customer?,
            instrument: instrument?,
            reuse: reuse??,
            payment_system: payment_system?,
            currency: currency?,
            make_default: m.make_default,
            return_url: return_url?,
        })
    }
}

impl DeleteCard {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::DeleteCardRequest) -> Result<DeleteCard, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let (customer, card) = card_of(&mut form, &message.customer_id, &message.card_token);
        let parts = (|| Some(DeleteCard { request_id: request_id?, customer: customer?, card: card? }))();
        form.finish(parts)
    }
}

impl SetDefaultCard {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::SetDefaultCardRequest) -> Result<SetDefaultCard, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let (customer, card) = card_of(&mut form, &message.customer_id, &message.card_token);
        let parts = (|| Some(SetDefaultCard { request_id: request_id?, customer: customer?, card: card? }))();
        form.finish(parts)
    }
}

fn card_of(form: &mut Form, customer: &str, card: &str) -> (Option<CustomerId>, Option<CardToken>) {
    let customer = form.field("customer_id", CustomerId::parse(customer));
    (customer, form.field("card_token", CardToken::parse(card)))
}

impl PutCustomer {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::PutCustomerRequest) -> Result<PutCustomer, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let customer = Customer::needed(&mut form, "customer", message.customer.as_ref());
        // In PutCustomer an invalid email is a mistake of form; elsewhere a policy rule decides.
        if let (Some(Customer { email: EmailGiven::Invalid, .. }), Some(wire)) =
            (&customer, &message.customer)
        {
            form.field("customer.email", Email::parse(&wire.email));
        }
        let payment_system = form.optional("payment_system", &message.payment_system, SystemName::parse);
        let asynchronous = form.asynchronous(message.answer_mode);
        let parts = (|| {
            Some(PutCustomer {
                request_id: request_id?,
                customer: customer?,
                payment_system: payment_system?,
                asynchronous: asynchronous?,
            })
        })();
        form.finish(parts)
    }
}

impl DeactivateCustomer {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::DeactivateCustomerRequest) -> Result<DeactivateCustomer, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let customer = form.field("customer_id", CustomerId::parse(&message.customer_id));
        let parts = (|| Some(DeactivateCustomer { request_id: request_id?, customer: customer? }))();
        form.finish(parts)
    }
}

impl ListCards {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::ListCardsRequest) -> Result<ListCards, Refusal> {
        let mut form = Form::default();
        let customer = form.field("customer_id", CustomerId::parse(&message.customer_id));
        let payment_system = form.optional("payment_system", &message.payment_system, SystemName::parse);
        let page_size = page_size(&mut form, message.page_size, MAX_PAGE);
        let token = PageToken::optional(&mut form, &message.page_token);
        let parts = (|| {
            Some(ListCards {
                customer: customer?,
                payment_system: payment_system?,
                page_size: page_size?,
                token: token?,
            })
        })();
        form.finish(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> v1::TokenizeRequest {
        v1::TokenizeRequest {
            request_id: "r-1".to_owned(),
            customer: Some(v1::Customer { id: "c-1".to_owned(), ..Default::default() }),
            instrument: Some(v1::tokenize_request::Instrument::PaymentMethod("pm_1".to_owned())),
            ..Default::default()
        }
    }

    #[track_caller]
    fn check(change: impl Fn(&mut v1::TokenizeRequest), tells: &[&str]) {
        let mut message = good();
        change(&mut message);
        let seen = match Tokenize::read(&message) {
            Ok(_) => vec![],
            Err(Refusal::MalformedRequest(violations)) => {
                violations.iter().map(ToString::to_string).collect()
            }
            Err(other) => vec![other.reason().to_owned()],
        };
        assert_eq!(seen, tells);
    }

    #[test]
    fn a_violation_about_a_card_shows_no_card_data() {
        check(|_| (), &[]);
        check(|m| m.currency = "XXY".to_owned(), &[]);
        check(|m| m.instrument = None, &["instrument: give one of payment_method, card"]);
        check(|m| m.customer = None, &["customer: it is missing; give the customer's id, as billing has it"]);
        check(
            |m| {
                m.reuse = v1::CardReuse::None.into();
                m.instrument = Some(v1::tokenize_request::Instrument::Card(v1::CardData {
                    number: "4242424242424241".to_owned(),
                    exp_month: 13,
                    exp_year: 34,
                    cvc: "12".to_owned(),
                    holder_name: "4242 4242 4242 4242".to_owned(),
                }));
            },
            &[
                "card.number: its check digit is wrong, so at least one digit is mistyped",
                "card.exp_month: it is not a month; they are 1 to 12",
                "card.exp_year: it is not a year of expiry; write it with four digits, as in 2034",
                "card.holder_name: it looks like it holds a card number, which may not be kept or logged: give a card number in card.number only, and write another number with a letter among its digits",
                "reuse: a card that may not be used again is not kept; give ON_SESSION or OFF_SESSION",
            ],
        );
    }

    #[test]
    fn an_invalid_email_is_judged_by_the_rules_in_a_payment_and_refused_in_putcustomer() {
        let customer = Some(v1::Customer { email: "nobody".to_owned(), ..good().customer.unwrap() });
        let tokenize = Tokenize::read(&v1::TokenizeRequest { customer: customer.clone(), ..good() });
        assert_eq!(tokenize.unwrap().customer.email, EmailGiven::Invalid);
        let put = v1::PutCustomerRequest { request_id: "r".to_owned(), customer, ..Default::default() };
        let read = PutCustomer::read(&put).map(drop).map_err(|refusal| refusal.to_string());
        let expected =
            "the request is malformed: customer.email: it is not an email address, as in \"ann@example.com\"";
        assert_eq!(read, Err(expected.to_owned()));
    }
}
