//! Capture, Refund and Void of an existing payment.

use super::{Form, PaymentId};
use crate::{
    money::PositiveMoney,
    refusal::Refusal,
    text::{Note, PersonName, RequestId},
    v1,
};

/// A well-formed Capture request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Capture {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// Id of the payment to capture.
    pub payment: PaymentId,
    /// `None`: the whole held amount.
    pub amount: Option<PositiveMoney>,
    /// Whether the answer comes before the outcome.
    #[serde(skip)]
    pub asynchronous: bool,
}

/// A well-formed Refund request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Refund {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// Id of the payment to refund.
    pub payment: PaymentId,
    /// `None`: the whole refundable rest.
    pub amount: Option<PositiveMoney>,
    /// Reason for the refund, sent to Stripe.
    pub reason: Option<RefundReason>,
    /// Reason in free text, kept in the journal.
    pub note: Option<Note>,
    /// Name of the person requesting the refund.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requested_by: Option<PersonName>,
    /// Whether the answer comes before the outcome.
    #[serde(skip)]
    pub asynchronous: bool,
}

/// A well-formed Void request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Void {
    /// Id of the payment to void.
    pub payment: PaymentId,
}

/// The reason for a refund, in Stripe's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RefundReason {
    /// The same purchase was paid twice.
    Duplicate,
    /// The payment was fraudulent.
    Fraudulent,
    /// The customer requested the refund.
    RequestedByCustomer,
}

impl RefundReason {
    /// Stripe's value of the parameter `reason`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Converts the reason to the contract's enum.
    pub fn to_wire(self) -> v1::RefundReason {
        match self {
            RefundReason::Duplicate => v1::RefundReason::Duplicate,
            RefundReason::Fraudulent => v1::RefundReason::Fraudulent,
            RefundReason::RequestedByCustomer => v1::RefundReason::RequestedByCustomer,
        }
    }
}

impl Capture {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::CaptureRequest) -> Result<Capture, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let payment = payment_of(&mut form, &message.payment_id, "capture");
        let amount = form.optional_money("amount", message.amount.as_ref());
        let asynchronous = form.asynchronous(message.answer_mode);
        let parts = (|| {
            Some(Capture {
                request_id: request_id?,
                payment: payment?,
                amount: amount?,
                asynchronous: asynchronous?,
            })
        })();
        form.finish(parts)
    }
}

impl Refund {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::RefundRequest) -> Result<Refund, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let payment = payment_of(&mut form, &message.payment_id, "refund");
        let amount = form.optional_money("amount", message.amount.as_ref());
        let asynchronous = form.asynchronous(message.answer_mode);
        let reason = refund_reason(&mut form, message.reason);
        let note = form.optional("note", &message.note, Note::parse);
        let requested_by = form.optional("requested_by", &message.requested_by, PersonName::parse);
        let parts = (|| {
            Some(Refund {
                request_id: request_id?,
                payment: payment?,
                amount: amount?,
                reason: reason?,
                note: note?,
                requested_by: requested_by?,
                asynchronous: asynchronous?,
            })
        })();
        form.finish(parts)
    }
}

impl Void {
    /// Reads the message, or refuses the message with every mistake.
    pub fn read(message: &v1::VoidRequest) -> Result<Void, Refusal> {
        let mut form = Form::default();
        let request_id = form.request_id(&message.request_id);
        let payment = payment_of(&mut form, &message.payment_id, "void");
        let parts = request_id.and(payment).map(|payment| Void { payment });
        form.finish(parts)
    }
}

/// Reads the payment id of a follow-up; the message about a missing id names the operation.
pub(super) fn payment_of(form: &mut Form, text: &str, operation: &str) -> Option<PaymentId> {
    if text.is_empty() {
        form.wrong("payment_id", format!("it is empty, so there is no payment to {operation}"));
        return None;
    }
    form.field("payment_id", PaymentId::parse(text))
}

fn refund_reason(form: &mut Form, wire: i32) -> Option<Option<RefundReason>> {
    match v1::RefundReason::try_from(wire) {
        Ok(v1::RefundReason::Unspecified) => Some(None),
        Ok(v1::RefundReason::Duplicate) => Some(Some(RefundReason::Duplicate)),
        Ok(v1::RefundReason::Fraudulent) => Some(Some(RefundReason::Fraudulent)),
        Ok(v1::RefundReason::RequestedByCustomer) => Some(Some(RefundReason::RequestedByCustomer)),
        Err(_) => {
            form.wrong("reason", format!("{wire} is not a refund reason; they are 0 to 3"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_without_a_payment_names_the_operation() {
        let message = |refused: Refusal| refused.to_string();
        let id = || "r-1".to_owned();
        let capture =
            Capture::read(&v1::CaptureRequest { request_id: id(), ..Default::default() }).map(|_| ());
        let refund = Refund::read(&v1::RefundRequest { request_id: id(), ..Default::default() }).map(|_| ());
        let void = Void::read(&v1::VoidRequest { request_id: id(), ..Default::default() }).map(|_| ());
        let starts = "the request is malformed: payment_id: it is empty, so there is no payment to";
        assert_eq!(capture.map_err(message), Err(format!("{starts} capture")));
        assert_eq!(refund.map_err(message), Err(format!("{starts} refund")));
        assert_eq!(void.map_err(message), Err(format!("{starts} void")));
    }
}
