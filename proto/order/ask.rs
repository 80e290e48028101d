//! Ask what could be paid, without paying it.

use super::{Authorize, Form, cards::AskedCurrency};
use crate::{
    method,
    money::{Money, MoneyError},
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

/// A well-formed CheckPolicy.
#[derive(Debug)]
pub struct Check {
    /// What would be called.
    pub operation: &'static str,
    /// What it would be called with.
    pub order: Authorize,
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

impl Check {
    /// Reads the message, or tells everything that is wrong with it. A payment that is
    /// only asked about needs no request id, and a card that is only kept no amount.
    pub fn read(message: &v1::CheckPolicyRequest) -> Result<Check, Refusal> {
        let asked = if message.operation.is_empty() { "Authorize" } else { &message.operation };
        let operation = method::of(asked).filter(|method| method.changes || method.refused);
        let operation = operation.map(|method| method.name).ok_or_else(|| {
            let known = method::METHODS.iter().filter(|method| method.changes || method.refused);
            let names: Vec<_> = known.map(|method| method.name).collect();
            wrong("operation", format!("there is no such operation; there are: {}", names.join(", ")))
        })?;
        let Some(payment) = &message.payment else {
            return Err(wrong("payment", "it is missing; give the payment that is asked about".to_owned()));
        };
        let mut payment = payment.clone();
        if RequestId::parse(&payment.request_id).is_err() && payment.request_id.is_empty() {
            payment.request_id = "check".to_owned();
        }
        let of_a_card = operation == "Tokenize";
        if of_a_card && payment.store_card() == v1::CardReuse::Unspecified {
            payment.store_card = v1::CardReuse::OffSession.into();
        }
        let nothing_to_pay = of_a_card
            && payment.amount.as_ref().is_some_and(|amount| {
                amount.amount.is_empty() || matches!(Money::from_wire(amount), Err(MoneyError::Zero))
            });
        if let Some(amount) = payment.amount.as_mut().filter(|_| nothing_to_pay) {
            "1".clone_into(&mut amount.amount);
        }
        Ok(Check { operation, order: Authorize::read(&payment)? })
    }
}

fn wrong(field: &str, problem: String) -> Refusal {
    Refusal::MalformedRequest(vec![Violation { field: field.to_owned(), problem }])
}
