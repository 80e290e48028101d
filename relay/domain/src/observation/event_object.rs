//! The objects of events, as far as they tell whether something is new.

use causeway::money::Money;

use super::{DisputeSnapshot, IntentSnapshot, RefundSnapshot};

/// The object of an event, as far as it tells whether something is new. It is a hint: its shape
/// depends on the API version that the event was made for.
#[derive(Debug, Clone, PartialEq)]
pub enum EventObject {
    /// A PaymentIntent.
    Intent(Box<IntentSnapshot>),
    /// A charge.
    Charge(Box<ChargeHint>),
    /// A refund.
    Refund(Box<RefundSnapshot>),
    /// A dispute.
    Dispute(Box<DisputeSnapshot>),
    /// Anything else, or an object that does not read.
    Other,
}

/// A charge in an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChargeHint {
    /// "ch_…"
    pub id: Option<String>,
    /// "pi_…", where it was not expanded.
    pub payment_intent: Option<String>,
    /// Whether there is a dispute, or was one.
    pub disputed: bool,
    /// Whether it was taken.
    pub captured: bool,
    /// Whether all of it was given back.
    pub refunded: bool,
    /// How much was given back.
    pub amount_refunded: Option<Money>,
    /// Whether the balance transaction is there.
    pub has_balance_transaction: bool,
}
