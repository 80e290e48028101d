//! What is remembered, on disk before anything leaves.
//!
//! Two phases: [`Journal::begin`] before Stripe is asked, [`Journal::record`]
//! before anybody is answered. Each is one transaction with its history row. No
//! call over a network happens inside one, and every change names the version of
//! the payment that it moves from.

use async_trait::async_trait;
use causeway::{
    link::{credential::TenantName, nonce::Nonce},
    order::{Listing, Lookup, PaymentId},
    text::{CardToken, CustomerId, RequestId},
    v1::PaymentStatus,
};
use jiff::Timestamp;

use crate::{
    customer::Customer,
    payment::Payment,
    stripe::{idempotency::IdempotencyKey, request::StripeRequest},
};

/// The embedded engine: SQLite.
pub mod sqlite;

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
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 7] = [
        Kind::Authorize,
        Kind::Capture,
        Kind::Refund,
        Kind::Tokenize,
        Kind::DeleteCard,
        Kind::SetDefaultCard,
        Kind::PutCustomer,
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

/// One step in a payment's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Where the payment stood before; `None` for its first step.
    pub from: Option<PaymentStatus>,
    /// Where it stands since.
    pub to: PaymentStatus,
    /// Which kind of operation.
    pub kind: Kind,
    /// Which request.
    pub request_id: RequestId,
    /// Where it came from.
    pub source: Source,
    /// What happened, in a sentence.
    pub note: String,
}

/// Where a change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Somebody asked for it.
    Billing,
    /// Stripe's answer to our call.
    Api,
}

impl Source {
    /// Its name in the journal and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Billing => "billing",
            Source::Api => "api",
        }
    }
}

/// A payment or a customer with the version that a change of it has to name.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    /// It.
    pub it: T,
    /// Its version.
    pub version: u64,
}

/// A change of a payment.
#[derive(Debug, Clone)]
pub struct PaymentChange {
    /// The payment after it.
    pub payment: Payment,
    /// Which version this moves from; `None` for a new payment.
    pub basis: Option<u64>,
    /// The history row.
    pub step: Step,
}

/// A change of a customer.
#[derive(Debug, Clone)]
pub struct CustomerChange {
    /// The customer after it.
    pub customer: Customer,
    /// Which version this moves from; `None` for a new customer.
    pub basis: Option<u64>,
}

/// What one phase changes: all of it, or nothing.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// A payment.
    pub payment: Option<PaymentChange>,
    /// A customer.
    pub customer: Option<CustomerChange>,
}

/// A nonce and until when it has to be remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct SpentNonce {
    /// The nonce.
    pub nonce: Nonce,
    /// Until then.
    pub good_until: Timestamp,
}

impl Changes {
    /// Of a payment only.
    pub fn of_payment(change: PaymentChange) -> Changes {
        Changes { payment: Some(change), customer: None }
    }

    /// Of a customer only.
    pub fn of_customer(change: CustomerChange) -> Changes {
        Changes { payment: None, customer: Some(change) }
    }
}

/// The first phase: an operation begins.
#[derive(Debug, Clone)]
pub struct Begin {
    /// The operation, open.
    pub operation: Operation,
    /// What changes with it.
    pub changes: Changes,
    /// The nonce of the request that asks for it.
    pub nonce: SpentNonce,
}

/// The second phase: its outcome.
#[derive(Debug, Clone)]
pub struct Record {
    /// Which operation.
    pub operation: uuid::Uuid,
    /// How far it is now.
    pub progress: Progress,
    /// What changes with it.
    pub changes: Changes,
}

/// Which customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerBy {
    /// By our id.
    Id(uuid::Uuid),
    /// By billing's id, at a payment system, in one account and mode of it.
    Reference {
        /// Name of the payment system.
        system: String,
        /// Its account, or empty.
        account: String,
        /// Whether it is in test mode.
        test_mode: bool,
        /// Billing's id.
        customer: CustomerId,
    },
    /// By a card that is kept for them, or was.
    Card(CardToken),
}

/// What became of a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is on disk.
    Done,
    /// The payment or the customer has moved since it was read; read it again.
    Moved,
    /// The request id has an operation already; read that.
    RequestKnown,
    /// The nonce was spent before.
    NonceSpent,
}

/// Why the journal did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// It cannot be read or written now.
    #[error("the journal cannot be used: {0}")]
    Unavailable(String),
    /// It holds something that it never wrote.
    #[error("the journal holds a row that cannot be read: {0}")]
    Corrupt(String),
}

/// What a journal has to do. All engines tell the same stories.
#[async_trait]
pub trait Journal: Send + Sync + 'static {
    /// The operation of a request id.
    async fn operation(
        &self,
        tenant: &TenantName,
        request_id: &RequestId,
    ) -> Result<Option<Operation>, JournalError>;

    /// A payment by our id.
    async fn payment(
        &self,
        tenant: &TenantName,
        id: PaymentId,
    ) -> Result<Option<Versioned<Payment>>, JournalError>;

    /// A customer by any of their names.
    async fn customer(
        &self,
        tenant: &TenantName,
        by: CustomerBy,
    ) -> Result<Option<Versioned<Customer>>, JournalError>;

    /// A customer at all payment systems that know them, by name of the system.
    async fn customers(
        &self,
        tenant: &TenantName,
        reference: &CustomerId,
    ) -> Result<Vec<Versioned<Customer>>, JournalError>;

    /// Whose an object of Stripe's is, "cus_…" or an attached "pm_…", whatever the tenant:
    /// two of them may share an account.
    async fn owner(&self, processor_id: &str) -> Result<Option<Customer>, JournalError>;

    /// A change of a customer that is no operation of its own.
    async fn put_customer(&self, change: CustomerChange) -> Result<Written, JournalError>;

    /// A payment by any of its names.
    async fn look_up(&self, tenant: &TenantName, lookup: &Lookup) -> Result<Option<Payment>, JournalError>;

    /// All steps of a payment, oldest first.
    async fn history(&self, id: PaymentId) -> Result<Vec<Step>, JournalError>;

    /// Payments, newest first; one more than the page has shows that there is a next.
    async fn list(&self, tenant: &TenantName, listing: &Listing) -> Result<Vec<Payment>, JournalError>;

    /// The first phase.
    async fn begin(&self, begin: Begin) -> Result<Written, JournalError>;

    /// The second phase.
    async fn record(&self, record: Record) -> Result<Written, JournalError>;

    /// Remembers the nonce of a repeated request.
    async fn spend(&self, nonce: SpentNonce) -> Result<Written, JournalError>;

    /// Nonces that count at this moment or later.
    async fn nonces(&self, now: Timestamp) -> Result<Vec<SpentNonce>, JournalError>;

    /// Writes a heartbeat: whether it can be written now.
    async fn writable(&self, now: Timestamp) -> Result<(), JournalError>;
}
