//! A journal with injected errors.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use causeway::{
    request::{Job, Listing, Lookup, PaymentId},
    tenant::TenantName,
    text::{CustomerId, RequestId},
    v1,
};
use causeway_domain::{
    change::{Changes, Versioned},
    customer::Customer,
    event::Alarm,
    operation::Operation,
    payment::Payment,
    timeline::TimelineEntry,
};
use causeway_ports::journal::{
    Begin, Commit, CustomerBy, Journal, JournalError, Page, Record, SpentNonce, Unfinished,
    inbox::{Disposition, InboundEvent, InboxEntry, PollPosition},
    lease::{Claim, Recoverable},
};
use jiff::Timestamp;
use tokio::runtime::Handle;
use uuid::Uuid;

/// The calls of the journal that fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No call of the journal fails.
    Nothing,
    /// The call of this number fails, counted from 1.
    Call(usize),
    /// This number of reads of an operation, a payment or a customer fails, from the first read
    /// after a committed begin.
    ReadsAfterBegin(usize),
    /// Every call after a committed begin fails.
    AllAfterBegin,
    /// Every call of `begin` fails.
    Begins,
    /// Every call of `record` fails.
    Records,
}

struct Faults {
    fault: Fault,
    error: JournalError,
    begun: bool,
    calls: usize,
    failures: usize,
}

/// A decorator of a journal. A paused clock of tokio does not advance while a call runs.
pub(super) struct FaultyJournal {
    inner: Arc<dyn Journal>,
    faults: Mutex<Faults>,
}

impl FaultyJournal {
    pub(super) fn new(inner: Arc<dyn Journal>) -> FaultyJournal {
        let (fault, error) = (Fault::Nothing, JournalError::Unavailable(String::new()));
        let faults = Faults { fault, error, begun: false, calls: 0, failures: 0 };
        FaultyJournal { inner, faults: Mutex::new(faults) }
    }

    /// From now on the calls of `fault` fail with `error`.
    pub(super) fn fail(&self, fault: Fault, error: JournalError) {
        *self.faults() = Faults { fault, error, begun: false, calls: 0, failures: 0 };
    }

    /// From now on no call fails. Returns the number of failed calls.
    pub(super) fn mend(&self) -> usize {
        let mut faults = self.faults();
        faults.fault = Fault::Nothing;
        faults.failures
    }

    /// Whether a begin has committed since the fault was set.
    pub(super) fn begun(&self) -> bool {
        self.faults().begun
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap()
    }

    fn check(&self, call: &str) -> Result<(), JournalError> {
        let mut faults = self.faults();
        faults.calls += 1;
        let (number, begun, failures) = (faults.calls, faults.begun, faults.failures);
        let fails = match faults.fault {
            Fault::Nothing => false,
            Fault::Call(which) => number == which,
            Fault::ReadsAfterBegin(reads) => {
                begun && failures < reads && matches!(call, "operation" | "payment" | "customer")
            }
            Fault::AllAfterBegin => begun,
            Fault::Begins => call == "begin",
            Fault::Records => call == "record",
        };
        if !fails {
            return Ok(());
        }
        faults.failures += 1;
        Err(faults.error.clone())
    }

    /// Runs a call of the inner journal as a blocking task, for which a paused clock waits.
    async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Journal, Handle) -> T + Send + 'static,
    ) -> T {
        let (inner, handle) = (Arc::clone(&self.inner), Handle::current());
        tokio::task::spawn_blocking(move || call(inner.as_ref(), handle)).await.unwrap()
    }
}

/// Defines calls that go to the inner journal unless the fault applies. Arguments with `&` are
/// passed by reference.
macro_rules! checked_journal {
    (
        $(fn $name:ident($(& $by_ref:ident: $borrowed:ty),* ; $($by_value:ident: $owned:ty),*) -> $value:ty;)*
        rest { $($rest:tt)* }
    ) => {
        #[async_trait]
        impl Journal for FaultyJournal {
            $(
                async fn $name(
                    &self,
                    $($by_ref: &$borrowed,)*
                    $($by_value: $owned,)*
                ) -> Result<$value, JournalError> {
                    self.check(stringify!($name))?;
                    $(let $by_ref = $by_ref.to_owned();)*
                    self.run(move |inner, handle| {
                        handle.block_on(inner.$name($(&$by_ref,)* $($by_value,)*))
                    })
                    .await
                }
            )*
            $($rest)*
        }
    };
}

checked_journal! {
    fn operation(&tenant: TenantName, &request_id: RequestId;) -> Option<Operation>;
    fn payment(&tenant: TenantName; id: PaymentId) -> Option<Versioned<Payment>>;
    fn customer(&tenant: TenantName; by: CustomerBy) -> Option<Versioned<Customer>>;
    fn customers(&tenant: TenantName, &reference: CustomerId;) -> Vec<Versioned<Customer>>;
    fn owner(&processor_id: str;) -> Option<Customer>;
    fn is_known(&processor_id: str;) -> bool;
    fn change(; changes: Changes) -> Commit;
    fn look_up(&tenant: TenantName, &lookup: Lookup;) -> Option<Payment>;
    fn history(; id: PaymentId) -> Vec<TimelineEntry>;
    fn list(&tenant: TenantName, &listing: Listing;) -> Vec<Payment>;
    fn record(; record: Record) -> Commit;
    fn claim(; claim: Claim) -> bool;
    fn renew(; owner: Uuid, operations: Vec<Uuid>, until: Timestamp) -> ();
    fn recoverable(; which: Recoverable) -> Vec<Operation>;
    fn unfinished(; which: Unfinished) -> Vec<Operation>;
    fn open_payments(; page: Page) -> Vec<Payment>;
    fn holds_ending(; before: Timestamp, page: Page) -> Vec<Payment>;
    fn customers_pending_sync(; page: Page) -> Vec<Versioned<Customer>>;
    fn enqueue(; arrivals: Vec<InboundEvent>, position: Option<PollPosition>) -> usize;
    fn due_entries(; now: Timestamp, most: u32) -> Vec<InboxEntry>;
    fn handled(; seq: i64, fate: Disposition) -> ();
    fn inbox_counts(&tenant: TenantName;) -> Vec<(String, u64)>;
    fn forget_entries(; before: Timestamp) -> usize;
    fn position(&tenant: TenantName, &system: str;) -> Option<PollPosition>;
    fn raise(; alarm: Alarm) -> bool;
    fn events(&tenant: TenantName; after: u64, most: u32) -> Vec<v1::Event>;
    fn last_run(; job: Job) -> Option<Timestamp>;
    fn ran(; job: Job, at: Timestamp) -> ();
    fn spend(; nonce: SpentNonce) -> Commit;
    fn nonces(; now: Timestamp) -> Vec<SpentNonce>;
    fn writable(; now: Timestamp) -> ();
    fn heartbeat(;) -> Option<Timestamp>;
    rest {
        fn admits(&self) -> Result<(), JournalError> {
            self.inner.admits()
        }

        async fn begin(&self, begin: Begin) -> Result<Commit, JournalError> {
            self.check("begin")?;
            let commit = self.run(move |inner, handle| handle.block_on(inner.begin(begin))).await?;
            self.faults().begun |= commit == Commit::Committed;
            Ok(commit)
        }

        fn last_event(&self, tenant: &TenantName) -> u64 {
            self.inner.last_event(tenant)
        }

        async fn event_after(&self, tenant: &TenantName, after: u64) {
            self.inner.event_after(tenant, after).await;
        }
    }
}
