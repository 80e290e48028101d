//! The lock of the state. With a state directory, the end of each unit of work under the lock sends the changes
//! to the disk as one batch.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::clock::Clock;
use crate::lock::{Lock, lock};
use crate::state::SandboxState;
use crate::storage::batch::Timing;
use crate::storage::store::Store;

/// The state behind a lock.
#[derive(Debug)]
pub(crate) struct LockedState {
    state: Mutex<SandboxState>,
    store: Option<Store>,
    clock: Arc<Clock>,
    search_lag: Arc<AtomicI64>,
}

/// The access to the state for one unit of work.
pub(crate) struct StateGuard<'a> {
    state: MutexGuard<'a, SandboxState>,
    locked: &'a LockedState,
}

impl LockedState {
    /// The lock of a state. Without a store the state is in memory only.
    pub(crate) fn new(
        state: SandboxState,
        store: Option<Store>,
        clock: Arc<Clock>,
        search_lag: Arc<AtomicI64>,
    ) -> Self {
        Self { state: Mutex::new(state), store, clock, search_lag }
    }

    /// Waits until all work so far is on the disk. An error means that the state cannot be kept.
    pub(crate) async fn written(&self) -> Result<(), Arc<str>> {
        match &self.store {
            Some(store) => store.written().await,
            None => Ok(()),
        }
    }

    /// Sends the changes outside the lock, and ends the use of the state directory.
    pub(crate) async fn close(&self) {
        if let Some(store) = &self.store {
            drop(lock(self));
            store.close().await;
        }
    }

    /// Has the file replaced after the next batch.
    #[cfg(test)]
    pub(crate) fn replace_file_soon(&self) {
        self.store.iter().for_each(Store::replace_file_soon);
    }

    fn timing(&self) -> Timing {
        Timing { clock_offset: self.clock.offset(), search_lag: self.search_lag.load(Ordering::Relaxed) }
    }
}

impl Lock for LockedState {
    type Guard<'a> = StateGuard<'a>;

    fn wait(&self) -> StateGuard<'_> {
        StateGuard { state: lock(&self.state), locked: self }
    }
}

impl Deref for StateGuard<'_> {
    type Target = SandboxState;

    fn deref(&self) -> &SandboxState {
        &self.state
    }
}

impl DerefMut for StateGuard<'_> {
    fn deref_mut(&mut self) -> &mut SandboxState {
        &mut self.state
    }
}

impl Drop for StateGuard<'_> {
    fn drop(&mut self) {
        if let Some(store) = &self.locked.store {
            store.send_changes(&mut self.state, self.locked.timing());
        }
    }
}
