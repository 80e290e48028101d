//! The share of each caller in the operations of its tenant, so that a greedy caller of an adapter
//! leaves places for the other callers of the same adapter.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use causeway::{
    caller::{CallerName, SharingCaller},
    tenant::TenantName,
};
use causeway_runtime::shares::{Exhausted, SharedPlace, Shares};

/// Maximum number of callers of a tenant with a share of their own.
const MAX_CALLERS: usize = 64;

/// The callers of every tenant.
pub(crate) struct CallerShares {
    /// Number of operations that one tenant may have under way.
    most: usize,
    tenants: Mutex<HashMap<TenantName, Callers>>,
}

/// The callers of one tenant.
struct Callers {
    /// The callers that have sent a request since the start of the relay.
    names: BTreeSet<CallerName>,
    /// Number of callers that share: those that were seen, and as many as an adapter has.
    of: usize,
    places: Arc<Shares<CallerName>>,
}

impl CallerShares {
    /// No caller yet; one tenant has `most` operations at most.
    pub(crate) fn of(most: usize) -> CallerShares {
        CallerShares { most, tenants: Mutex::default() }
    }

    /// Takes a place for a caller. A request without the name of a caller needs no place here.
    pub(crate) fn take(
        &self,
        tenant: &TenantName,
        caller: Option<&SharingCaller>,
    ) -> Result<Option<SharedPlace<CallerName>>, Exhausted> {
        let Some(caller) = caller else { return Ok(None) };
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let callers = tenants.entry(tenant.clone()).or_insert_with(|| Callers {
            names: BTreeSet::new(),
            of: 0,
            places: Arc::new(Shares::halves(self.most, 1)),
        });
        if !callers.names.contains(&caller.name) {
            if callers.names.len() >= MAX_CALLERS {
                return Ok(None);
            }
            callers.names.insert(caller.name.clone());
        }
        let of = callers.of.max(callers.names.len()).max(caller.of.min(MAX_CALLERS));
        if of > callers.of {
            // Places of before are given back where they were taken; the new shares begin empty.
            callers.of = of;
            callers.places = Arc::new(Shares::halves(self.most, of));
        }
        let places = Arc::clone(&callers.places);
        drop(tenants);
        places.take(&caller.name).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_has_everything_until_there_is_another() {
        let tenant = TenantName::parse("acme").unwrap();
        let caller = |name: &str, of: &str| SharingCaller::read(Some(name), Some(of)).unwrap();
        let [billing, portal] = ["billing", "portal"].map(|name| caller(name, "1"));
        let shares = CallerShares::of(8);
        let flood = |caller: &SharingCaller| -> Vec<_> {
            std::iter::from_fn(|| shares.take(&tenant, Some(caller)).ok()).take(20).collect()
        };
        assert_eq!(flood(&portal).len(), 8);
        assert_eq!(flood(&billing).len(), 4);
        assert_eq!(flood(&portal).len(), 4, "half of the places, and half for the other");
        assert!(matches!(shares.take(&tenant, None), Ok(None)), "an adapter of the version before");
        let other = TenantName::parse("globex").unwrap();
        assert!(shares.take(&other, Some(&portal)).is_ok());
        let two = CallerShares::of(8);
        let flood: Vec<_> =
            std::iter::from_fn(|| two.take(&tenant, Some(&caller("portal", "2"))).ok()).take(20).collect();
        assert_eq!(flood.len(), 4, "the adapter has another caller, which has sent nothing yet");
    }
}
