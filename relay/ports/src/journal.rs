//! The journal: the relay's record on disk, written before a request or an answer leaves the relay.
//!
//! Writes have two phases: `Journal::begin` before the request to the processor, `Journal::record`
//! before the answer to billing. Each phase is one transaction with the timeline entry and the events.
//! No network call happens inside a transaction, and every change names the version before the change.
//! A journal applies no business rule: the events are part of the `Changes`.

use async_trait::async_trait;
use causeway::{
    money::SumError,
    request::{Job, Listing, Lookup, PaymentId},
    tenant::TenantName,
    text::{CardToken, CustomerId, RequestId},
    v1,
};
use causeway_domain::{
    change::{Changes, Versioned},
    customer::Customer,
    event::Alarm,
    operation::{CommandKind, Operation, Progress},
    payment::Payment,
    timeline::TimelineEntry,
};
use jiff::Timestamp;

use inbox::{Disposition, InboundEvent, InboxEntry, PollPosition};
use lease::{Claim, Recoverable};

/// Leases: how a relay acquires the right to work on an operation.
pub mod lease;
/// The inbox of the processor's events.
pub mod inbox;

/// A nonce of a signed request, and the end of the time in which a replay is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct SpentNonce {
    /// The key id of the signature, and the nonce.
    pub nonce: (String, String),
    /// End of the time in which a replay is refused.
    pub good_until: Timestamp,
}

/// The first phase: the beginning of an operation.
#[derive(Debug, Clone)]
pub struct Begin {
    /// The operation, with the progress `Open`.
    pub operation: Operation,
    /// The changes of the same transaction.
    pub changes: Changes,
    /// The nonce of the request; `None` for an operation that the relay begins.
    pub nonce: Option<SpentNonce>,
}

/// The second phase: the outcome of an operation.
#[derive(Debug, Clone)]
pub struct Record {
    /// The relay's id of the operation.
    pub operation: uuid::Uuid,
    /// The epoch of the lease under which the relay worked.
    pub epoch: u64,
    /// The moment at which recovery inspects an unknown outcome; `None` excludes the operation from recovery.
    pub next: Option<Timestamp>,
    /// The progress after this write.
    pub progress: Progress,
    /// Whether the processor keeps an error as the answer to the idempotency key, so that a repetition
    /// reveals no outcome. The journal never resets the flag.
    pub key_spent: bool,
    /// The changes of the same transaction.
    pub changes: Changes,
}

/// A selection of unfinished operations.
#[derive(Debug, Clone)]
pub struct Unfinished {
    /// The tenant; `None` for all tenants.
    pub tenant: Option<TenantName>,
    /// The kinds of operations to select.
    pub kinds: Vec<CommandKind>,
    /// Only operations that wait for a payer or for the processor.
    pub waiting: bool,
    /// Upper bound of the beginning, exclusive.
    pub before: Timestamp,
    /// Lower bound of the beginning, exclusive: a run passes the last moment here, so that the run ends.
    pub after: Timestamp,
    /// Maximum number of operations.
    pub most: u32,
}

/// A page of rows for a job.
#[derive(Debug, Clone)]
pub struct Page {
    /// The tenant; `None` for all tenants.
    pub tenant: Option<TenantName>,
    /// The last id of the page before; empty for the first page.
    pub after: String,
    /// Maximum number of rows.
    pub most: u32,
}

/// The key of a customer look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerBy {
    /// By the relay's id.
    Id(uuid::Uuid),
    /// By billing's id, within one account and mode of a payment system.
    Reference {
        /// Name of the payment system.
        system: String,
        /// The processor account, or empty.
        account: String,
        /// Whether the account is in test mode.
        test_mode: bool,
        /// Billing's id of the customer.
        customer: CustomerId,
    },
    /// By the token of a card that is or was stored for the customer.
    Card(CardToken),
}

/// The result of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// The transaction is on disk.
    Committed,
    /// The payment or the customer has changed since the read; the caller reads again.
    VersionConflict,
    /// The request id has an operation already; the caller reads that operation.
    DuplicateRequest,
    /// The nonce was used before.
    NonceReplayed,
    /// Another relay holds the lease, or the operation is finished; the caller reads again.
    LeaseLost,
    /// Another payment of the billing reference went through, which [`Changes::only_success_of`] excludes.
    SecondSuccess(PaymentId),
}

/// The reason why a read or a write failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The journal cannot be read or written now.
    #[error("the journal cannot be used: {0}")]
    Unavailable(String),
    /// The disk is full, or nearly full.
    #[error("the journal has no room: {0}")]
    Full(String),
    /// The journal holds data that no write of the relay produced.
    #[error("the journal is damaged: {0}")]
    Corrupt(String),
}

/// Amounts without a sum are data that no write of the relay produced.
impl From<SumError> for JournalError {
    fn from(error: SumError) -> JournalError {
        JournalError::Corrupt(error.to_string())
    }
}

/// The contract of a journal. Every implementation passes the same suite (`causeway-port-suites`).
#[async_trait]
pub trait Journal: Send + Sync + 'static {
    /// The operation of a request id.
    async fn operation(
        &self,
        tenant: &TenantName,
        request_id: &RequestId,
    ) -> Result<Option<Operation>, JournalError>;

    /// A payment by the relay's id.
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

    /// The records of a customer at all payment systems, by name of the system.
    async fn customers(
        &self,
        tenant: &TenantName,
        reference: &CustomerId,
    ) -> Result<Vec<Versioned<Customer>>, JournalError>;

    /// The customer to whom an object of the processor belongs, "cus_…" or an attached "pm_…", in any
    /// tenant: two tenants may share an account.
    async fn owner(&self, processor_id: &str) -> Result<Option<Customer>, JournalError>;

    /// Whether an object of Stripe belongs to a payment, in any tenant.
    async fn is_known(&self, processor_id: &str) -> Result<bool, JournalError>;

    /// Writes changes that belong to no operation.
    async fn change(&self, changes: Changes) -> Result<Commit, JournalError>;

    /// A payment by any key of the look-up.
    async fn look_up(&self, tenant: &TenantName, lookup: &Lookup) -> Result<Option<Payment>, JournalError>;

    /// The timeline of a payment, oldest first.
    async fn history(&self, id: PaymentId) -> Result<Vec<TimelineEntry>, JournalError>;

    /// Payments, newest first. One payment more than the page size shows that another page exists.
    async fn list(&self, tenant: &TenantName, listing: &Listing) -> Result<Vec<Payment>, JournalError>;

    /// Whether an operation may begin: the journal has room for the operation and for the pending
    /// writes of all open operations.
    fn admits(&self) -> Result<(), JournalError>;

    /// Whether little room is left, so that no tenant may use more than an even part of the rest.
    fn is_scarce(&self) -> bool {
        false
    }

    /// Writes the first phase, before the request to the processor.
    async fn begin(&self, begin: Begin) -> Result<Commit, JournalError>;

    /// Writes the second phase, before the answer to billing.
    async fn record(&self, record: Record) -> Result<Commit, JournalError>;

    /// Resumes an unfinished operation under a new epoch. The result is whether the claimer now holds
    /// the lease.
    async fn claim(&self, claim: Claim) -> Result<bool, JournalError>;

    /// Extends the leases of an owner.
    async fn renew(
        &self,
        owner: uuid::Uuid,
        operations: Vec<uuid::Uuid>,
        until: Timestamp,
    ) -> Result<(), JournalError>;

    /// Operations that recovery has to resume.
    async fn recoverable(&self, which: Recoverable) -> Result<Vec<Operation>, JournalError>;

    /// Operations of some kinds that began in a span of time and are unfinished, oldest first, of one
    /// tenant or of all tenants.
    async fn unfinished(&self, which: Unfinished) -> Result<Vec<Operation>, JournalError>;

    /// Payments with an open decision, by id, after an id.
    async fn open_payments(&self, page: Page) -> Result<Vec<Payment>, JournalError>;

    /// Payments with a hold that ends before a moment, by id, after an id.
    async fn holds_ending(&self, before: Timestamp, page: Page) -> Result<Vec<Payment>, JournalError>;

    /// Customers with work for the hourly run, by id, after an id.
    async fn customers_pending_sync(&self, page: Page) -> Result<Vec<Versioned<Customer>>, JournalError>;

    /// Stores events in the inbox, each event once, together with the position of polling. The result
    /// is the number of new events.
    async fn enqueue(
        &self,
        arrivals: Vec<InboundEvent>,
        position: Option<PollPosition>,
    ) -> Result<usize, JournalError>;

    /// Entries of the inbox that are due, oldest first. The tenants take turns: the first entry of each
    /// tenant, then the second of each, and so on.
    async fn due_entries(&self, now: Timestamp, most: u32) -> Result<Vec<InboxEntry>, JournalError>;

    /// Records the disposition of an inbox entry.
    async fn handled(&self, seq: i64, fate: Disposition) -> Result<(), JournalError>;

    /// Number of the tenant's inbox entries by outcome, with names for entries that wait and for parked
    /// entries.
    async fn inbox_counts(&self, tenant: &TenantName) -> Result<Vec<(String, u64)>, JournalError>;

    /// Deletes handled events that were received before a moment.
    async fn forget_entries(&self, before: Timestamp) -> Result<usize, JournalError>;

    /// The position of polling at a payment system.
    async fn position(&self, tenant: &TenantName, system: &str)
    -> Result<Option<PollPosition>, JournalError>;

    /// Raises an alarm, once per key. The result is whether the alarm is new.
    async fn raise(&self, alarm: Alarm) -> Result<bool, JournalError>;

    /// Events for watchers in the form of the contract, after a sequence.
    async fn events(
        &self,
        tenant: &TenantName,
        after: u64,
        most: u32,
    ) -> Result<Vec<v1::Event>, JournalError>;

    /// The sequence of the tenant's last event; 0 before the first event.
    fn last_event(&self, tenant: &TenantName) -> u64;

    /// Waits for an event with a sequence above `after`.
    async fn event_after(&self, tenant: &TenantName, after: u64);

    /// The moment of a job's last run.
    async fn last_run(&self, job: Job) -> Result<Option<Timestamp>, JournalError>;

    /// Records the moment of a job's run.
    async fn ran(&self, job: Job, at: Timestamp) -> Result<(), JournalError>;

    /// Records the nonce of a repeated request.
    async fn spend(&self, nonce: SpentNonce) -> Result<Commit, JournalError>;

    /// Nonces that must still be refused at this moment.
    async fn nonces(&self, now: Timestamp) -> Result<Vec<SpentNonce>, JournalError>;

    /// Writes a heartbeat, and so tests whether the journal accepts writes.
    async fn writable(&self, now: Timestamp) -> Result<(), JournalError>;

    /// The moment of the last heartbeat, a lower bound of the present time.
    async fn heartbeat(&self) -> Result<Option<Timestamp>, JournalError>;
}
