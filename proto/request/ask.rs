//! Payment options and policy checks: questions that never move money.

use super::{
    Authorize, Form,
    cards::{AskedCurrency, Tokenize},
};
use crate::{
    refusal::{Refusal, Violation},
    text::{CustomerId, RequestId},
    v1,
};

/// A well-formed ListPaymentOptions request.
#[derive(Debug)]
pub struct Options {
    /// Only options in this currency, if given.
    pub currency: Option<AskedCurrency>,
    /// The customer of the hypothetical payment.
    pub customer: Option<CustomerId>,
}

/// A well-formed CheckPolicy request: the method to check, with the parameters of the call. Only
/// methods that start a new payment or card, and Void, can be checked; a follow-up depends on the
/// state of the payment or card.
#[derive(Debug)]
pub enum Check {
    /// Checks an Authorize that would create a payment.
    Authorize(Box<Authorize>),
    /// Checks a Tokenize that would store a card.
    Tokenize(Box<Tokenize>),
    /// Checks an Authorize followed by a Void.
    Void(Box<Authorize>),
}

impl Options {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::ListPaymentOptionsRequest) -> Result<Options, Refusal> {
        let mut form = Form::default();
        let currency = form.optional("currency", &message.currency, AskedCurrency::parse);
        let customer = form.optional("customer_id", &message.customer_id, CustomerId::parse);
        let parts = (|| Some(Options { currency: currency?, customer: customer? }))();
        form.finish(parts)
    }
}

impl Check {
    /// Reads the message, or refuses the message with every mistake. A check needs no request id.
    pub fn read(message: &v1::CheckPolicyRequest) -> Result<Check, Refusal> {
        let check: fn(v1::AuthorizeRequest) -> Result<Check, Refusal> = match message.operation.as_str() {
            "" | "Authorize" => |payment| Ok(Check::Authorize(Box::new(Authorize::read(&payment)?))),
            "Tokenize" => |payment| Ok(Check::Tokenize(Box::new(Tokenize::read(&as_tokenize(payment))?))),
            "Void" => |payment| Ok(Check::Void(Box::new(Authorize::read(&payment)?))),
            _ => {
                let problem = "the rules can be asked about Authorize, Tokenize, Void";
                return Err(wrong("operation", problem.to_owned()));
            }
        };
        let Some(payment) = &message.payment else {
            return Err(wrong("payment", "it is missing; give the payment that is asked about".to_owned()));
        };
        let mut payment = payment.clone();
        if RequestId::parse(&payment.request_id).is_err() && payment.request_id.is_empty() {
            payment.request_id = "check".to_owned();
        }
        check(payment)
    }
}

/// Converts the payment into a request to store a card; of the amount, only the currency remains.
fn as_tokenize(payment: v1::AuthorizeRequest) -> v1::TokenizeRequest {
    use v1::{authorize_request::Instrument as Pays, tokenize_request::Instrument as Kept};
    let instrument = match payment.instrument {
        Some(Pays::PaymentMethod(id)) => Some(Kept::PaymentMethod(id)),
        Some(Pays::Card(card)) => Some(Kept::Card(card)),
        Some(Pays::CardToken(_)) | None => None,
    };
    v1::TokenizeRequest {
        request_id: payment.request_id,
        customer: payment.customer,
        instrument,
        reuse: payment.store_card,
        payment_system: payment.payment_system,
        currency: payment.amount.map(|amount| amount.currency).unwrap_or_default(),
        make_default: false,
        return_url: payment.return_url,
    }
}

fn wrong(field: &str, problem: String) -> Refusal {
    Refusal::MalformedRequest(vec![Violation { field: field.to_owned(), problem }])
}
