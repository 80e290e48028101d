//! Conversion of SQLite's errors to errors of the journal.

use causeway_ports::journal::JournalError;
use rusqlite::ffi;

/// After a failed sync the content of the disk is unknown, and a second sync would falsely succeed: the
/// kernel drops pages that could not be written.
const SYNC_FAILED: [i32; 2] = [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC];

/// Converts every error of SQLite. A failed sync ends the process.
pub(super) fn unavailable(error: rusqlite::Error) -> JournalError {
    let extended = error.sqlite_error().map_or(ffi::SQLITE_ERROR, |error| error.extended_code);
    if SYNC_FAILED.contains(&extended) {
        tracing::error!(
            %error,
            "the disk did not confirm what was written to the journal (fsync failed). The relay ends, because the \
             content of the disk is not known; check the disk before the next start, which goes by that content"
        );
        std::process::abort();
    }
    let text = error.to_string();
    match extended & 0xff {
        ffi::SQLITE_FULL => JournalError::Full(text),
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => JournalError::Corrupt(text),
        // Only the trigger of the seal raises an error of this kind.
        ffi::SQLITE_CONSTRAINT if extended == ffi::SQLITE_CONSTRAINT_TRIGGER => JournalError::Corrupt(text),
        _ => JournalError::Unavailable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_meaning() {
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
