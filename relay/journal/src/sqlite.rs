//! The journal on SQLite: one process, one writer that commits in groups.

use std::{path::Path, sync::Arc};

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
use rusqlite::Connection;

mod error;
mod events;
mod file;
mod inbox;
/// The inspection: whether every row is as written.
pub mod inspect;
mod jobs;
mod latest;
mod leases;
mod options;
mod read;
mod room;
mod rows;
mod seal;
/// Operations without a known outcome.
pub mod unresolved;
/// The threads that own the connections.
pub mod worker;
mod write;

pub use options::{Duplicates, Options, Synchronous};

use error::unavailable;
use events::LastEvents;
use file::Lock;
use latest::Latest;
use room::Room;
use worker::Worker;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// A journal in one file.
pub struct Sqlite {
    writer: Worker,
    reader: Worker,
    /// The reader for lists and look-ups: a slow read delays no payment.
    browser: Worker,
    /// The reader for watchers of events.
    watcher: Worker,
    /// The sequence of the last event of each tenant.
    last: Arc<Latest>,
    /// The disk space for the journal.
    room: Arc<Room>,
    duplicates: Duplicates,
    _lock: Lock,
}

impl Sqlite {
    /// Opens or creates the file and migrates the tables to the present version. `reserve` is the
    /// number of bytes kept beside the file for a full disk.
    pub fn open(path: &Path, reserve: u64) -> Result<Sqlite, JournalError> {
        Sqlite::open_with(path, Options { reserve, ..Options::default() })
    }

    /// As [`Sqlite::open`], with all options.
    pub fn open_with(path: &Path, options: Options) -> Result<Sqlite, JournalError> {
        let lock = file::lock(path)?;
        let mut writing = file::connect(&lock.path, options.synchronous)?;
        causeway_runtime::failpoint!("relay.start.journal_locked");
        embedded::migrations::runner().run(&mut writing).map_err(|error| {
            JournalError::Unavailable(format!("its tables cannot be brought up to date: {error}"))
        })?;
        seal::on_writes(&writing)?;
        leases::void_all(&writing)?;
        let last = Latest::new(events::all_last(&writing)?);
        let room = Arc::new(Room::beside(&lock.path, options.reserve));
        let reading = |name| Worker::reading(name, file::connect_to_read(&lock.path)?);
        Ok(Sqlite {
            reader: reading("journal-reader")?,
            browser: reading("journal-browser")?,
            watcher: reading("journal-watcher")?,
            writer: Worker::committing("journal-writer", writing)?.telling(Arc::clone(&room)),
            last: Arc::new(last),
            room,
            duplicates: options.duplicates,
            _lock: lock,
        })
    }
}

impl Sqlite {
    /// Writes in the turn of a tenant, and wakes the watchers of events once the write is on disk, also
    /// where the caller no longer waits for the answer.
    async fn write<T: Send + 'static>(
        &self,
        tenant: Option<TenantName>,
        job: impl FnOnce(&Connection) -> Result<(T, LastEvents), JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let last = Arc::clone(&self.last);
        let committed = move |(_, events): &(T, LastEvents)| last.raise(events);
        self.writer.run_then(tenant, job, committed).await.map(|(value, _)| value)
    }
}

#[async_trait]
impl Journal for Sqlite {
    async fn operation(
        &self,
        tenant: &TenantName,
        request_id: &RequestId,
    ) -> Result<Option<Operation>, JournalError> {
        let (tenant, request_id) = (tenant.clone(), request_id.clone());
        self.reader.run(move |connection| read::operation(connection, &tenant, &request_id)).await
    }

    async fn payment(
        &self,
        tenant: &TenantName,
        id: PaymentId,
    ) -> Result<Option<Versioned<Payment>>, JournalError> {
        let tenant = tenant.clone();
        self.reader.run(move |connection| read::payment(connection, &tenant, id)).await
    }

    async fn customer(
        &self,
        tenant: &TenantName,
        by: CustomerBy,
    ) -> Result<Option<Versioned<Customer>>, JournalError> {
        let tenant = tenant.clone();
        self.reader.run(move |connection| read::customer(connection, &tenant, &by)).await
    }

    async fn customers(
        &self,
        tenant: &TenantName,
        reference: &CustomerId,
    ) -> Result<Vec<Versioned<Customer>>, JournalError> {
        let (tenant, reference) = (tenant.clone(), reference.clone());
        self.reader.run(move |connection| read::customers(connection, &tenant, &reference)).await
    }

    async fn owner(&self, processor_id: &str) -> Result<Option<Customer>, JournalError> {
        let id = processor_id.to_owned();
        self.reader.run(move |connection| read::owner(connection, &id)).await
    }

    async fn is_known(&self, processor_id: &str) -> Result<bool, JournalError> {
        let id = processor_id.to_owned();
        self.reader.run(move |connection| read::is_known(connection, &id)).await
    }

    async fn change(&self, changes: Changes) -> Result<Commit, JournalError> {
        let tenant = changes.tenant().cloned();
        self.write(tenant, move |connection| write::change(connection, &changes)).await
    }

    async fn look_up(&self, tenant: &TenantName, lookup: &Lookup) -> Result<Option<Payment>, JournalError> {
        let (tenant, lookup) = (tenant.clone(), lookup.clone());
        self.browser.run(move |connection| read::look_up(connection, &tenant, &lookup)).await
    }

    async fn history(&self, id: PaymentId) -> Result<Vec<TimelineEntry>, JournalError> {
        self.browser.run(move |connection| read::history(connection, id)).await
    }

    async fn list(&self, tenant: &TenantName, listing: &Listing) -> Result<Vec<Payment>, JournalError> {
        let (tenant, listing) = (tenant.clone(), listing.clone());
        self.browser.run(move |connection| read::list(connection, &tenant, &listing)).await
    }

    fn admits(&self) -> Result<(), JournalError> {
        self.room.admits()
    }

    fn is_scarce(&self) -> bool {
        self.room.is_scarce()
    }

    async fn begin(&self, begin: Begin) -> Result<Commit, JournalError> {
        self.room.admits()?;
        causeway_runtime::failpoint!("relay.begin.before");
        let duplicates = self.duplicates;
        let tenant = Some(begin.operation.tenant.clone());
        self.write(tenant, move |connection| write::begin(connection, begin, duplicates)).await
    }

    async fn record(&self, record: Record) -> Result<Commit, JournalError> {
        let tenant = record.changes.tenant().cloned();
        self.write(tenant, move |connection| write::record(connection, &record)).await
    }

    async fn claim(&self, claim: Claim) -> Result<bool, JournalError> {
        self.writer.run(move |connection| leases::claim(connection, &claim)).await
    }

    async fn renew(
        &self,
        owner: uuid::Uuid,
        operations: Vec<uuid::Uuid>,
        until: Timestamp,
    ) -> Result<(), JournalError> {
        self.writer.run(move |connection| leases::renew(connection, owner, &operations, until)).await
    }

    async fn recoverable(&self, which: Recoverable) -> Result<Vec<Operation>, JournalError> {
        self.browser.run(move |connection| leases::recoverable(connection, &which)).await
    }

    async fn unfinished(&self, which: Unfinished) -> Result<Vec<Operation>, JournalError> {
        self.browser.run(move |connection| jobs::unfinished(connection, &which)).await
    }

    async fn open_payments(&self, page: Page) -> Result<Vec<Payment>, JournalError> {
        self.browser.run(move |connection| jobs::open_payments(connection, &page)).await
    }

    async fn holds_ending(&self, before: Timestamp, page: Page) -> Result<Vec<Payment>, JournalError> {
        self.browser.run(move |connection| jobs::holds_ending(connection, before, &page)).await
    }

    async fn customers_pending_sync(&self, page: Page) -> Result<Vec<Versioned<Customer>>, JournalError> {
        self.browser.run(move |connection| jobs::customers_pending_sync(connection, &page)).await
    }

    async fn enqueue(
        &self,
        arrivals: Vec<InboundEvent>,
        position: Option<PollPosition>,
    ) -> Result<usize, JournalError> {
        self.room.admits()?;
        self.writer.run(move |connection| inbox::enqueue(connection, &arrivals, position.as_ref())).await
    }

    async fn due_entries(&self, now: Timestamp, most: u32) -> Result<Vec<InboxEntry>, JournalError> {
        self.browser.run(move |connection| inbox::due_entries(connection, now, most)).await
    }

    async fn handled(&self, seq: i64, fate: Disposition) -> Result<(), JournalError> {
        self.writer.run(move |connection| inbox::handled(connection, seq, &fate)).await
    }

    async fn inbox_counts(&self, tenant: &TenantName) -> Result<Vec<(String, u64)>, JournalError> {
        let tenant = tenant.clone();
        self.browser.run(move |connection| inbox::counts(connection, &tenant)).await
    }

    async fn forget_entries(&self, before: Timestamp) -> Result<usize, JournalError> {
        self.writer.run(move |connection| inbox::forget(connection, before)).await
    }

    async fn position(
        &self,
        tenant: &TenantName,
        system: &str,
    ) -> Result<Option<PollPosition>, JournalError> {
        let (tenant, system) = (tenant.clone(), system.to_owned());
        self.browser.run(move |connection| inbox::position(connection, &tenant, &system)).await
    }

    async fn raise(&self, alarm: Alarm) -> Result<bool, JournalError> {
        let tenant = Some(alarm.tenant.clone());
        self.write(tenant, move |connection| events::raise(connection, &alarm)).await
    }

    async fn events(
        &self,
        tenant: &TenantName,
        after: u64,
        most: u32,
    ) -> Result<Vec<v1::Event>, JournalError> {
        let tenant = tenant.clone();
        self.watcher.run(move |connection| events::after(connection, &tenant, after, most)).await
    }

    fn last_event(&self, tenant: &TenantName) -> u64 {
        self.last.last(tenant)
    }

    async fn event_after(&self, tenant: &TenantName, after: u64) {
        self.last.after(tenant, after).await;
    }

    async fn last_run(&self, job: Job) -> Result<Option<Timestamp>, JournalError> {
        self.browser.run(move |connection| jobs::last_run(connection, job.as_str())).await
    }

    async fn ran(&self, job: Job, at: Timestamp) -> Result<(), JournalError> {
        self.writer.run(move |connection| jobs::ran(connection, job.as_str(), at)).await
    }

    async fn spend(&self, nonce: SpentNonce) -> Result<Commit, JournalError> {
        self.writer.run(move |connection| write::spend(connection, &nonce)).await
    }

    async fn nonces(&self, now: Timestamp) -> Result<Vec<SpentNonce>, JournalError> {
        self.reader.run(move |connection| read::nonces(connection, now)).await
    }

    async fn writable(&self, now: Timestamp) -> Result<(), JournalError> {
        let room = Arc::clone(&self.room);
        tokio::task::spawn_blocking(move || room.look()).await.map_err(|_| {
            JournalError::Unavailable("the room on the disk could not be looked at".to_owned())
        })?;
        self.room.admits()?;
        self.writer.run(move |connection| write::heartbeat(connection, now)).await
    }

    async fn heartbeat(&self) -> Result<Option<Timestamp>, JournalError> {
        self.browser.run(read::heartbeat).await
    }
}

#[cfg(test)]
mod tests;
