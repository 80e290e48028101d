//! The file of the journal: the lock against a second relay, and the connections.

use std::{
    fs::{File, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use causeway_ports::journal::JournalError;
use causeway_runtime::private_file;
use rusqlite::Connection;

use super::{Synchronous, seal, unavailable};

/// How long a connection waits for a lock of another process. No other process should have one,
/// so the wait may be long; a health check still answers within a second or two.
const BUSY_TIMEOUT: &str = "PRAGMA busy_timeout = 1000;";

/// Held while the journal is open: two relays on one file would each void the other's leases.
pub(super) struct Lock {
    /// Path of the journal's file, without symbolic links.
    pub(super) path: PathBuf,
    _journal: File,
    _beside: File,
}

fn failed(path: &Path, action: &str, error: &io::Error) -> JournalError {
    JournalError::Unavailable(format!("{} cannot be {action}: {error}", path.display()))
}

fn locked(path: &Path) -> Result<File, JournalError> {
    // Only the owner of the file may read payments.
    let file = private_file::open_or_create(path).map_err(|error| failed(path, "opened", &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(JournalError::Unavailable(format!("another relay has {} open", path.display())))
        }
        Err(TryLockError::Error(error)) => Err(failed(path, "locked", &error)),
    }
}

/// Locks the journal, or reports the lock of another relay. Two files are locked: a file beside the
/// journal, which stays when the journal is replaced, and the file of the journal, which is the same
/// file under every name.
pub(super) fn lock(path: &Path) -> Result<Lock, JournalError> {
    let true_path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let beside = locked(&true_path.with_added_extension("lock"))?;
    let journal = locked(&true_path)?;
    let names = journal.metadata().map_err(|error| failed(path, "looked at", &error))?.nlink();
    if names > 1 {
        return Err(JournalError::Unavailable(format!(
            "{} has {names} names (hard links), and the log beside it belongs to one of them: leave it one name",
            path.display()
        )));
    }
    // The directory is synced too: a file without a durable directory entry is lost at a power cut.
    let folder = private_file::folder(&true_path);
    let synced = File::open(&folder).and_then(|opened| opened.sync_all());
    synced.map_err(|error| failed(&folder, "synced", &error))?;
    Ok(Lock { path: true_path, _journal: journal, _beside: beside })
}

/// A connection with the journal's settings.
pub(super) fn connect(path: &Path, synchronous: Synchronous) -> Result<Connection, JournalError> {
    let connection = Connection::open(path).map_err(unavailable)?;
    // The writer copies the log into the file and sees errors of the copy.
    let settings = "
        PRAGMA journal_mode = WAL;
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA foreign_keys = ON;
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -16384;";
    connection.execute_batch(BUSY_TIMEOUT).map_err(unavailable)?;
    connection.execute_batch(settings).map_err(unavailable)?;
    connection
        .execute_batch(&format!("PRAGMA synchronous = {}", synchronous.as_str()))
        .map_err(unavailable)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn connect_to_read(path: &Path) -> Result<Connection, JournalError> {
    let connection = connect(path, Synchronous::Full)?;
    seal::teach(&connection)?;
    connection.pragma_update(None, "query_only", true).map_err(unavailable)?;
    Ok(connection)
}
