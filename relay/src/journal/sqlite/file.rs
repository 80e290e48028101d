//! The journal's file: opened by one relay at a time, and connected to.

use std::{
    fs::{File, TryLockError},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use super::{super::JournalError, seal, unavailable};

/// How long a connection waits for somebody else's lock. Nobody but us should have one, so
/// this is long, and short enough that health is told within a second or two.
const BUSY_TIMEOUT: &str = "PRAGMA busy_timeout = 1000;";

/// Held as long as the journal is open: two relays on one file would both believe that
/// they are alone.
pub(super) struct Lock {
    /// The journal's file, by its true name.
    pub(super) path: PathBuf,
    _journal: File,
    _beside: File,
}

fn failed(path: &Path, what: &str, error: &io::Error) -> JournalError {
    JournalError::Unavailable(format!("{} cannot be {what}: {error}", path.display()))
}

/// Only the owner may read it: payments are nobody else's business.
fn private(path: &Path) -> Result<File, JournalError> {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true).mode(0o600);
    options.open(path).map_err(|error| failed(path, "opened", &error))
}

fn locked(path: &Path) -> Result<File, JournalError> {
    let file = private(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(JournalError::Unavailable(format!("another relay has {} open", path.display())))
        }
        Err(TryLockError::Error(error)) => Err(failed(path, "locked", &error)),
    }
}

/// Locks the journal, or says who has it. What is locked is a file beside it, which stays
/// when the journal is replaced, and the journal itself, which is the same file under every
/// name.
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
    // A file whose name is not on disk is lost with the power, whatever is in it.
    if let Some(folder) = true_path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let synced = File::open(folder).and_then(|opened| opened.sync_all());
        synced.map_err(|error| failed(folder, "synced", &error))?;
    }
    Ok(Lock { path: true_path, _journal: journal, _beside: beside })
}

/// A connection as the journal needs it.
pub(super) fn connect(path: &Path) -> Result<Connection, JournalError> {
    let connection = Connection::open(path).map_err(unavailable)?;
    // The file is copied into by the writer, which sees whether that went well.
    let settings = "
        PRAGMA journal_mode = WAL;
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA foreign_keys = ON;
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -16384;";
    connection.execute_batch(BUSY_TIMEOUT).map_err(unavailable)?;
    connection.execute_batch(settings).map_err(unavailable)?;
    connection.execute_batch(&format!("PRAGMA synchronous = {}", synchronous())).map_err(unavailable)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Every commit is on disk before anybody hears of it.
fn synchronous() -> &'static str {
    let mistakes = [
        ("OFF", causeway_runtime::bug!("synchronous_off")),
        ("NORMAL", causeway_runtime::bug!("synchronous_normal")),
    ];
    mistakes.into_iter().find(|(_, made)| *made).map_or("FULL", |(level, _)| level)
}

/// A connection that only looks.
pub(super) fn connect_to_read(path: &Path) -> Result<Connection, JournalError> {
    let connection = connect(path)?;
    seal::teach(&connection)?;
    connection.pragma_update(None, "query_only", true).map_err(unavailable)?;
    Ok(connection)
}
