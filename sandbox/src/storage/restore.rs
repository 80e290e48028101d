//! The restoration of a state from stored batches.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use crate::ids::Ids;
use crate::state::SandboxState;
use crate::storage::batch::{AccountChange, Batch, Change, Timing, Values};
use crate::storage::objects::Snapshot;
use crate::webhooks::restored_deliveries::RestoredDeliveries;

/// A state that is being restored.
pub(crate) struct Restoration<'a> {
    state: &'a mut SandboxState,
    /// The snapshots by the hash of their content, so that equal snapshots share memory.
    snapshots: HashMap<u64, Snapshot>,
    deliveries: RestoredDeliveries,
    timing: Option<Timing>,
}

impl<'a> Restoration<'a> {
    /// A restoration into an empty state.
    pub(crate) fn new(state: &'a mut SandboxState) -> Self {
        let deliveries = RestoredDeliveries::default();
        Self { state, snapshots: HashMap::new(), deliveries, timing: None }
    }

    /// Applies one batch.
    pub(crate) fn apply(&mut self, batch: Batch) {
        let Batch { changes, ledger, deliveries, values, ids, latest } = batch;
        changes.into_iter().for_each(|change| self.apply_change(change));
        ledger.into_iter().for_each(|entry| self.state.ledger.write(entry));
        deliveries.into_iter().for_each(|change| self.deliveries.apply(change));
        if let Some(Values { keyring, raw_cards, wallets, timing }) = values {
            self.state.keyring = keyring;
            self.state.raw_cards = raw_cards;
            self.state.wallets = wallets;
            self.timing = Some(timing);
        }
        if let Some(position) = ids {
            self.state.ids = Ids::seeded(position);
        }
        if let Some(latest) = latest {
            self.state.latest = self.state.latest.max(latest);
        }
    }

    /// Restores the queue of deliveries, and returns the clock and the delays, if a state was stored.
    pub(crate) fn finish(self) -> Option<Timing> {
        self.state.restore_deliveries(self.deliveries);
        self.timing
    }

    fn apply_change(&mut self, AccountChange { mode, change }: AccountChange) {
        let snapshots = &mut self.snapshots;
        let account = self.state.account(&mode);
        match change {
            Change::Put(object) => account.put_stored(shared(snapshots, object)),
            Change::Removed(kind, id) => account.remove_stored(kind, &id),
            Change::RemovedBefore(kind, moment) => account.remove_stored_before(kind, moment),
            Change::Key(key, record) => account.idempotency_keys.restore(key, record),
            Change::Scheduled(at, work) => account.schedule.insert((at, work)),
            Change::Unscheduled(at, work) => account.schedule.remove((at, work)),
        }
    }
}

/// An equal snapshot that was restored before, or the given one.
fn shared(known: &mut HashMap<u64, Snapshot>, mut snapshot: Snapshot) -> Snapshot {
    if let Snapshot::Event(event) = &mut snapshot {
        let event = Arc::make_mut(event);
        event.object = shared(known, event.object.clone());
        event.before = event.before.take().map(|before| shared(known, before));
        return snapshot;
    }
    let Ok(content) = serde_json::to_vec(&snapshot) else { return snapshot };
    let mut hasher = DefaultHasher::new();
    hasher.write(&content);
    known.entry(hasher.finish()).or_insert(snapshot).clone()
}
