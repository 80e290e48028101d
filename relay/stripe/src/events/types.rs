//! The known types of events, each with its effect.
//!
//! A new type needs a line here. docs/events.md is generated from this table.

/// A type of Stripe's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// Stripe's name of the type.
    pub name: &'static str,
    /// The subject of the event.
    pub about: EventSubject,
    /// The effect, in one sentence for docs/events.md.
    pub does: &'static str,
}

/// The subject of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSubject {
    /// A payment: a PaymentIntent, charge, refund or dispute. The relay looks up the whole payment.
    Payment,
    /// The verification of a card.
    Setup,
    /// A PaymentMethod that may be a stored card.
    Method,
    /// A customer of the processor.
    Customer,
    /// An object that the relay does not store.
    Nothing,
}

impl Type {
    /// The row in the table of docs/events.md.
    pub fn row(&self) -> String {
        let about = match self.about {
            EventSubject::Payment => "payment",
            EventSubject::Setup | EventSubject::Method => "card",
            EventSubject::Customer => "customer",
            EventSubject::Nothing => "",
        };
        format!("| `{}` | {about} | {} |", self.name, self.does)
    }
}

const fn of(name: &'static str, about: EventSubject, does: &'static str) -> Type {
    Type { name, about, does }
}

/// Every known type. The relay accepts and counts events of other types, which have no effect.
pub const TYPES: &[Type] = &[
    of("payment_intent.created", EventSubject::Payment, "Finds a payment whose answer was lost."),
    of("payment_intent.requires_action", EventSubject::Payment, "The payment is ACTION_REQUIRED."),
    of("payment_intent.processing", EventSubject::Payment, "The payment is PENDING, never paid."),
    of("payment_intent.amount_capturable_updated", EventSubject::Payment, "The payment is AUTHORIZED."),
    of("payment_intent.succeeded", EventSubject::Payment, "The payment is CAPTURED, with what was received."),
    of(
        "payment_intent.payment_failed",
        EventSubject::Payment,
        "The payment is DECLINED; while its payer is at it, it stays ACTION_REQUIRED and says why.",
    ),
    of("payment_intent.canceled", EventSubject::Payment, "The payment is RELEASED, EXPIRED or CANCELED."),
    of(
        "payment_intent.partially_funded",
        EventSubject::Payment,
        "The payment is looked at; in part is not paid.",
    ),
    of(
        "charge.succeeded",
        EventSubject::Payment,
        "The charge's details are kept: card, checks, when the hold ends.",
    ),
    of("charge.pending", EventSubject::Payment, "The payment is PENDING."),
    of("charge.failed", EventSubject::Payment, "As payment_intent.payment_failed."),
    of("charge.captured", EventSubject::Payment, "The payment is CAPTURED."),
    of("charge.expired", EventSubject::Payment, "The payment is EXPIRED."),
    of("charge.updated", EventSubject::Payment, "The balance transaction is kept once it is there."),
    of(
        "charge.refunded",
        EventSubject::Payment,
        "All refunds of the payment are fetched; those made elsewhere are added.",
    ),
    of("charge.refund.updated", EventSubject::Payment, "The same."),
    of("refund.created", EventSubject::Payment, "The same."),
    of("refund.updated", EventSubject::Payment, "The same."),
    of("refund.failed", EventSubject::Payment, "The same; what failed can be refunded again."),
    of(
        "charge.dispute.created",
        EventSubject::Payment,
        "The dispute is kept, with its reason and until when it can be answered.",
    ),
    of("charge.dispute.updated", EventSubject::Payment, "The dispute is kept as it is now."),
    of("charge.dispute.funds_withdrawn", EventSubject::Payment, "The same."),
    of("charge.dispute.funds_reinstated", EventSubject::Payment, "The same."),
    of(
        "charge.dispute.closed",
        EventSubject::Payment,
        "Lost: what was disputed counts as charged back. Won: nothing changes.",
    ),
    of("review.opened", EventSubject::Payment, "The payment is looked at."),
    of("review.closed", EventSubject::Payment, "The payment is looked at: it may have been refunded."),
    of("radar.early_fraud_warning.created", EventSubject::Payment, "The payment is looked at."),
    of("setup_intent.created", EventSubject::Setup, "Finds a card whose answer was lost."),
    of("setup_intent.requires_action", EventSubject::Setup, "The card is ACTION_REQUIRED."),
    of("setup_intent.succeeded", EventSubject::Setup, "The card is ACTIVE."),
    of("setup_intent.setup_failed", EventSubject::Setup, "The card is FAILED."),
    of("setup_intent.canceled", EventSubject::Setup, "The card is FAILED: its set-up was given up."),
    of(
        "payment_method.attached",
        EventSubject::Nothing,
        "Nothing: a card is kept by the call that asks for it.",
    ),
    of("payment_method.detached", EventSubject::Method, "The card is DELETED."),
    of("payment_method.updated", EventSubject::Method, "The card is shown as it is now."),
    of(
        "payment_method.automatically_updated",
        EventSubject::Method,
        "The card is shown as the bank has renewed it.",
    ),
    of("customer.created", EventSubject::Nothing, "Nothing."),
    of("customer.updated", EventSubject::Nothing, "Nothing: billing's word on a customer counts."),
    of(
        "customer.deleted",
        EventSubject::Customer,
        "The customer's cards are DELETED; the next call makes the customer anew.",
    ),
    of("mandate.updated", EventSubject::Nothing, "Nothing: no mandates are kept."),
    of("source.chargeable", EventSubject::Nothing, "Nothing: sources are refused."),
    of("source.failed", EventSubject::Nothing, "Nothing: sources are refused."),
    of("source.canceled", EventSubject::Nothing, "Nothing: sources are refused."),
];

/// The known type of a name; `None` for an unknown name.
pub fn named(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|known| known.name == name)
}
