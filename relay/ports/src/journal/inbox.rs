//! The inbox of the processor's events: on disk before the processor is answered.

use causeway::tenant::TenantName;
use causeway_domain::operation::Source;
use jiff::Timestamp;

/// An event that has come in.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundEvent {
    /// Whose.
    pub tenant: TenantName,
    /// Through which payment system.
    pub payment_system: String,
    /// "evt_…"
    pub id: String,
    /// "payment_intent.succeeded", …
    pub kind: String,
    /// Webhook, or Recovery where we asked for it.
    pub source: Source,
    /// When it happened, as Stripe says.
    pub created: Timestamp,
    /// When it came.
    pub received: Timestamp,
    /// All of it, as it came.
    pub body: String,
}

/// An event that is to be worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxEntry {
    /// Its place.
    pub seq: i64,
    /// It.
    pub event: InboundEvent,
    /// How often that was tried.
    pub tries: u32,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// It was worked on, with this outcome.
    Done(Handled),
    /// It is to be worked on again.
    Later(Timestamp),
    /// It was tried for too long. Its body is kept.
    Parked,
}

/// What an event led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handled {
    /// Something changed.
    Changed,
    /// What it tells was known.
    Echo,
    /// It is about something of somebody else.
    Foreign,
    /// Its type does nothing here.
    NoEffect,
    /// Its type is not known.
    UnknownType,
    /// It does not read as what its type says.
    Unreadable,
}

impl Handled {
    /// Its name in the journal and in counts.
    pub fn as_str(self) -> &'static str {
        match self {
            Handled::Changed => "changed",
            Handled::Echo => "echo",
            Handled::Foreign => "foreign",
            Handled::NoEffect => "no_effect",
            Handled::UnknownType => "unknown_type",
            Handled::Unreadable => "unreadable",
        }
    }
}

/// How far the polling of a payment system has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollPosition {
    /// Whose.
    pub tenant: TenantName,
    /// Of which payment system.
    pub payment_system: String,
    /// Where it begins without an anchor, Unix seconds.
    pub since: i64,
    /// Everything up to this event is in the inbox.
    pub anchor: Option<String>,
}
