//! The timeline of a payment.

use causeway::{text::RequestId, v1::PaymentStatus};
use jiff::Timestamp;

use crate::operation::{PaymentCommand, Source};

/// One entry in a payment's timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    /// The moment of the change.
    pub at: Timestamp,
    /// Status of the payment before; `None` for the first entry.
    pub from: Option<PaymentStatus>,
    /// Status of the payment after the change.
    pub to: PaymentStatus,
    /// The operation that led to the change; `None` for a change without an operation.
    pub operation: Option<(PaymentCommand, RequestId)>,
    /// Source of the change: a request, an answer, a webhook or recovery.
    pub source: Source,
    /// One sentence that describes the change.
    pub note: String,
    /// Stripe's request or event that reported the change, "req_…" or "evt_…".
    pub reference: Option<String>,
}
