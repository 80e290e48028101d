//! The state directory: one process at a time, and a log file that is replaced as a whole.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::storage::batch::Batch;
use crate::storage::error::StateError;
use crate::storage::log_file;

/// The log file in the state directory.
const LOG: &str = "state.log";

/// The log file until it is complete.
const NEW_LOG: &str = "state.new";

/// The file whose lock keeps other processes out.
const LOCK: &str = "lock";

/// A locked state directory.
#[derive(Debug)]
pub(crate) struct StateDirectory {
    path: PathBuf,
    /// Closing the file ends the lock.
    _lock: File,
}

/// A log file that can be appended to.
#[derive(Debug)]
pub(crate) struct LogFile {
    /// The file, at the end of the content.
    pub(crate) file: File,
    /// The length in bytes.
    pub(crate) length: u64,
}

impl StateDirectory {
    /// Opens and locks a directory. A missing directory is created.
    pub(crate) fn open(path: &Path) -> Result<Self, StateError> {
        let failed = |path: &Path, action| {
            let path = path.to_owned();
            move |source| StateError::File { path, action, source }
        };
        create(path).map_err(failed(path, "made"))?;
        let lock_path = path.join(LOCK);
        refuse_link(&lock_path)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path)
            .map_err(failed(&lock_path, "opened"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                let _unknown = lock.read_to_string(&mut process);
                let process = Some(process.trim().to_owned()).filter(|process| !process.is_empty());
                return Err(StateError::InUse { directory: path.to_owned(), process });
            }
            Err(TryLockError::Error(source)) => return Err(failed(&lock_path, "locked")(source)),
        }
        let id = std::process::id().to_string();
        let written = lock.set_len(0).and_then(|()| lock.write_all(id.as_bytes()));
        written.map_err(failed(&lock_path, "written"))?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Reads the log file, if there is one, and gives each batch to a function.
    pub(crate) fn read(&self, apply: impl FnMut(Batch)) -> Result<(), StateError> {
        let path = self.path.join(LOG);
        refuse_link(&path)?;
        let failed = |source| StateError::File { path: path.clone(), action: "read", source };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(StateError::Exposed { path });
        }
        let torn = log_file::read(&mut file, &path, apply)?;
        if torn > 0 {
            let path = path.display();
            tracing::warn!(bytes = torn, %path, "the end of the state file was dropped: its write was interrupted");
        }
        Ok(())
    }

    /// Replaces the log file by a file with the given batches. After an error the old file is still there.
    pub(crate) fn replace(&self, batches: &[Batch]) -> Result<LogFile, StateError> {
        let (path, new) = (self.path.join(LOG), self.path.join(NEW_LOG));
        let failed = |source| StateError::File { path: new.clone(), action: "written", source };
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            Ok(()) | Err(_) => {}
        }
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(failed)?;
        let length = log_file::write_whole(&mut file, batches).map_err(failed)?;
        let renamed = fs::rename(&new, &path).and_then(|()| File::open(&self.path)?.sync_all());
        renamed.map_err(failed)?;
        Ok(LogFile { file, length })
    }
}

/// Creates a missing directory, durably.
fn create(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        Some(_) | None => File::open(".")?.sync_all(),
    }
}

/// Refuses a file that is a link, which could lead to another owner's file.
fn refuse_link(path: &Path) -> Result<(), StateError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => Err(StateError::Link { path: path.to_owned() }),
        Ok(_) | Err(_) => Ok(()),
    }
}
