//! A batch: all changes of one unit of work, which are stored together or not at all.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::access::AccountMode;
use crate::access::keyring::Keyring;
use crate::idempotency::AnsweredKey;
use crate::ledger::Entry;
use crate::objects::wallet::EnabledWallets;
use crate::settings::RawCards;
use crate::state::ScheduledWork;
use crate::storage::objects::{ObjectKind, Snapshot};
use crate::webhooks::delivery_changes::DeliveryChange;

/// The changes of one unit of work.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Batch {
    /// The changes of accounts, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<AccountChange>,
    /// The new entries of the ledger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ledger: Vec<Entry>,
    /// The changes of the queue of deliveries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) deliveries: Vec<DeliveryChange>,
    /// The values that are stored whole, if one of them changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) values: Option<Values>,
    /// The position in the sequence of ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ids: Option<u64>,
    /// The latest moment of any work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latest: Option<Timestamp>,
}

/// The small values of a sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Values {
    /// The assigned, restricted and revoked keys.
    pub(crate) keyring: Keyring,
    /// The treatment of card numbers by account.
    pub(crate) raw_cards: BTreeMap<String, RawCards>,
    /// The wallets that accounts have enabled.
    #[serde(default)]
    pub(crate) wallets: BTreeMap<String, EnabledWallets>,
    /// The clock and the delays.
    pub(crate) timing: Timing,
}

/// The values outside the lock of the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Timing {
    /// The difference of the sandbox's clock to the real time.
    pub(crate) clock_offset: SignedDuration,
    /// The delay until a new object can be found by a search, in seconds.
    pub(crate) search_lag: i64,
}

/// A change of one account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AccountChange {
    /// The account and the mode.
    pub(crate) mode: AccountMode,
    /// The change of that mode of the account.
    pub(crate) change: Change,
}

/// A change inside an account.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// An object was added or changed.
    Put(Snapshot),
    /// An object was removed.
    Removed(ObjectKind, String),
    /// The objects that were created before a moment in unix seconds were removed.
    RemovedBefore(ObjectKind, i64),
    /// An answer was stored under an idempotency key.
    Key(String, AnsweredKey),
    /// Work was scheduled for a moment in unix seconds.
    Scheduled(i64, ScheduledWork),
    /// Scheduled work was done or dropped.
    Unscheduled(i64, ScheduledWork),
}

impl Batch {
    /// Whether the batch changes nothing that has to be stored.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.ledger.is_empty()
            && self.deliveries.is_empty()
            && self.values.is_none()
    }
}
