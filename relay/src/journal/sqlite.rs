//! The journal on SQLite: one process, one writer that commits in groups.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use causeway::{
    order::{Job, Listing, Lookup, PaymentId},
    tenant::TenantName,
    text::{CustomerId, RequestId},
    v1,
};
use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::watch;

use super::{
    Begin, Changes, CustomerBy, Journal, JournalError, Operation, Page, Record, SpentNonce, Step, Unfinished,
    Versioned, Written,
    incoming::{Fate, Incoming, Letter, Position},
    lease::{Claim, Recoverable},
    outgoing::Alarm,
};
use crate::{customer::Customer, payment::Payment};

mod error;
mod events;
mod file;
mod inbox;
/// Whether every row is as it was written.
pub mod inspect;
mod jobs;
mod leases;
mod read;
mod room;
mod rows;
mod seal;
/// What nobody knows the outcome of.
pub mod unresolved;
/// The threads that own the connections.
pub mod worker;
mod write;

use error::unavailable;
use events::Told;
use file::Lock;
use room::Room;
use worker::Worker;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// A journal in one file.
pub struct Sqlite {
    writer: Worker,
    reader: Worker,
    /// For lists and look-ups: a long one holds up no payment.
    browser: Worker,
    /// For those who watch events.
    watcher: Worker,
    /// The last event of each tenant.
    last: Arc<Latest>,
    /// Room on the disk.
    room: Arc<Room>,
    _lock: Lock,
}

impl Sqlite {
    /// Opens the file, or makes it, and brings its tables up to date. `reserve` is how many
    /// bytes are kept beside it for a full disk.
    pub fn open(path: &Path, reserve: u64) -> Result<Sqlite, JournalError> {
        let lock = file::lock(path)?;
        let mut writing = file::connect(&lock.path)?;
        causeway_runtime::failpoint!("relay.start.journal_locked");
        embedded::migrations::runner().run(&mut writing).map_err(|error| {
            JournalError::Unavailable(format!("its tables cannot be brought up to date: {error}"))
        })?;
        seal::on_writes(&writing)?;
        leases::void_all(&writing)?;
        let last = Latest::new(events::all_last(&writing)?);
        let room = Arc::new(Room::beside(&lock.path, reserve));
        let reading = |name| Worker::reading(name, file::connect_to_read(&lock.path)?);
        Ok(Sqlite {
            reader: reading("journal-reader")?,
            browser: reading("journal-browser")?,
            watcher: reading("journal-watcher")?,
            writer: Worker::committing("journal-writer", writing)?.telling(Arc::clone(&room)),
            last: Arc::new(last),
            room,
            _lock: lock,
        })
    }
}

/// Who is told when there is a new event.
struct Latest(Mutex<HashMap<TenantName, watch::Sender<u64>>>);

impl Latest {
    fn new(known: Told) -> Latest {
        Latest(Mutex::new(
            known.into_iter().map(|(tenant, last)| (tenant, watch::Sender::new(last))).collect(),
        ))
    }

    fn with<T>(&self, tenant: &TenantName, act: impl FnOnce(&watch::Sender<u64>) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(all.entry(tenant.clone()).or_insert_with(|| watch::Sender::new(0)))
    }

    fn told(&self, told: &Told) {
        for (tenant, last) in told {
            self.with(tenant, |sender| {
                sender.send_if_modified(|known| {
                    let newer = *last > *known;
                    *known = (*last).max(*known);
                    newer
                })
            });
        }
    }
}

impl Sqlite {
    /// Writes, and tells those who watch once it is on disk, also where nobody waits for
    /// the answer any more.
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<(T, Told), JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let last = Arc::clone(&self.last);
        let committed = move |(_, told): &(T, Told)| last.told(told);
        self.writer.run_then(job, committed).await.map(|(value, _)| value)
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

    async fn change(&self, changes: Changes) -> Result<Written, JournalError> {
        self.write(move |connection| write::change(connection, changes)).await
    }

    async fn look_up(&self, tenant: &TenantName, lookup: &Lookup) -> Result<Option<Payment>, JournalError> {
        let (tenant, lookup) = (tenant.clone(), lookup.clone());
        self.browser.run(move |connection| read::look_up(connection, &tenant, &lookup)).await
    }

    async fn history(&self, id: PaymentId) -> Result<Vec<Step>, JournalError> {
        self.browser.run(move |connection| read::history(connection, id)).await
    }

    async fn list(&self, tenant: &TenantName, listing: &Listing) -> Result<Vec<Payment>, JournalError> {
        let (tenant, listing) = (tenant.clone(), listing.clone());
        self.browser.run(move |connection| read::list(connection, &tenant, &listing)).await
    }

    fn admits(&self) -> Result<(), JournalError> {
        self.room.admits()
    }

    async fn begin(&self, begin: Begin) -> Result<Written, JournalError> {
        self.room.admits()?;
        self.write(move |connection| write::begin(connection, begin)).await
    }

    async fn record(&self, record: Record) -> Result<Written, JournalError> {
        self.write(move |connection| write::record(connection, record)).await
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

    async fn customers_wishing(&self, page: Page) -> Result<Vec<Versioned<Customer>>, JournalError> {
        self.browser.run(move |connection| jobs::customers_wishing(connection, &page)).await
    }

    async fn arrive(
        &self,
        arrivals: Vec<Incoming>,
        position: Option<Position>,
    ) -> Result<usize, JournalError> {
        self.room.admits()?;
        self.writer.run(move |connection| inbox::arrive(connection, &arrivals, position.as_ref())).await
    }

    async fn letters(&self, now: Timestamp, most: u32) -> Result<Vec<Letter>, JournalError> {
        self.browser.run(move |connection| inbox::letters(connection, now, most)).await
    }

    async fn handled(&self, seq: i64, fate: Fate) -> Result<(), JournalError> {
        self.writer.run(move |connection| inbox::handled(connection, seq, &fate)).await
    }

    async fn inbox_counts(&self, tenant: &TenantName) -> Result<Vec<(String, u64)>, JournalError> {
        let tenant = tenant.clone();
        self.browser.run(move |connection| inbox::counts(connection, &tenant)).await
    }

    async fn forget_letters(&self, before: Timestamp) -> Result<usize, JournalError> {
        self.writer.run(move |connection| inbox::forget(connection, before)).await
    }

    async fn position(&self, tenant: &TenantName, system: &str) -> Result<Option<Position>, JournalError> {
        let (tenant, system) = (tenant.clone(), system.to_owned());
        self.browser.run(move |connection| inbox::position(connection, &tenant, &system)).await
    }

    async fn raise(&self, alarm: Alarm) -> Result<bool, JournalError> {
        self.write(move |connection| events::raise(connection, &alarm)).await
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

    fn last_event(&self, tenant: &TenantName) -> watch::Receiver<u64> {
        self.last.with(tenant, watch::Sender::subscribe)
    }

    async fn last_run(&self, job: Job) -> Result<Option<Timestamp>, JournalError> {
        self.browser.run(move |connection| jobs::last_run(connection, job.as_str())).await
    }

    async fn ran(&self, job: Job, at: Timestamp) -> Result<(), JournalError> {
        self.writer.run(move |connection| jobs::ran(connection, job.as_str(), at)).await
    }

    async fn spend(&self, nonce: SpentNonce) -> Result<Written, JournalError> {
        self.writer.run(move |connection| write::spend(connection, &nonce)).await
    }

    async fn nonces(&self, now: Timestamp) -> Result<Vec<SpentNonce>, JournalError> {
        self.reader.run(move |connection| read::nonces(connection, now)).await
    }

    async fn writable(&self, now: Timestamp) -> Result<(), JournalError> {
        let room = Arc::clone(&self.room);
        tokio::task::spawn_blocking(move || room.look()).await.map_err(|_| {
            JournalError::Unavailable("nobody looked how much room there is on the disk".to_owned())
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
