//! Events that a processor makes: as they are listed, and as they are read. An event is a hint;
//! the object that it is about is looked up.

use causeway_domain::observation::EventObject;

/// The events that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventQuery {
    /// The page right after an event that is known.
    After(String),
    /// Since a moment, Unix seconds.
    Since(i64),
    /// Between two moments, Unix seconds, both ends included.
    Between {
        /// From then.
        from: i64,
        /// To then.
        to: i64,
        /// Older than this event, where the page before ended with it.
        older_than: Option<String>,
    },
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// Newest first.
    pub events: Vec<ListedEvent>,
    /// Whether there are more.
    pub has_more: bool,
}

/// An event of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEvent {
    /// "evt_…"
    pub id: String,
    /// "payment_intent.succeeded", …
    pub kind: String,
    /// When it happened, Unix seconds.
    pub created: i64,
    /// The event as it may be kept: without card numbers.
    pub body: String,
}

/// An event as it is read.
#[derive(Debug, Clone, PartialEq)]
pub enum EventReading {
    /// About a payment: its PaymentIntent, charge, refund or dispute.
    Payment(Box<PaymentEvent>),
    /// About the verification of a card.
    Setup {
        /// Our token of the card, where the object carries it.
        card: Option<String>,
    },
    /// About a PaymentMethod that may be a stored card.
    Method {
        /// "pm_…"
        id: String,
    },
    /// About a customer.
    Customer {
        /// "cus_…"
        id: String,
    },
    /// About nothing that is kept here.
    NoEffect,
    /// Of a type that is not known.
    UnknownType,
    /// It does not read as an event.
    Unreadable,
}

/// An event about a payment.
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentEvent {
    /// Ids of the processor's under which the payment may be known, the best one first.
    pub ids: Vec<String>,
    /// Our id of the payment, where the object carries it.
    pub payment: Option<String>,
    /// The object, as far as it tells whether something is new.
    pub object: EventObject,
    /// Whether the event is about the PaymentIntent itself.
    pub about_intent: bool,
}

/// Reads the events of a processor.
pub trait EventReader: Send + Sync + 'static {
    /// Reads an event of a type from its body, as it was kept.
    fn read(&self, kind: &str, body: &str) -> EventReading;
}
