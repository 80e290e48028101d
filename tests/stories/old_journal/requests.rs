//! The billing platform's requests of version 0.1, sent again.

use causeway::v1::{self, Outcome};
use prost::Message;
use serde_json::{Value, json};
use tonic::{Request, Status};

use super::fixture::{contract, lines, read, text};
use crate::stage::Billing;

/// A request of version 0.1, with the outcome of a repetition at that time. The request during which
/// the relay died has no outcome.
pub(super) struct OldRequest {
    pub(super) method: String,
    pub(super) request: Value,
    pub(super) outcome: Option<Outcome>,
    pub(super) payment: String,
}

/// The parts of an answer that a repetition has to share with the first answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) outcome: Option<Outcome>,
    pub(super) duplicate: bool,
    pub(super) payment: String,
}

impl From<v1::OperationResult> for Reply {
    fn from(result: v1::OperationResult) -> Reply {
        let (outcome, duplicate) = (Some(result.outcome()), result.duplicate);
        Reply { outcome, duplicate, payment: result.payment.unwrap_or_default().id }
    }
}

impl From<v1::CardOperationResult> for Reply {
    fn from(result: v1::CardOperationResult) -> Reply {
        Reply { outcome: Some(result.outcome()), duplicate: result.duplicate, payment: String::new() }
    }
}

/// All requests of version 0.1 in order.
pub(super) fn all() -> Vec<OldRequest> {
    let request = |line: &Value| OldRequest {
        method: text(line, "method").to_owned(),
        request: line["request"].clone(),
        outcome: Outcome::from_str_name(text(line, "outcome")),
        payment: text(line, "payment_id").to_owned(),
    };
    lines("calls.jsonl").iter().map(request).collect()
}

impl OldRequest {
    pub(super) fn id(&self) -> &str {
        text(&self.request, "request_id")
    }

    /// Whether the outcome was known when the relay of version 0.1 died.
    pub(super) fn is_known(&self) -> bool {
        self.outcome.is_some_and(|outcome| outcome != Outcome::Unknown)
    }

    /// The same request id with other content.
    pub(super) fn altered(&self) -> OldRequest {
        let (field, value) = match self.method.as_str() {
            "Authorize" => ("description", json!("other content")),
            "Capture" | "Refund" => ("amount", json!({"amount": "0.51", "currency": "USD"})),
            "Confirm" => ("payment_method", json!("pm_card_mastercard")),
            "DecideRefund" => ("decision", json!("REFUND_DECISION_APPROVE")),
            "ReleaseHold" => ("reason", json!("RELEASE_REASON_DUPLICATE")),
            "ReportOrderFailed" => ("note", json!("other content")),
            "ImportPayment" => ("billing_reference", json!("other content")),
            "Tokenize" => ("make_default", json!(true)),
            "SetDefaultCard" | "DeleteCard" => ("card_token", json!("ct_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
            "DeactivateCustomer" => ("customer_id", json!("ann")),
            "PutCustomer" => ("customer", json!({"id": "dora", "email": "other@example.com"})),
            other => panic!("{other} has no other content"),
        };
        let mut request = self.request.clone();
        request[field] = value;
        OldRequest { method: self.method.clone(), request, outcome: None, payment: self.payment.clone() }
    }

    fn ask<T: Message + Default>(&self, billing: &Billing) -> Request<T> {
        let service = contract().get_service_by_name("causeway.v1.Processor").unwrap();
        let method = service.methods().find(|method| method.name() == self.method).unwrap();
        billing.request(read(method.input(), &self.request))
    }

    /// Sends the request to the relay of today.
    pub(super) async fn send(&self, billing: &Billing) -> Result<Reply, Status> {
        let mut client = billing.client.clone();
        let of_payment = match self.method.as_str() {
            "Authorize" => client.authorize(self.ask(billing)).await?.into_inner().result,
            "Capture" => client.capture(self.ask(billing)).await?.into_inner().result,
            "Refund" => client.refund(self.ask(billing)).await?.into_inner().result,
            "Confirm" => client.confirm(self.ask(billing)).await?.into_inner().result,
            "DecideRefund" => client.decide_refund(self.ask(billing)).await?.into_inner().result,
            "ReleaseHold" => client.release_hold(self.ask(billing)).await?.into_inner().result,
            "ReportOrderFailed" => client.report_order_failed(self.ask(billing)).await?.into_inner().result,
            "ImportPayment" => client.import_payment(self.ask(billing)).await?.into_inner().result,
            _ => None,
        };
        match of_payment {
            Some(result) => Ok(result.into()),
            None => self.send_about_cards(billing).await,
        }
    }

    async fn send_about_cards(&self, billing: &Billing) -> Result<Reply, Status> {
        let mut client = billing.client.clone();
        let result = match self.method.as_str() {
            "Tokenize" => client.tokenize(self.ask(billing)).await?.into_inner().result,
            "SetDefaultCard" => client.set_default_card(self.ask(billing)).await?.into_inner().result,
            "DeleteCard" => client.delete_card(self.ask(billing)).await?.into_inner().result,
            "PutCustomer" => client.put_customer(self.ask(billing)).await?.into_inner().result,
            "DeactivateCustomer" => client.deactivate_customer(self.ask(billing)).await?.into_inner().result,
            other => panic!("{other} is no call of the fixture"),
        };
        Ok(result.unwrap().into())
    }
}
