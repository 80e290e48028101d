//! What SQLite's errors mean for the journal.

use rusqlite::ffi;

use super::super::JournalError;

/// After a sync that failed nobody knows what is on disk, and asking again would be told
/// that all is well: the kernel forgets what it could not write.
const SYNC_FAILED: [i32; 2] = [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC];

/// Every error of SQLite's passes here. One of a sync ends the process.
pub(super) fn unavailable(error: rusqlite::Error) -> JournalError {
    let extended = error.sqlite_error().map_or(ffi::SQLITE_ERROR, |error| error.extended_code);
    if SYNC_FAILED.contains(&extended) {
        tracing::error!(
            %error,
            "the disk did not confirm what was written to the journal (fsync failed). The relay ends here, because \
             nobody knows what is on disk; after a restart that counts. Look at the disk first"
        );
        std::process::abort();
    }
    let told = error.to_string();
    match extended & 0xff {
        ffi::SQLITE_FULL => JournalError::Full(told),
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => JournalError::Corrupt(told),
        // Only the seal's trigger says no by itself.
        ffi::SQLITE_CONSTRAINT if extended == ffi::SQLITE_CONSTRAINT_TRIGGER => JournalError::Corrupt(told),
        _ => JournalError::Unavailable(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_says_what_it_means() {
        let of = |code: i32| unavailable(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        assert!(matches!(of(ffi::SQLITE_FULL), JournalError::Full(_)));
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_CORRUPT_INDEX, ffi::SQLITE_CONSTRAINT_TRIGGER] {
            assert!(matches!(of(code), JournalError::Corrupt(_)), "{code}");
        }
        for code in [ffi::SQLITE_BUSY, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_CONSTRAINT_UNIQUE] {
            assert!(matches!(of(code), JournalError::Unavailable(_)), "{code}");
        }
    }
}
