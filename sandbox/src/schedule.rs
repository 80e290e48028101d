//! The schedule of an account: the work that is done when a moment has come.

use std::collections::BTreeSet;

use crate::state::ScheduledWork;
use crate::storage::touched::{AccountRecorder, Touched};

/// The scheduled work, by the moment in unix seconds.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    entries: BTreeSet<(i64, ScheduledWork)>,
    recorder: Option<AccountRecorder>,
}

impl Schedule {
    /// Adds work for a moment.
    pub(crate) fn insert(&mut self, (at, work): (i64, ScheduledWork)) {
        if let Some(recorder) = &self.recorder {
            recorder.record(Touched::Scheduled(at, work.clone()));
        }
        self.entries.insert((at, work));
    }

    /// Removes work for a moment.
    pub(crate) fn remove(&mut self, (at, work): (i64, ScheduledWork)) {
        if let Some(recorder) = &self.recorder {
            recorder.record(Touched::Unscheduled(at, work.clone()));
        }
        self.entries.remove(&(at, work));
    }

    /// The earliest work.
    pub(crate) fn first(&self) -> Option<&(i64, ScheduledWork)> {
        self.entries.first()
    }

    /// Removes the earliest work.
    pub(crate) fn pop_first(&mut self) -> Option<(i64, ScheduledWork)> {
        let first = self.entries.first()?.clone();
        self.remove(first.clone());
        Some(first)
    }

    /// All work, the earliest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(i64, ScheduledWork)> {
        self.entries.iter()
    }

    /// Records every change from now on.
    pub(crate) fn record_changes(&mut self, recorder: AccountRecorder) {
        self.recorder = Some(recorder);
    }
}
