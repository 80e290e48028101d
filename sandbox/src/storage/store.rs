//! The store of a sandbox with a state directory: takes batches, and says when they are on the disk.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::sync::watch;

use crate::lock::lock;
use crate::state::SandboxState;
use crate::storage::batch::{Batch, Timing};
use crate::storage::directory::StateDirectory;
use crate::storage::error::StateError;
use crate::storage::restore::Restoration;
use crate::storage::writer::Writer;

/// A command for the writer.
#[derive(Debug)]
pub(super) enum Command {
    /// Append a batch to the log file.
    Append(Batch),
    /// Replace the log file by the whole state.
    Replace(Vec<Batch>),
}

/// The progress of the writer.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// The number of batches on the disk.
    pub(super) written: u64,
    /// The error that ended the writer.
    pub(super) failure: Option<Arc<str>>,
}

/// The connection to the writer.
#[derive(Debug)]
pub(crate) struct Store {
    commands: Mutex<Option<Sender<Command>>>,
    /// The number of batches that were sent to the writer.
    sent: AtomicU64,
    /// Whether the log has grown so long that the whole state has to be written.
    whole_wanted: Arc<AtomicBool>,
    progress: watch::Receiver<Progress>,
}

impl Store {
    /// Opens a state directory, brings the stored state into an empty state, and starts the writer. Returns
    /// the clock and the delays as stored; the given ones are the values of a new state.
    pub(crate) fn open(
        path: &Path,
        state: &mut SandboxState,
        new: Timing,
    ) -> Result<(Self, Timing), StateError> {
        let directory = StateDirectory::open(path)?;
        let mut restoration = Restoration::new(state);
        directory.read(|batch| restoration.apply(batch))?;
        let timing = restoration.finish().unwrap_or(new);
        let log = directory.replace(&state.all_batches(timing))?;
        state.start_recording(timing);
        let (commands, receiver) = mpsc::channel();
        let (progress, progress_seen) = watch::channel(Progress::default());
        let whole_wanted = Arc::new(AtomicBool::new(false));
        let length_of_state = log.length;
        let writer = Writer {
            directory,
            log,
            length_of_state,
            whole_wanted: Arc::clone(&whole_wanted),
            requested: false,
            progress,
        };
        let started = thread::Builder::new().name("sandbox-state".to_owned());
        started.spawn(move || writer.run(&receiver)).map_err(|source| StateError::File {
            path: path.to_owned(),
            action: "written to",
            source,
        })?;
        let store = Self {
            commands: Mutex::new(Some(commands)),
            sent: AtomicU64::new(0),
            whole_wanted,
            progress: progress_seen,
        };
        Ok((store, timing))
    }

    /// Sends the changes of one unit of work to the writer. The caller holds the lock of the state, so that
    /// batches are sent in the order of the work.
    pub(crate) fn send_changes(&self, state: &mut SandboxState, timing: Timing) {
        let Some(batch) = state.take_changes(timing) else { return };
        self.send(Command::Append(batch));
        self.sent.fetch_add(1, Ordering::Release);
        if self.whole_wanted.swap(false, Ordering::Relaxed) {
            self.send(Command::Replace(state.all_batches(timing)));
        }
    }

    /// Has the file replaced after the next batch.
    #[cfg(test)]
    pub(crate) fn replace_file_soon(&self) {
        self.whole_wanted.store(true, Ordering::Relaxed);
    }

    fn send(&self, command: Command) {
        if let Some(commands) = &*lock(&self.commands) {
            // A writer that has failed takes no more commands; `written` reports the failure.
            let _failed = commands.send(command);
        }
    }

    /// Waits until all batches that were sent so far are on the disk. An error means that the writer failed.
    pub(crate) async fn written(&self) -> Result<(), Arc<str>> {
        let sent = self.sent.load(Ordering::Acquire);
        let mut progress = self.progress.clone();
        let reached = |progress: &Progress| progress.written >= sent || progress.failure.is_some();
        let seen = progress.wait_for(reached).await.map(|progress| progress.failure.clone());
        match seen {
            Ok(None) => Ok(()),
            Ok(Some(failure)) => Err(failure),
            Err(_) => Err("the sandbox stopped".into()),
        }
    }

    /// Writes what was sent, and ends the writer and the lock of the directory.
    pub(crate) async fn close(&self) {
        drop(lock(&self.commands).take());
        let mut progress = self.progress.clone();
        while progress.changed().await.is_ok() {}
    }
}
