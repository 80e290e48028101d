//! Ask what could be paid, without paying it.

use super::{
    Authorize, Form,
    cards::{AskedCurrency, Tokenize},
};
use crate::{
    refusal::{Refusal, Violation},
    text::{CustomerId, RequestId},
    v1,
};

/// A well-formed ListPaymentOptions.
#[derive(Debug)]
pub struct Options {
    /// Only this currency.
    pub currency: Option<AskedCurrency>,
    /// Who would pay.
    pub customer: Option<CustomerId>,
}

/// A well-formed CheckPolicy: what would be called, and with what.
#[derive(Debug)]
pub enum Check {
    /// A card would be kept.
    Tokenize(Box<Tokenize>),
    /// Anything else.
    Other {
        /// The method's name.
        operation: &'static str,
        /// What it would be called with.
        order: Box<Authorize>,
    },
}

impl Options {
    /// Reads the message, or tells everything that is wrong with it.
    pub fn read(message: &v1::ListPaymentOptionsRequest) -> Result<Options, Refusal> {
        let mut form = Form::default();
        let currency = form.optional("currency", &message.currency, AskedCurrency::parse);
        let customer = form.optional("customer_id", &message.customer_id, CustomerId::parse);
        let parts = (|| Some(Options { currency: currency?, customer: customer? }))();
        form.finish(parts)
    }
}

/// What the rules can be asked about: what begins something new, and what is never done.
/// What follows is judged by the state of its payment or card.
const ASKED: [&str; 3] = ["Authorize", "Tokenize", "Void"];

impl Check {
    /// Reads the message, or tells everything that is wrong with it. What is only asked
    /// about needs no request id.
    pub fn read(message: &v1::CheckPolicyRequest) -> Result<Check, Refusal> {
        let asked = if message.operation.is_empty() { "Authorize" } else { &message.operation };
        let operation = ASKED.into_iter().find(|operation| *operation == asked).ok_or_else(|| {
            wrong("operation", format!("the rules can be asked about {}", ASKED.join(", ")))
        })?;
        let Some(payment) = &message.payment else {
            return Err(wrong("payment", "it is missing; give the payment that is asked about".to_owned()));
        };
        let mut payment = payment.clone();
        if RequestId::parse(&payment.request_id).is_err() && payment.request_id.is_empty() {
            payment.request_id = "check".to_owned();
        }
        if operation == "Tokenize" {
            return Tokenize::read(&as_tokenize(payment)).map(Box::new).map(Check::Tokenize);
        }
        Ok(Check::Other { operation, order: Box::new(Authorize::read(&payment)?) })
    }
}

/// The same question about a card that would be kept: of the amount, the currency counts.
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
