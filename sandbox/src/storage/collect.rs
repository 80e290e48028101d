//! The collection of changes: from the touched parts of the state to a batch, and from the whole state to the
//! batches of a fresh file.

use std::collections::HashSet;
use std::sync::Arc;

use crate::access::AccountMode;
use crate::state::{Account, SandboxState};
use crate::storage::batch::{AccountChange, Batch, Change, Timing, Values};
use crate::storage::objects::ObjectKind;
use crate::storage::touched::{AccountPart, Touched, TouchedParts};

/// The number of changes in one batch of a fresh file.
const CHANGES_IN_BATCH: usize = 500;

/// The part of the state that is stored already, and the changes since.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    touched: TouchedParts,
    /// The number of stored entries of the ledger.
    ledger: usize,
    /// The values as stored last.
    values: Values,
}

impl Recording {
    /// Records the changes of an account from now on.
    pub(crate) fn record_account(&self, account: &mut Account) {
        let recorder = self.touched.recorder(&account.mode);
        account.record_changes(&recorder);
    }
}

impl SandboxState {
    /// The values that are stored whole.
    fn values(&self, timing: Timing) -> Values {
        let (raw_cards, wallets) = (self.raw_cards.clone(), self.wallets.clone());
        Values { keyring: self.keyring.clone(), raw_cards, wallets, timing }
    }

    /// Records all changes from now on. The state up to now was stored.
    pub(crate) fn start_recording(&mut self, timing: Timing) {
        let ledger = self.ledger.entries().len();
        let recording = Recording { touched: TouchedParts::default(), ledger, values: self.values(timing) };
        self.accounts.values_mut().for_each(|account| recording.record_account(account));
        self.delivery_queue.start_recording();
        self.recording = Some(recording);
    }

    /// The changes since the last call, unless the state is not stored or did not change.
    pub(crate) fn take_changes(&mut self, timing: Timing) -> Option<Batch> {
        self.recording.as_ref()?;
        let values = self.values(timing);
        let recording = self.recording.as_mut()?;
        let mut batch = Batch {
            ledger: self.ledger.after(recording.ledger).to_vec(),
            deliveries: self.delivery_queue.take_changes(),
            ids: Some(self.ids.position()),
            latest: Some(self.latest),
            ..Batch::default()
        };
        recording.ledger = self.ledger.entries().len();
        let touched = recording.touched.take();
        if recording.values != values {
            recording.values = values.clone();
            batch.values = Some(values);
        }
        batch.changes = self.changes_of(touched);
        (!batch.is_empty()).then_some(batch)
    }

    /// The current state of the touched parts. A part that was touched several times is stored once.
    fn changes_of(&self, touched: Vec<AccountPart>) -> Vec<AccountChange> {
        let mut seen: HashSet<(Arc<AccountMode>, ObjectKind, String)> = HashSet::new();
        let mut changes = vec![];
        for (mode, touched) in touched {
            let Some(account) = self.accounts.get(&*mode) else { continue };
            let change = match touched {
                Touched::Object(kind, id) => {
                    if !seen.insert((Arc::clone(&mode), kind, id.clone())) {
                        continue;
                    }
                    account.snapshot(kind, &id).map_or_else(|| Change::Removed(kind, id), Change::Put)
                }
                Touched::CreatedBefore(kind, moment) => Change::RemovedBefore(kind, moment),
                Touched::Key(key) => match account.idempotency_keys.answered_key(&key) {
                    Some(record) => Change::Key(key, record),
                    None => continue,
                },
                Touched::Scheduled(at, work) => Change::Scheduled(at, work),
                Touched::Unscheduled(at, work) => Change::Unscheduled(at, work),
            };
            changes.push(AccountChange { mode: (*mode).clone(), change });
        }
        changes
    }

    /// The batches that build this state from an empty state.
    pub(crate) fn all_batches(&self, timing: Timing) -> Vec<Batch> {
        let mut batches = vec![];
        for (mode, account) in &self.accounts {
            let mut changes = account.all_changes(self.latest).into_iter().peekable();
            while changes.peek().is_some() {
                let part = changes.by_ref().take(CHANGES_IN_BATCH);
                let part = part.map(|change| AccountChange { mode: mode.clone(), change }).collect();
                batches.push(Batch { changes: part, ..Batch::default() });
            }
        }
        for part in self.ledger.entries().chunks(CHANGES_IN_BATCH) {
            batches.push(Batch { ledger: part.to_vec(), ..Batch::default() });
        }
        batches.push(Batch {
            deliveries: self.delivery_queue.all_changes(),
            values: Some(self.values(timing)),
            ids: Some(self.ids.position()),
            latest: Some(self.latest),
            ..Batch::default()
        });
        batches
    }
}
