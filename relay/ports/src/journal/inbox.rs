//! The inbox of the processor's events: an event is on disk before the processor receives an answer.

use causeway::tenant::TenantName;
use causeway_domain::operation::Source;
use jiff::Timestamp;

/// An event of the processor, as received.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundEvent {
    /// The tenant of the payment system.
    pub tenant: TenantName,
    /// Name of the payment system.
    pub payment_system: String,
    /// Id of the event, "evt_…".
    pub id: String,
    /// Type of the event, as in "payment_intent.succeeded".
    pub kind: String,
    /// `Webhook`, or `Recovery` for an event that the relay polled.
    pub source: Source,
    /// Creation time of the event, according to Stripe.
    pub created: Timestamp,
    /// The moment at which the relay received the event.
    pub received: Timestamp,
    /// The body in the form for storage, without card numbers.
    pub body: String,
}

/// An entry of the inbox, with an event to be handled.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxEntry {
    /// Position in the inbox, which identifies the entry.
    pub seq: i64,
    /// The event as received.
    pub event: InboundEvent,
    /// How often the event was handled without success.
    pub tries: u32,
}

/// The disposition of an event after handling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// The event was handled, with this outcome.
    Done(Handled),
    /// The event is rescheduled to this moment.
    Later(Timestamp),
    /// Handling failed for too long. The body stays stored for the operator.
    Parked,
}

/// The outcome of handling an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Handled {
    /// A payment or a customer changed.
    Changed,
    /// The content of the event was known already.
    Echo,
    /// The object belongs to another system.
    Foreign,
    /// Events of the type have no effect.
    NoEffect,
    /// The relay does not know the type.
    UnknownType,
    /// The body does not match the type.
    Unreadable,
}

impl Handled {
    /// The name in the journal and in counts.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The position of polling at a payment system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollPosition {
    /// The tenant of the payment system.
    pub tenant: TenantName,
    /// Name of the payment system.
    pub payment_system: String,
    /// Start of polling without an anchor, Unix seconds.
    pub since: i64,
    /// Id of the last event before which all events are in the inbox; `None` before the first event.
    pub anchor: Option<String>,
}
