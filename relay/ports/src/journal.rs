//! The journal: what is remembered, on disk before anything leaves.
//!
//! Two phases: [`Journal::begin`] before the processor is asked, [`Journal::record`] before
//! billing is answered. Each is one transaction with its history row and its events. No call over
//! a network happens inside one, and every change names the version that it moves from. A journal
//! decides nothing: which events follow is in the [`Changes`].

use async_trait::async_trait;
use causeway::{
    order::{Job, Listing, Lookup, PaymentId},
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

/// The right to work on an operation: how it is taken.
pub mod lease;
/// The inbox of the processor's events.
pub mod inbox;

/// A nonce of the signed link, and until when it has to be remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct SpentNonce {
    /// The key id of the signature and its nonce.
    pub nonce: (String, String),
    /// Until then.
    pub good_until: Timestamp,
}

/// The first phase: an operation begins.
#[derive(Debug, Clone)]
pub struct Begin {
    /// The operation, open.
    pub operation: Operation,
    /// The changes with it.
    pub changes: Changes,
    /// The nonce of the request; `None`: the relay itself began it.
    pub nonce: Option<SpentNonce>,
}

/// The second phase: its outcome.
#[derive(Debug, Clone)]
pub struct Record {
    /// The operation.
    pub operation: uuid::Uuid,
    /// The epoch in which it was worked on.
    pub epoch: u64,
    /// When recovery looks at it, if it is not known; `None`: recovery does not.
    pub next: Option<Timestamp>,
    /// How far it is now.
    pub progress: Progress,
    /// Whether the processor's answer is one that it keeps and that tells nothing. Once it was, it
    /// is not taken back.
    pub key_spent: bool,
    /// The changes with it.
    pub changes: Changes,
}

/// A selection of unfinished operations.
#[derive(Debug, Clone)]
pub struct Unfinished {
    /// Of this tenant; `None`: of all.
    pub tenant: Option<TenantName>,
    /// Of these kinds.
    pub kinds: Vec<CommandKind>,
    /// Only those that wait for a payer or for the processor.
    pub waiting: bool,
    /// Began before.
    pub before: Timestamp,
    /// Began after, so that a run comes to its end.
    pub after: Timestamp,
    /// How many at most.
    pub most: u32,
}

/// A page of a job's rows.
#[derive(Debug, Clone)]
pub struct Page {
    /// Of this tenant; `None`: of all.
    pub tenant: Option<TenantName>,
    /// Behind this id; empty: from the first.
    pub after: String,
    /// How many at most.
    pub most: u32,
}

/// A customer by one of their names.
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

/// The result of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// On disk.
    Committed,
    /// The payment or the customer has moved since it was read; read it again.
    VersionConflict,
    /// The request id has an operation already; read that.
    DuplicateRequest,
    /// The nonce was spent before.
    NonceReplayed,
    /// Another relay has taken the operation up, or it is finished; read it again.
    LeaseLost,
    /// Another payment of the billing reference went through, which [`Changes::only_success_of`]
    /// excludes.
    SecondSuccess(PaymentId),
}

/// Why the journal did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// It cannot be read or written now.
    #[error("the journal cannot be used: {0}")]
    Unavailable(String),
    /// The disk is full, or nearly.
    #[error("the journal has no room: {0}")]
    Full(String),
    /// It holds something that it never wrote.
    #[error("the journal is damaged: {0}")]
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

    /// The customer that an object of the processor's belongs to, "cus_…" or an attached "pm_…", whatever the tenant:
    /// two of them may share an account.
    async fn owner(&self, processor_id: &str) -> Result<Option<Customer>, JournalError>;

    /// Whether an object of Stripe's belongs to a payment, whatever the tenant.
    async fn is_known(&self, processor_id: &str) -> Result<bool, JournalError>;

    /// A change that is no operation of its own.
    async fn change(&self, changes: Changes) -> Result<Commit, JournalError>;

    /// A payment by any of its names.
    async fn look_up(&self, tenant: &TenantName, lookup: &Lookup) -> Result<Option<Payment>, JournalError>;

    /// The timeline of a payment, oldest first.
    async fn history(&self, id: PaymentId) -> Result<Vec<TimelineEntry>, JournalError>;

    /// Payments, newest first; one more than the page has shows that there is a next.
    async fn list(&self, tenant: &TenantName, listing: &Listing) -> Result<Vec<Payment>, JournalError>;

    /// Whether there is room for an operation to begin, with all that is still to be
    /// written of those that did.
    fn admits(&self) -> Result<(), JournalError>;

    /// The first phase.
    async fn begin(&self, begin: Begin) -> Result<Commit, JournalError>;

    /// The second phase.
    async fn record(&self, record: Record) -> Result<Commit, JournalError>;

    /// Takes an operation up that is not finished. Gives whether it is the claimer's now.
    async fn claim(&self, claim: Claim) -> Result<bool, JournalError>;

    /// Makes leases longer.
    async fn renew(
        &self,
        owner: uuid::Uuid,
        operations: Vec<uuid::Uuid>,
        until: Timestamp,
    ) -> Result<(), JournalError>;

    /// Operations that recovery is to take up.
    async fn recoverable(&self, which: Recoverable) -> Result<Vec<Operation>, JournalError>;

    /// Operations of some kinds that began before a moment and are not finished, oldest
    /// first, of one tenant or of all.
    async fn unfinished(&self, which: Unfinished) -> Result<Vec<Operation>, JournalError>;

    /// Payments in which something is still to be decided, oldest first, after an id.
    async fn open_payments(&self, page: Page) -> Result<Vec<Payment>, JournalError>;

    /// Payments whose holds end before a moment, by id, after an id.
    async fn holds_ending(&self, before: Timestamp, page: Page) -> Result<Vec<Payment>, JournalError>;

    /// Customers with whom the hourly run has something to do, after an id.
    async fn customers_wishing(&self, page: Page) -> Result<Vec<Versioned<Customer>>, JournalError>;

    /// Puts events into the inbox, each once, and remembers how far polling has come. Gives
    /// how many were new.
    async fn enqueue(
        &self,
        arrivals: Vec<InboundEvent>,
        position: Option<PollPosition>,
    ) -> Result<usize, JournalError>;

    /// Events that are to be worked on now, oldest first.
    async fn due_entries(&self, now: Timestamp, most: u32) -> Result<Vec<InboxEntry>, JournalError>;

    /// What became of an event.
    async fn handled(&self, seq: i64, fate: Disposition) -> Result<(), JournalError>;

    /// How many events came to what, by the name of it.
    async fn inbox_counts(&self, tenant: &TenantName) -> Result<Vec<(String, u64)>, JournalError>;

    /// Forgets events that were worked on and came before a moment.
    async fn forget_entries(&self, before: Timestamp) -> Result<usize, JournalError>;

    /// How far polling has come.
    async fn position(&self, tenant: &TenantName, system: &str)
    -> Result<Option<PollPosition>, JournalError>;

    /// Raises an alarm, once for its key. Gives whether it was new.
    async fn raise(&self, alarm: Alarm) -> Result<bool, JournalError>;

    /// Events for those who watch, as they are sent, after a sequence.
    async fn events(
        &self,
        tenant: &TenantName,
        after: u64,
        most: u32,
    ) -> Result<Vec<v1::Event>, JournalError>;

    /// The sequence of the tenant's last event; 0 where there is none.
    fn last_event(&self, tenant: &TenantName) -> u64;

    /// Waits until there is an event after a sequence.
    async fn event_after(&self, tenant: &TenantName, after: u64);

    /// When a job ran last.
    async fn last_run(&self, job: Job) -> Result<Option<Timestamp>, JournalError>;

    /// Remembers when a job ran.
    async fn ran(&self, job: Job, at: Timestamp) -> Result<(), JournalError>;

    /// Remembers the nonce of a repeated request.
    async fn spend(&self, nonce: SpentNonce) -> Result<Commit, JournalError>;

    /// Nonces that count at this moment or later.
    async fn nonces(&self, now: Timestamp) -> Result<Vec<SpentNonce>, JournalError>;

    /// Writes a heartbeat: whether it can be written now.
    async fn writable(&self, now: Timestamp) -> Result<(), JournalError>;

    /// The last heartbeat: an hour that has been.
    async fn heartbeat(&self) -> Result<Option<Timestamp>, JournalError>;
}
