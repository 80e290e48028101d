//! Capture, refund and void, and their options.

use causeway::v1;
use clap::{Args, ValueEnum};

use super::answering::AnswerOption;

/// The payment and the amount to capture.
#[derive(Debug, Args)]
pub(crate) struct Capture {
    /// Causeway's id of the payment
    payment: String,
    #[command(flatten)]
    amount: Amount,
    #[command(flatten)]
    answering: AnswerOption,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// The payment and the amount to refund.
#[derive(Debug, Args)]
pub(crate) struct Refund {
    /// Causeway's id of the payment
    payment: String,
    #[command(flatten)]
    amount: Amount,
    /// The reason, for Stripe
    #[arg(long)]
    reason: Option<Reason>,
    /// A note for internal use; stored with the refund
    #[arg(long)]
    note: Option<String>,
    /// The requesting person; needed where a second person has to approve refunds
    #[arg(long, value_name = "NAME")]
    requested_by: Option<String>,
    #[command(flatten)]
    answering: AnswerOption,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// A second person's decision on a refund.
#[derive(Debug, Args)]
pub(crate) struct DecideRefund {
    /// Causeway's id of the payment
    payment: String,
    /// Causeway's id of the refund
    refund: String,
    /// The decision of the second person
    decision: Decision,
    /// The deciding person; never the requesting person
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Idempotency key of this attempt [default: a new one, which is shown]
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// The two decisions on a refund.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Decision {
    /// The refund is made.
    Approve,
    /// The refund is not made.
    Reject,
}

/// The payment that a void names.
#[derive(Debug, Args)]
pub(crate) struct Void {
    /// Causeway's id of the payment
    payment: String,
}

/// A part of the payment's amount.
#[derive(Debug, Args)]
struct Amount {
    /// In major units [default: the whole amount]
    #[arg(requires = "currency", allow_negative_numbers = true)]
    amount: Option<String>,
    /// ISO 4217 code, the payment's own
    currency: Option<String>,
}

/// The reason of a refund.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Reason {
    /// The same order was paid twice.
    Duplicate,
    /// The payment was fraudulent.
    Fraudulent,
    /// The customer asked for the refund.
    #[value(alias = "requested_by_customer")]
    RequestedByCustomer,
}

impl Amount {
    fn message(self) -> Option<v1::Money> {
        self.amount.zip(self.currency).map(|(amount, currency)| v1::Money { amount, currency })
    }
}

impl Capture {
    /// Builds the Capture message with this request id.
    pub(crate) fn message(self, request_id: String) -> v1::CaptureRequest {
        v1::CaptureRequest {
            request_id,
            payment_id: self.payment,
            amount: self.amount.message(),
            answer_mode: self.answering.to_wire().into(),
        }
    }
}

impl Refund {
    /// Builds the Refund message with this request id.
    pub(crate) fn message(self, request_id: String) -> v1::RefundRequest {
        let reason = match self.reason {
            None => v1::RefundReason::Unspecified,
            Some(Reason::Duplicate) => v1::RefundReason::Duplicate,
            Some(Reason::Fraudulent) => v1::RefundReason::Fraudulent,
            Some(Reason::RequestedByCustomer) => v1::RefundReason::RequestedByCustomer,
        };
        v1::RefundRequest {
            request_id,
            payment_id: self.payment,
            amount: self.amount.message(),
            reason: reason.into(),
            note: self.note.unwrap_or_default(),
            answer_mode: self.answering.to_wire().into(),
            requested_by: self.requested_by.unwrap_or_default(),
        }
    }
}

impl DecideRefund {
    /// Builds the DecideRefund message with this request id.
    pub(crate) fn message(self, request_id: String) -> v1::DecideRefundRequest {
        let decision = match self.decision {
            Decision::Approve => v1::RefundDecision::Approve,
            Decision::Reject => v1::RefundDecision::Reject,
        };
        v1::DecideRefundRequest {
            request_id,
            payment_id: self.payment,
            refund_id: self.refund,
            decision: decision.into(),
            decided_by: self.by,
        }
    }
}

impl Void {
    /// Builds the Void message with this request id.
    pub(crate) fn message(self, request_id: String) -> v1::VoidRequest {
        v1::VoidRequest { request_id, payment_id: self.payment }
    }
}
