//! The journal on SQLite: one process, one writer that commits in groups.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use async_trait::async_trait;
use causeway::{
    link::credential::TenantName,
    order::{Listing, Lookup, PaymentId},
    text::{CustomerId, RequestId},
};
use jiff::Timestamp;
use rusqlite::Connection;

use super::{
    Begin, CustomerBy, CustomerChange, Journal, JournalError, Operation, Record, SpentNonce, Step, Versioned,
    Written,
};
use crate::{customer::Customer, payment::Payment};

mod read;
mod rows;
/// The threads that own the connections.
pub mod worker;
mod write;

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
    /// Held as long as the journal is open: two relays on one file would both
    /// believe that they are alone.
    _lock: File,
}

impl Sqlite {
    /// Opens the file, or makes it, and brings its tables up to date.
    pub fn open(path: &Path) -> Result<Sqlite, JournalError> {
        let lock = lock(path)?;
        let mut writing = connect(path)?;
        embedded::migrations::runner().run(&mut writing).map_err(|error| {
            JournalError::Unavailable(format!("its tables cannot be brought up to date: {error}"))
        })?;
        let reading = || {
            let reading = connect(path)?;
            reading.pragma_update(None, "query_only", true).map_err(unavailable)?;
            Ok::<_, JournalError>(reading)
        };
        Ok(Sqlite {
            writer: Worker::committing("journal-writer", writing)?,
            reader: Worker::reading("journal-reader", reading()?)?,
            browser: Worker::reading("journal-browser", reading()?)?,
            _lock: lock,
        })
    }
}

fn unavailable(error: rusqlite::Error) -> JournalError {
    JournalError::Unavailable(error.to_string())
}

/// Only the owner may read it: payments are nobody else's business.
fn lock(path: &Path) -> Result<File, JournalError> {
    use std::os::unix::fs::OpenOptionsExt;
    let private = |path: &Path| {
        File::options().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(|error| {
            JournalError::Unavailable(format!("{} cannot be opened: {error}", path.display()))
        })
    };
    drop(private(path)?);
    let real = path.canonicalize();
    let path = real.as_deref().unwrap_or(path);
    let lock = private(&path.with_added_extension("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            Err(JournalError::Unavailable(format!("another relay has {} open", path.display())))
        }
        Err(TryLockError::Error(error)) => {
            Err(JournalError::Unavailable(format!("it cannot be locked: {error}")))
        }
    }
}

fn connect(path: &Path) -> Result<Connection, JournalError> {
    let connection = Connection::open(path).map_err(unavailable)?;
    let settings = "
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA foreign_keys = ON;
        PRAGMA busy_timeout = 5000;
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -16384;";
    connection.execute_batch(settings).map_err(unavailable)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
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

    async fn put_customer(&self, change: CustomerChange) -> Result<Written, JournalError> {
        self.writer.run(move |connection| write::put_customer(connection, &change)).await
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

    async fn begin(&self, begin: Begin) -> Result<Written, JournalError> {
        self.writer.run(move |connection| write::begin(connection, &begin)).await
    }

    async fn record(&self, record: Record) -> Result<Written, JournalError> {
        self.writer.run(move |connection| write::record(connection, &record)).await
    }

    async fn spend(&self, nonce: SpentNonce) -> Result<Written, JournalError> {
        self.writer.run(move |connection| write::spend(connection, &nonce)).await
    }

    async fn nonces(&self, now: Timestamp) -> Result<Vec<SpentNonce>, JournalError> {
        self.reader.run(move |connection| read::nonces(connection, now)).await
    }

    async fn writable(&self, now: Timestamp) -> Result<(), JournalError> {
        self.writer.run(move |connection| write::heartbeat(connection, now)).await
    }
}
