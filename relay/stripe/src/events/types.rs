//! The known types of events, each with its effect.
//!
//! A new type needs a line here. docs/events.md is generated from this table.

/// A type of Stripe's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// Stripe's name of the type.
    pub name: &'static str,
    /// The subject of the event.
    pub about: SubjectKind,
    /// The effect, in one sentence for docs/events.md.
    pub does: &'static str,
}

/// The subject of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
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
            SubjectKind::Payment => "payment",
            SubjectKind::Setup | SubjectKind::Method => "card",
            SubjectKind::Customer => "customer",
            SubjectKind::Nothing => "",
        };
        format!("| `{}` | {about} | {} |", self.name, self.does)
    }
}

const fn of(name: &'static str, about: SubjectKind, does: &'static str) -> Type {
    Type { name, about, does }
}

/// Every known type. The relay accepts and counts events of other types, which have no effect.
pub const TYPES: &[Type] = &[
    of("payment_intent.created", SubjectKind::Payment, "Finds a payment whose answer was lost."),
    of("payment_intent.requires_action", SubjectKind::Payment, "The payment is ACTION_REQUIRED."),
    of("payment_intent.processing", SubjectKind::Payment, "The payment is PENDING, never paid."),
    of("payment_intent.amount_capturable_updated", SubjectKind::Payment, "The payment is AUTHORIZED."),
    of("payment_intent.succeeded", SubjectKind::Payment, "The payment is CAPTURED, with what was received."),
    of(
        "payment_intent.payment_failed",
        SubjectKind::Payment,
        "The payment is DECLINED; while its payer is at it, it stays ACTION_REQUIRED and says why.",
    ),
    of("payment_intent.canceled", SubjectKind::Payment, "The payment is RELEASED, EXPIRED or CANCELED."),
    of(
        "payment_intent.partially_funded",
        SubjectKind::Payment,
        "The payment is looked at; in part is not paid.",
    ),
    of(
        "charge.succeeded",
        SubjectKind::Payment,
        "The charge's details are kept: card, checks, when the hold ends.",
    ),
    of("charge.pending", SubjectKind::Payment, "The payment is PENDING."),
    of("charge.failed", SubjectKind::Payment, "As payment_intent.payment_failed."),
    of("charge.captured", SubjectKind::Payment, "The payment is CAPTURED."),
    of("charge.expired", SubjectKind::Payment, "The payment is EXPIRED."),
    of("charge.updated", SubjectKind::Payment, "The balance transaction is kept once it is there."),
    of(
        "charge.refunded",
        SubjectKind::Payment,
        "All refunds of the payment are fetched; those made elsewhere are added.",
    ),
    of("charge.refund.updated", SubjectKind::Payment, "The same."),
    of("refund.created", SubjectKind::Payment, "The same."),
    of("refund.updated", SubjectKind::Payment, "The same."),
    of("refund.failed", SubjectKind::Payment, "The same; what failed can be refunded again."),
    of(
        "charge.dispute.created",
        SubjectKind::Payment,
        "The dispute is kept, with its reason and until when it can be answered.",
    ),
    of("charge.dispute.updated", SubjectKind::Payment, "The dispute is kept as it is now."),
    of("charge.dispute.funds_withdrawn", SubjectKind::Payment, "The same."),
    of("charge.dispute.funds_reinstated", SubjectKind::Payment, "The same."),
    of(
        "charge.dispute.closed",
        SubjectKind::Payment,
        "Lost: what was disputed counts as charged back. Won: nothing changes.",
    ),
    of("review.opened", SubjectKind::Payment, "The payment is looked at."),
    of("review.closed", SubjectKind::Payment, "The payment is looked at: it may have been refunded."),
    of("radar.early_fraud_warning.created", SubjectKind::Payment, "The payment is looked at."),
    of("setup_intent.created", SubjectKind::Setup, "Finds a card whose answer was lost."),
    of("setup_intent.requires_action", SubjectKind::Setup, "The card is ACTION_REQUIRED."),
    of("setup_intent.succeeded", SubjectKind::Setup, "The card is ACTIVE."),
    of("setup_intent.setup_failed", SubjectKind::Setup, "The card is FAILED."),
    of("setup_intent.canceled", SubjectKind::Setup, "The card is FAILED: its set-up was given up."),
    of(
        "payment_method.attached",
        SubjectKind::Nothing,
        "Nothing: a card is kept by the call that asks for it.",
    ),
    of("payment_method.detached", SubjectKind::Method, "The card is DELETED."),
    of("payment_method.updated", SubjectKind::Method, "The card is shown as it is now."),
    of(
        "payment_method.automatically_updated",
        SubjectKind::Method,
        "The card is shown as the bank has renewed it.",
    ),
    of("customer.created", SubjectKind::Nothing, "Nothing."),
    of("customer.updated", SubjectKind::Nothing, "Nothing: billing's word on a customer counts."),
    of(
        "customer.deleted",
        SubjectKind::Customer,
        "The customer's cards are DELETED; the next call makes the customer anew.",
    ),
    of("mandate.updated", SubjectKind::Nothing, "Nothing: no mandates are kept."),
    of("source.chargeable", SubjectKind::Nothing, "Nothing: sources are refused."),
    of("source.failed", SubjectKind::Nothing, "Nothing: sources are refused."),
    of("source.canceled", SubjectKind::Nothing, "Nothing: sources are refused."),
];

/// The known type of a name; `None` for an unknown name.
pub fn named(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|known| known.name == name)
}
