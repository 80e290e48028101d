//! The history of a payment.

use causeway::{text::RequestId, v1::PaymentStatus};
use jiff::Timestamp;

use crate::operation::{PaymentCommand, Source};

/// One entry in a payment's history.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// Where the payment stood before; `None` for its first entry.
    pub from: Option<PaymentStatus>,
    /// Where it stands since.
    pub to: PaymentStatus,
    /// The operation; `None`: it was heard of.
    pub operation: Option<(PaymentCommand, RequestId)>,
    /// Where it came from.
    pub source: Source,
    /// What happened, in a sentence.
    pub note: String,
    /// Stripe's request or event that told of it, "req_…" or "evt_…".
    pub reference: Option<String>,
}
