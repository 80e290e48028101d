//! One request that changes something, and how far it is.

use causeway::{
    order::PaymentId,
    tenant::TenantName,
    text::{CardToken, RequestId},
};
use jiff::Timestamp;

use super::lease::Lease;
use crate::stripe::{idempotency::IdempotencyKey, request::StripeRequest};

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Holds, or takes at once.
    Authorize,
    /// Takes a hold.
    Capture,
    /// Gives back.
    Refund,
    /// Keeps a card.
    Tokenize,
    /// Forgets a card.
    DeleteCard,
    /// Chooses a card.
    SetDefaultCard,
    /// Tells of a customer.
    PutCustomer,
    /// Goes on after the payer acted.
    Confirm,
    /// Gives a hold back.
    ReleaseHold,
    /// Gives back what billing could not fulfil.
    ReportOrderFailed,
    /// Takes over a payment of another system.
    ImportPayment,
    /// A customer is no more.
    DeactivateCustomer,
    /// A second person decides on a refund.
    DecideRefund,
    /// Makes a new hold in the place of one that ends.
    RenewHold,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 14] = [
        Kind::Authorize,
        Kind::Capture,
        Kind::Refund,
        Kind::Tokenize,
        Kind::DeleteCard,
        Kind::SetDefaultCard,
        Kind::PutCustomer,
        Kind::Confirm,
        Kind::ReleaseHold,
        Kind::ReportOrderFailed,
        Kind::ImportPayment,
        Kind::DeactivateCustomer,
        Kind::DecideRefund,
        Kind::RenewHold,
    ];

    /// Its name in the journal and in idempotency keys. Never to change.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Authorize => "authorize",
            Kind::Capture => "capture",
            Kind::Refund => "refund",
            Kind::Tokenize => "tokenize",
            Kind::DeleteCard => "delete_card",
            Kind::SetDefaultCard => "set_default_card",
            Kind::PutCustomer => "put_customer",
            Kind::Confirm => "confirm",
            Kind::ReleaseHold => "release_hold",
            Kind::ReportOrderFailed => "report_order_failed",
            Kind::ImportPayment => "import_payment",
            Kind::DeactivateCustomer => "deactivate_customer",
            Kind::DecideRefund => "decide_refund",
            Kind::RenewHold => "renew_hold",
        }
    }
}

/// One request that changes something.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Ours; marks the objects at Stripe.
    pub id: uuid::Uuid,
    /// Whose.
    pub tenant: TenantName,
    /// The caller's idempotency key; one operation for each, for good.
    pub request_id: RequestId,
    /// What it does.
    pub kind: Kind,
    /// To what.
    pub about: About,
    /// What was asked, as a hash, to know the same request again.
    pub fingerprint: String,
    /// The key under which Stripe does it once.
    pub idempotency_key: IdempotencyKey,
    /// What Stripe is asked, to the byte. `None`: nothing, so it is finished.
    pub request: Option<StripeRequest>,
    /// When it began. Stripe forgets keys after 24 hours.
    pub started: Timestamp,
    /// How far it is.
    pub progress: Progress,
    /// Who works on it.
    pub lease: Lease,
    /// How often it was taken up again.
    pub tries: u32,
    /// When it was last sent to Stripe, or was about to be.
    pub sent: Timestamp,
    /// Whether what Stripe answers to its key tells nothing, and never will.
    pub key_spent: bool,
}

impl Operation {
    /// Whether nobody knows how it ended, or whether it did.
    pub fn is_unknown(&self) -> bool {
        matches!(self.progress, Progress::Open | Progress::Unknown)
    }
}

/// What an operation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A payment.
    Payment(PaymentId),
    /// A customer, by our id, and perhaps one card of theirs.
    Customer {
        /// Ours.
        id: uuid::Uuid,
        /// The card.
        card: Option<CardToken>,
    },
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Stripe was asked, or was about to be.
    Open,
    /// Stripe was asked, and nobody knows what came of it.
    Unknown,
    /// It was answered, and is not decided: the payer has to act, or Stripe is still
    /// working on it. The same request looks again.
    Waiting,
    /// Its outcome is known and was answered.
    Finished {
        /// The answer, an encoded `OperationResult`.
        answer: Vec<u8>,
    },
}
