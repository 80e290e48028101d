//! The sequence of each tenant's last event in memory, for waiting watchers.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use causeway::tenant::TenantName;
use tokio::sync::watch;

use super::events::LastEvents;

/// The sequence of the last committed event of each tenant.
pub(super) struct Latest(Mutex<HashMap<TenantName, watch::Sender<u64>>>);

impl Latest {
    /// The sequences that the file holds.
    pub(super) fn new(known: LastEvents) -> Latest {
        let senders = known.into_iter().map(|(tenant, last)| (tenant, watch::Sender::new(last)));
        Latest(Mutex::new(senders.collect()))
    }

    fn with<T>(&self, tenant: &TenantName, act: impl FnOnce(&watch::Sender<u64>) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(all.entry(tenant.clone()).or_insert_with(|| watch::Sender::new(0)))
    }

    /// Raises the sequences after a commit, and wakes the waiters.
    pub(super) fn raise(&self, committed: &LastEvents) {
        for (tenant, last) in committed {
            self.with(tenant, |sender| {
                sender.send_if_modified(|known| {
                    let newer = *last > *known;
                    *known = (*last).max(*known);
                    newer
                })
            });
        }
    }

    /// The sequence of the last event; 0 before the first event.
    pub(super) fn last(&self, tenant: &TenantName) -> u64 {
        self.with(tenant, |sender| *sender.borrow())
    }

    /// Waits for an event after a sequence.
    pub(super) async fn after(&self, tenant: &TenantName, after: u64) {
        let mut last = self.with(tenant, watch::Sender::subscribe);
        // The sender is in this map as long as the map is, so an error cannot occur.
        drop(last.wait_for(|last| *last > after).await);
    }
}
