//! The writer: one thread that appends batches to the log file, all waiting batches in one write.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use tokio::sync::watch;

use crate::storage::batch::Batch;
use crate::storage::directory::{LogFile, StateDirectory};
use crate::storage::log_file;
use crate::storage::store::{Command, Progress};

/// The greatest number of batches in one write.
const BATCHES_IN_WRITE: usize = 512;

/// The length from which the log file is replaced, in bytes, if the state itself is much smaller.
const SMALLEST_REPLACED: u64 = 16 * 1024 * 1024;

/// The length at which the log file is replaced, as a multiple of the length after the last replacement.
const REPLACED_AT: u64 = 4;

/// The log file and the progress of the writer.
pub(super) struct Writer {
    pub(super) directory: StateDirectory,
    pub(super) log: LogFile,
    /// The length of the file right after the last replacement.
    pub(super) length_of_state: u64,
    /// Set when the log has grown so long that the whole state has to be written.
    pub(super) whole_wanted: Arc<AtomicBool>,
    /// Whether the whole state was asked for and has not arrived.
    pub(super) requested: bool,
    pub(super) progress: watch::Sender<Progress>,
}

impl Writer {
    /// Writes until there are no more commands, or until a write fails.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        while let Ok(first) = commands.recv() {
            if let Err(error) = self.write_waiting(first, commands) {
                tracing::error!(%error, "the state of the sandbox cannot be kept any more");
                let error: Arc<str> = error.to_string().into();
                self.progress.send_modify(|progress| progress.failure = Some(error));
                return;
            }
        }
    }

    /// Writes a command, together with the batches that wait already.
    fn write_waiting(&mut self, first: Command, commands: &Receiver<Command>) -> Result<(), Failure> {
        let (mut batches, mut whole) = (vec![], None);
        let mut next = Some(first);
        while let Some(command) = next {
            match command {
                Command::Append(batch) => batches.push(batch),
                Command::Replace(state) => {
                    whole = Some(state);
                    break;
                }
            }
            next = if batches.len() < BATCHES_IN_WRITE { commands.try_recv().ok() } else { None };
        }
        self.append(&batches)?;
        if let Some(state) = whole {
            self.log = self.directory.replace(&state)?;
            self.length_of_state = self.log.length;
            self.requested = false;
        }
        let limit = self.length_of_state.saturating_mul(REPLACED_AT).max(SMALLEST_REPLACED);
        if self.log.length > limit && !self.requested {
            self.requested = true;
            self.whole_wanted.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn append(&mut self, batches: &[Batch]) -> Result<(), Failure> {
        if batches.is_empty() {
            return Ok(());
        }
        let frame = log_file::frame(batches)?;
        self.log.file.write_all(&frame)?;
        self.log.file.sync_data()?;
        let grown = u64::try_from(frame.len()).unwrap_or(u64::MAX);
        self.log.length = self.log.length.saturating_add(grown);
        let written = u64::try_from(batches.len()).unwrap_or(u64::MAX);
        self.progress.send_modify(|progress| progress.written = progress.written.saturating_add(written));
        Ok(())
    }
}

/// The reason why the writer ended.
type Failure = Box<dyn std::error::Error + Send + Sync>;
