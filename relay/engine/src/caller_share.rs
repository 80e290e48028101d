//! The share of each caller in the operations of its tenant, so that a greedy caller of an adapter
//! leaves places for the other callers of the same adapter.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use causeway::{caller::ForwardedCaller, tenant::TenantName};
use causeway_runtime::shares::{Exhausted, SharedPlace, Shares};

/// Maximum number of callers of a tenant with a share of their own; all others have one together.
const MAX_CALLERS: usize = 64;

/// The owner of a share: the name of a caller, or all callers without a name.
pub(crate) type Owner = Option<Arc<str>>;

/// The callers of every tenant.
pub(crate) struct CallerShares {
    /// Number of operations that one tenant may have under way.
    most: usize,
    tenants: Mutex<HashMap<TenantName, Callers>>,
}

/// The callers of one tenant.
struct Callers {
    /// The callers that have sent a request since the start of the relay.
    names: BTreeSet<Owner>,
    /// Number of callers that share: those that were seen, and as many as an adapter has.
    count: usize,
    places: Arc<Shares<Owner>>,
}

impl CallerShares {
    /// No caller yet; one tenant has `most` operations at most.
    pub(crate) fn of(most: usize) -> CallerShares {
        CallerShares { most, tenants: Mutex::default() }
    }

    /// Takes a place for a caller. A request without a forwarded caller needs no place here.
    pub(crate) fn take(
        &self,
        tenant: &TenantName,
        caller: Option<&ForwardedCaller>,
    ) -> Result<Option<SharedPlace<Owner>>, Exhausted> {
        let Some(caller) = caller else { return Ok(None) };
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let callers = tenants.entry(tenant.clone()).or_insert_with(|| Callers {
            names: BTreeSet::new(),
            count: 0,
            places: Arc::new(Shares::halves(self.most, 1)),
        });
        let has_share = callers.names.contains(caller.name()) || callers.names.len() < MAX_CALLERS;
        let owner: Owner = caller.name().clone().filter(|_| has_share);
        callers.names.insert(owner.clone());
        let count = callers.count.max(callers.names.len()).max(caller.callers().min(MAX_CALLERS));
        if count > callers.count {
            // Places that are held now return to the shares that they were taken from.
            callers.count = count;
            callers.places = Arc::new(Shares::halves(self.most, count));
        }
        let places = Arc::clone(&callers.places);
        drop(tenants);
        places.take(&owner).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_has_everything_until_there_is_another() {
        let tenant = TenantName::parse("acme").unwrap();
        let caller = |name: &str, of: &str| ForwardedCaller::read(Some(name), Some(of)).unwrap();
        let [billing, portal] = ["billing", "portal"].map(|name| caller(name, "1"));
        let shares = CallerShares::of(8);
        let flood = |caller: &ForwardedCaller| -> Vec<_> {
            std::iter::from_fn(|| shares.take(&tenant, Some(caller)).ok()).take(20).collect()
        };
        assert_eq!(flood(&portal).len(), 8);
        assert_eq!(flood(&billing).len(), 4);
        assert_eq!(flood(&portal).len(), 4, "half of the places, and half for the other");
        assert!(matches!(shares.take(&tenant, None), Ok(None)), "an adapter of an earlier version");
        let other = TenantName::parse("globex").unwrap();
        assert!(shares.take(&other, Some(&portal)).is_ok());
        let two = CallerShares::of(8);
        let flood: Vec<_> =
            std::iter::from_fn(|| two.take(&tenant, Some(&caller("portal", "2"))).ok()).take(20).collect();
        assert_eq!(flood.len(), 4, "the adapter has another caller, which has sent nothing yet");
    }

    #[test]
    fn callers_beyond_the_maximum_have_one_share() {
        let tenant = TenantName::parse("acme").unwrap();
        let shares = CallerShares::of(1000);
        let take = |number: usize| {
            let caller = ForwardedCaller::read(Some(&format!("caller-{number}")), Some("200"));
            shares.take(&tenant, caller.as_ref()).ok()
        };
        let held: Vec<_> = (0..MAX_CALLERS).filter_map(take).collect();
        assert_eq!(held.len(), MAX_CALLERS);
        let others: Vec<_> = (MAX_CALLERS..MAX_CALLERS + 1000).map_while(take).collect();
        assert_eq!(others.len(), 500, "half, as one caller");
    }
}
