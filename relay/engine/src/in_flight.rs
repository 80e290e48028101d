//! The operations that recovery works on in the background, with the places of the tenants.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use causeway::tenant::TenantName;
use causeway_runtime::shares::Shares;
use uuid::Uuid;

/// Maximum number of operations in recovery at the same time. A tenant of several has half of them at
/// most, so that an account without answers leaves room for the others.
const AT_ONCE: usize = 64;

/// The ids of the operations that recovery works on now.
pub(crate) struct InFlight {
    ids: Mutex<HashSet<Uuid>>,
    /// The places of recovery, with a share for each tenant.
    pub(crate) places: Arc<Shares<TenantName>>,
}

impl InFlight {
    /// No operation, with places for this number of tenants.
    pub(crate) fn of(tenants: usize) -> InFlight {
        InFlight { ids: Mutex::default(), places: Arc::new(Shares::halves(AT_ONCE, tenants)) }
    }

    /// How many operations recovery may take up now; zero where all places are taken.
    pub(crate) fn room(&self) -> usize {
        AT_ONCE.saturating_sub(self.places.taken())
    }

    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
