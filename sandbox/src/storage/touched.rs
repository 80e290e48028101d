//! The touched parts of the state since the last batch, in order. Without a state directory nothing is
//! recorded.

use std::sync::{Arc, Mutex};

use crate::access::AccountMode;
use crate::lock::lock;
use crate::state::ScheduledWork;
use crate::storage::objects::ObjectKind;

/// One touched part of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Touched {
    /// The object with this id was added, changed or removed.
    Object(ObjectKind, String),
    /// The objects that were created before a moment in unix seconds were removed.
    CreatedBefore(ObjectKind, i64),
    /// An answer was stored under this idempotency key.
    Key(String),
    /// Work was scheduled for a moment in unix seconds.
    Scheduled(i64, ScheduledWork),
    /// Scheduled work was done or dropped.
    Unscheduled(i64, ScheduledWork),
}

/// A touched part, and the account of the part.
pub(crate) type AccountPart = (Arc<AccountMode>, Touched);

/// The touched parts of all accounts.
#[derive(Clone, Debug, Default)]
pub(crate) struct TouchedParts {
    parts: Arc<Mutex<Vec<AccountPart>>>,
}

/// The recorder of one account.
#[derive(Clone, Debug)]
pub(crate) struct AccountRecorder {
    parts: TouchedParts,
    mode: Arc<AccountMode>,
}

/// The recorder of one collection.
#[derive(Clone, Debug)]
pub(crate) struct ObjectRecorder {
    account: AccountRecorder,
    kind: ObjectKind,
}

impl TouchedParts {
    /// The recorder of an account.
    pub(crate) fn recorder(&self, mode: &AccountMode) -> AccountRecorder {
        AccountRecorder { parts: self.clone(), mode: Arc::new(mode.clone()) }
    }

    /// All touched parts since the last call.
    pub(crate) fn take(&self) -> Vec<AccountPart> {
        std::mem::take(&mut lock(&self.parts))
    }
}

impl AccountRecorder {
    /// Records a touched part of the account.
    pub(crate) fn record(&self, touched: Touched) {
        lock(&self.parts.parts).push((Arc::clone(&self.mode), touched));
    }

    /// The recorder of one of the account's collections.
    pub(crate) fn of(&self, kind: ObjectKind) -> ObjectRecorder {
        ObjectRecorder { account: self.clone(), kind }
    }
}

impl ObjectRecorder {
    /// Records that an object was added, changed or removed.
    pub(crate) fn record(&self, id: &str) {
        self.account.record(Touched::Object(self.kind, id.to_owned()));
    }

    /// Records the removal of the objects that were created before a moment.
    pub(crate) fn record_created_before(&self, moment: i64) {
        self.account.record(Touched::CreatedBefore(self.kind, moment));
    }
}
