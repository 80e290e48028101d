//! Events of a processor: as lists show them, and as the relay reads them. An event is only a hint; the
//! relay looks up the object of the event.

use causeway_domain::observation::EventObject;

/// The selection of events in a list request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventQuery {
    /// The page directly after a known event.
    After(String),
    /// Events since a moment, Unix seconds.
    Since(i64),
    /// Events between two moments, Unix seconds, both ends included.
    Between {
        /// Start of the span, Unix seconds.
        from: i64,
        /// End of the span, Unix seconds.
        to: i64,
        /// The last event of the page before: the next page holds older events.
        older_than: Option<String>,
    },
}

/// A page of a list of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The events, newest first.
    pub events: Vec<ListedEvent>,
    /// Whether the list has another page.
    pub has_more: bool,
}

/// An event as a list shows the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEvent {
    /// Id of the event, "evt_…".
    pub id: String,
    /// Type of the event, as in "payment_intent.succeeded".
    pub kind: String,
    /// Creation time of the event, Unix seconds.
    pub created: i64,
    /// The body in the form for storage, without card numbers.
    pub body: String,
}

/// The reading of an event's body, by subject.
#[derive(Debug, Clone, PartialEq)]
pub enum EventReading {
    /// About a payment: its PaymentIntent, charge, refund or dispute.
    Payment(Box<PaymentEvent>),
    /// About the verification of a card.
    Setup {
        /// The relay's token of the card, where the object carries the token.
        card: Option<String>,
    },
    /// About a PaymentMethod that may be a stored card.
    Method {
        /// Id of the PaymentMethod, "pm_…".
        id: String,
    },
    /// About a customer of the processor.
    Customer {
        /// Id of the customer, "cus_…".
        id: String,
    },
    /// About an object that the relay does not store.
    NoEffect,
    /// The relay does not know the type.
    UnknownType,
    /// The body does not parse as an event.
    Unreadable,
}

/// An event about a payment.
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentEvent {
    /// Ids at the processor under which the payment may be known, the most specific first.
    pub ids: Vec<String>,
    /// The relay's id of the payment, where the object carries the id.
    pub payment: Option<String>,
    /// The fields of the object that show whether the payment has changed.
    pub object: EventObject,
    /// Whether the object of the event is the PaymentIntent.
    pub about_intent: bool,
}

/// A reader of one processor's events.
pub trait EventReader: Send + Sync + 'static {
    /// Reads the stored body of an event of the type `kind`.
    fn read(&self, kind: &str, body: &str) -> EventReading;
}
