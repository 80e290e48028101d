//! Objects in the bodies of events: hints whether an event changes a payment.

use causeway::money::PositiveMoney;

use super::{DisputeSnapshot, IntentSnapshot, RefundSnapshot};

/// The object of an event, as far as the object shows whether the event changes a payment. The object is
/// only a hint: the shape depends on the API version of the event.
#[derive(Debug, Clone, PartialEq)]
pub enum EventObject {
    /// A PaymentIntent in the body of the event.
    Intent(Box<IntentSnapshot>),
    /// A charge in the body of the event.
    Charge(Box<ChargeHint>),
    /// A refund in the body of the event.
    Refund(Box<RefundSnapshot>),
    /// A dispute in the body of the event.
    Dispute(Box<DisputeSnapshot>),
    /// Another type of object, or an object that cannot be parsed.
    Other,
}

/// A charge in an event. A missing field reads as `None` or false.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChargeHint {
    /// Id of the charge, "ch_…"
    pub id: Option<String>,
    /// Id "pi_…" of the PaymentIntent, where the PaymentIntent is not expanded.
    pub payment_intent: Option<String>,
    /// Whether the charge has or had a dispute.
    pub disputed: bool,
    /// Whether the money was taken.
    pub captured: bool,
    /// Whether the full amount was refunded.
    pub refunded: bool,
    /// The refunded amount; `None`: zero or not readable.
    pub amount_refunded: Option<PositiveMoney>,
    /// Whether the event shows a balance transaction.
    pub has_balance_transaction: bool,
}
