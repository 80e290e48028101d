//! The cursor: the sequence of the last event that the billing platform accepted, in a file.

use std::{io, path::PathBuf};

use causeway_runtime::private_file::{self, Exposure};

/// Why a cursor file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// The cursor file cannot be read.
    #[error("the events' cursor_file {} cannot be read: {why}", file.display())]
    Unreadable {
        /// Path of the cursor file.
        file: PathBuf,
        /// The error of the read.
        why: io::Error,
    },
    /// The cursor file holds no number. A start from 0 would post every event again.
    #[error(
        "the events' cursor_file {} does not hold a number; write into it the sequence of the last event that billing has handled, or remove it to post all events from the first one",
        .0.display()
    )]
    NoNumber(PathBuf),
    /// Another user may change the cursor file: events could be left out, or posted again.
    #[error("the events' cursor_file is not safe: {0}")]
    Exposed(String),
    /// The cursor file cannot be written.
    #[error("the events' cursor_file {} cannot be written: {why}", file.display())]
    Unwritable {
        /// Path of the cursor file.
        file: PathBuf,
        /// The error of the write.
        why: io::Error,
    },
}

/// The cursor file, by path.
#[derive(Debug, Clone)]
pub(crate) struct Cursor(PathBuf);

impl Cursor {
    /// Reads the cursor; 0 if the file does not exist. The file is written at once, so that a write
    /// error is reported now and not after the first posted event.
    pub(crate) fn open(file: PathBuf) -> Result<(Cursor, u64), CursorError> {
        let text = match private_file::read_own(&file) {
            // A file that others may read is replaced by one for the owner alone.
            Ok(Some((_, about))) if Exposure::of(&about).to_writers() => {
                return Err(CursorError::Exposed(Exposure::of(&about).sentence(&file)));
            }
            Ok(Some((text, _))) => text,
            Ok(None) => "0".to_owned(),
            Err(why) if why.kind() == io::ErrorKind::InvalidData => return Err(CursorError::NoNumber(file)),
            Err(why) => return Err(CursorError::Unreadable { file, why }),
        };
        let Some(after) = number(text.trim()) else {
            return Err(CursorError::NoNumber(file));
        };
        let cursor = Cursor(file);
        cursor.write_now(after)?;
        Ok((cursor, after))
    }

    /// Writes the cursor durably: after a power failure the file contains the old number or the new
    /// number.
    pub(crate) async fn write(&self, after: u64) -> Result<(), String> {
        let cursor = self.clone();
        let written = tokio::task::spawn_blocking(move || cursor.write_now(after)).await;
        written.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    fn write_now(&self, after: u64) -> Result<(), CursorError> {
        let Cursor(file) = self;
        let interrupted = || {
            causeway_runtime::failpoint!("adapter.cursor.before_rename");
        };
        private_file::replace(file, format!("{after}\n").as_bytes(), interrupted)
            .map_err(|why| CursorError::Unwritable { file: file.clone(), why })
    }
}

/// Parses digits only, without a sign.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, symlink},
    };

    use super::*;

    #[track_caller]
    fn check(text: Option<&[u8]>, expected: Result<u64, &str>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.cursor");
        if let Some(text) = text {
            fs::write(&file, text).unwrap();
        }
        let seen = Cursor::open(file.clone()).map(|(_, after)| after).map_err(|error| error.to_string());
        match (seen, expected) {
            (Ok(seen), Ok(expected)) => assert_eq!(seen, expected),
            (Err(seen), Err(expected)) => {
                assert!(seen.contains(expected), "{seen}");
                assert_eq!(fs::read(&file).ok().as_deref(), text, "it is left as it was");
            }
            (seen, expected) => panic!("{seen:?} {expected:?}"),
        }
    }

    #[test]
    fn a_cursor_is_a_number_or_a_mistake_and_never_silently_0() {
        check(None, Ok(0));
        check(Some(b"0"), Ok(0));
        check(Some(b"17\n"), Ok(17));
        check(Some(b"18446744073709551615"), Ok(u64::MAX));
        let garbage: &[&[u8]] =
            &[b"", b"\n", b"-1", b"+1", b"1.5", b"1 2", b"abc", b"18446744073709551616", b"\xff\xfe"];
        for text in garbage {
            check(Some(text), Err("does not hold a number"));
        }
    }

    #[tokio::test]
    async fn the_cursor_file_is_replaced_as_a_whole_without_leftovers() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.cursor");
        let (cursor, _) = Cursor::open(file.clone()).unwrap();
        for after in [1, 2, 1000] {
            cursor.write(after).await.unwrap();
            assert_eq!(Cursor::open(file.clone()).unwrap().1, after);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_cursor_file_is_private_and_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("victim"), "7").unwrap();
        symlink(path("victim"), path("events.cursor.new")).unwrap();
        Cursor::open(path("events.cursor")).unwrap();
        let mode = |name: &str| fs::metadata(path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode("events.cursor"), fs::read_to_string(path("victim")).unwrap().as_str()),
            (0o600, "7")
        );
        fs::set_permissions(path("events.cursor"), fs::Permissions::from_mode(0o644)).unwrap();
        Cursor::open(path("events.cursor")).unwrap();
        assert_eq!(mode("events.cursor"), 0o600, "a mode of an earlier version is mended");
        fs::set_permissions(path("events.cursor"), fs::Permissions::from_mode(0o666)).unwrap();
        let message = Cursor::open(path("events.cursor")).unwrap_err().to_string();
        assert!(message.contains("mode 0666") && message.contains("chmod 600"), "{message}");
        symlink(path("victim"), path("planted")).unwrap();
        let message = Cursor::open(path("planted")).unwrap_err().to_string();
        assert!(message.contains("symbolic link"), "{message}");
    }

    #[tokio::test]
    async fn a_cursor_that_cannot_be_written_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("nowhere").join("events.cursor");
        let message = Cursor::open(nowhere).unwrap_err().to_string();
        assert!(message.contains("cannot be written"), "{message}");
        let message = Cursor::open(folder.path().to_owned()).unwrap_err().to_string();
        assert!(message.contains("cannot be read"), "{message}");
    }
}
