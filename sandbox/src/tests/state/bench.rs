//! A state directory for tests: sandboxes start on the directory, and a copy shows what a crash would leave.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::clock::DAY;
use crate::lock::lock;
use crate::storage::batch::{Batch, Timing};
use crate::storage::log_file;
use crate::tests::test_bed::TestBed;
use crate::{Sandbox, Settings, StartError};

/// A state directory.
pub(super) struct Disk {
    root: TempDir,
}

/// Some days.
pub(super) fn day(count: u64) -> Duration {
    Duration::from_secs(count * DAY.unsigned_abs())
}

impl Disk {
    /// A directory that does not exist yet.
    pub(super) fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    /// The path of the state directory.
    pub(super) fn path(&self) -> PathBuf {
        self.root.path().join("state")
    }

    /// The path of the log file.
    pub(super) fn log(&self) -> PathBuf {
        self.path().join("state.log")
    }

    /// The settings of a sandbox on this directory.
    pub(super) fn settings(&self) -> Settings {
        Settings { state: Some(self.path()), ..Settings::default() }
    }

    /// Starts a sandbox on the directory.
    pub(super) async fn start(&self) -> TestBed {
        TestBed::of(self.try_start().await.unwrap())
    }

    pub(super) async fn try_start(&self) -> Result<Sandbox, StartError> {
        Sandbox::start(self.settings()).await
    }

    /// The directory as a crash at this moment would leave the directory.
    pub(super) fn crash(&self) -> Disk {
        let copy = Disk::new();
        fs::create_dir(copy.path()).unwrap();
        fs::copy(self.log(), copy.log()).unwrap();
        copy
    }

    /// The batches in the log file.
    pub(super) fn batches(&self) -> Vec<Batch> {
        batches_of(&self.log())
    }
}

/// The batches in a log file.
pub(super) fn batches_of(path: &Path) -> Vec<Batch> {
    let mut batches = vec![];
    let mut file = fs::File::open(path).unwrap();
    log_file::read(&mut file, path, |batch| batches.push(batch)).unwrap();
    batches
}

/// The whole state as JSON, in an order that does not depend on hashing.
pub(super) fn whole_state(test_bed: &TestBed) -> Vec<String> {
    let state = lock(&test_bed.sandbox.shared.state);
    let batches = state.all_batches(Timing::default());
    let mut lines = vec![];
    for batch in batches {
        let Value::Object(parts) = serde_json::to_value(&batch).unwrap() else { panic!("{batch:?}") };
        for (name, part) in parts {
            match part.as_array() {
                Some(items) => lines.extend(items.iter().map(|item| format!("{name} {item}"))),
                None => lines.push(format!("{name} {part}")),
            }
        }
    }
    lines.sort();
    lines
}
