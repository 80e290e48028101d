//! Answers as JSON: the messages' own field names, enums by their names, moments as RFC 3339.
//! Absent or empty fields are left out; lists, numbers and switches are always there.

use causeway::{status::Told, v1};
use serde_json::{Map, Value};

use crate::names;

/// A payment with refunds, disputes and timeline.
mod payment;
/// Customers and their cards.
mod cards;
/// Payment systems, currencies and limits.
mod capabilities;
/// Policy verdicts and payment options.
mod policy;
/// Events and the counts of jobs.
mod events;
/// All payments with one billing reference.
mod order;

pub(crate) use capabilities::{capabilities, currencies};
pub(crate) use cards::{card_result, cards, deleted, tokenized};
pub(crate) use events::{event, job};
pub(crate) use order::order;
pub(crate) use policy::{checked, options};

/// A JSON object in the making.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn with(mut self, name: &str, value: impl Into<Value>) -> Object {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    fn text(self, name: &str, text: &str) -> Object {
        if text.is_empty() { self } else { self.with(name, text) }
    }

    fn word<E: TryFrom<i32>>(self, name: &str, value: i32, word: impl Fn(&E) -> &'static str) -> Object {
        if value == 0 { self } else { self.with(name, names::of(value, word)) }
    }

    fn moment(self, name: &str, wire: Option<&prost_types::Timestamp>) -> Object {
        match wire {
            Some(wire) => self.with(name, names::moment(wire)),
            None => self,
        }
    }

    fn message<T>(self, name: &str, message: Option<&T>, write: impl Fn(&T) -> Value) -> Object {
        match message {
            Some(message) => self.with(name, write(message)),
            None => self,
        }
    }

    fn list<T>(self, name: &str, items: &[T], write: impl Fn(&T) -> Value) -> Object {
        self.with(name, items.iter().map(write).collect::<Vec<_>>())
    }

    fn names(self, name: &str, names: &[String]) -> Object {
        self.with(name, names.to_vec())
    }

    fn texts<'a>(self, name: &str, texts: impl IntoIterator<Item = (&'a String, &'a String)>) -> Object {
        let texts: Map<_, _> =
            texts.into_iter().map(|(key, text)| (key.clone(), Value::from(text.as_str()))).collect();
        if texts.is_empty() { self } else { self.with(name, texts) }
    }

    fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn money(money: &v1::Money) -> Value {
    Object::default().text("amount", &money.amount).text("currency", &money.currency).done()
}

/// The answer to Authorize, Capture, Confirm, ReleaseHold, ReportOrderFailed and ImportPayment.
pub(crate) fn result(result: Option<&v1::OperationResult>) -> Value {
    Object::default().message("result", result, payment::result).done()
}

/// The answer to Refund.
pub(crate) fn refund(response: &v1::RefundResponse) -> Value {
    Object::default()
        .message("result", response.result.as_ref(), payment::result)
        .message("refund", response.refund.as_ref(), payment::refund)
        .done()
}

/// The answer to GetPayment.
pub(crate) fn found(response: &v1::GetPaymentResponse) -> Value {
    Object::default()
        .message("payment", response.payment.as_ref(), payment::payment)
        .list("timeline", &response.timeline, payment::entry)
        .done()
}

/// The answer to SyncPayment.
pub(crate) fn synced(response: &v1::SyncPaymentResponse) -> Value {
    Object::default()
        .message("payment", response.payment.as_ref(), payment::payment)
        .with("changed", response.changed)
        .done()
}

/// The answer to ListPayments.
pub(crate) fn listed(response: &v1::ListPaymentsResponse) -> Value {
    Object::default()
        .list("payments", &response.payments, payment::payment)
        .text("next_page_token", &response.next_page_token)
        .done()
}

/// A refusal with reason, message and metadata.
pub(crate) fn refusal(told: &Told) -> Value {
    let refusal = Object::default()
        .text("reason", &told.reason)
        .text("message", &told.message)
        .text("payer_message", &told.payer_message)
        .texts("metadata", &told.metadata);
    Object::default().with("refusal", refusal.done()).done()
}

#[cfg(test)]
mod tests {
    use causeway::refusal::{Broken, Fix, Refusal};
    use serde_json::json;
    use tonic::Status;

    use super::*;

    #[test]
    fn a_refusal_tells_what_who_and_whether() {
        let status = Status::from(Refusal::Rule(Box::new(Broken {
            rule: "amount.minimum",
            reason: "AMOUNT_BELOW_MINIMUM",
            fix: Fix::Payer,
            configured: Some("0.50 USD".to_owned()),
            actual: Some("0.49 USD".to_owned()),
            problem: "0.49 USD is below the minimum of 0.50 USD".to_owned(),
            payer_message: "Your payment must be no less than 0.50 USD".to_owned(),
        })));
        let expected = json!({"refusal": {
            "reason": "AMOUNT_BELOW_MINIMUM",
            "message": "0.49 USD is below the minimum of 0.50 USD",
            "payer_message": "Your payment must be no less than 0.50 USD",
            "metadata": {
                "rule": "amount.minimum",
                "fix": "payer",
                "stripe_contacted": "false",
                "configured": "0.50 USD",
                "actual": "0.49 USD",
            },
        }});
        assert_eq!(refusal(&Told::of(&status)), expected);
    }
}
