//! What happened to a payment, and where that came from.

use causeway::{
    text::RequestId,
    v1::{self, PaymentStatus},
};
use jiff::Timestamp;

use super::Kind;

/// One step in a payment's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Where the payment stood before; `None` for its first step.
    pub from: Option<PaymentStatus>,
    /// Where it stands since.
    pub to: PaymentStatus,
    /// Which operation; `None`: none, it was heard of.
    pub operation: Option<(Kind, RequestId)>,
    /// Where it came from.
    pub source: Source,
    /// What happened, in a sentence.
    pub note: String,
    /// Stripe's request or event that told, "req_…" or "evt_…".
    pub reference: Option<String>,
}

/// Where a change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Somebody asked for it.
    Billing,
    /// Stripe's answer to our call.
    Api,
    /// Stripe told.
    Webhook,
    /// It was made straight at Stripe, however it was heard of.
    Dashboard,
    /// We looked.
    Recovery,
}

impl Source {
    /// All of them.
    pub const ALL: [Source; 5] =
        [Source::Billing, Source::Api, Source::Webhook, Source::Dashboard, Source::Recovery];

    /// For events, of which none is there before Stripe has said something.
    pub fn to_wire(self) -> v1::EventSource {
        match self {
            Source::Billing | Source::Api => v1::EventSource::Api,
            Source::Webhook => v1::EventSource::Webhook,
            Source::Dashboard => v1::EventSource::Dashboard,
            Source::Recovery => v1::EventSource::Recovery,
        }
    }

    /// Its name in the journal and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Billing => "billing",
            Source::Api => "api",
            Source::Webhook => "webhook",
            Source::Dashboard => "dashboard",
            Source::Recovery => "recovery",
        }
    }
}
