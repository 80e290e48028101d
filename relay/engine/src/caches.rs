//! In-memory caches of the processor's answers, each entry valid for a limited time.

use std::time::Duration;

use causeway::{tenant::TenantName, text::PaymentMethodId};
use causeway_domain::{change::Versioned, customer::Customer, observation::MethodSnapshot};
use jiff::Timestamp;
use quick_cache::{UnitWeighter, sync::Cache};

/// Maximum number of cached PaymentMethods; beyond the limit, rarely used entries leave the cache.
const MAX_METHODS: u64 = 10_000;
/// Maximum number of cached card lists; beyond the limit, rarely used entries leave the cache.
const MAX_LISTS: u64 = 100_000;
/// Entries for which a cache allocates memory at once.
const FIRST_ENTRIES: usize = 256;

/// Cache key: a PaymentMethod at a payment system.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MethodKey {
    /// The tenant that owns the payment system.
    pub(crate) tenant: TenantName,
    /// Name of the payment system in the tenant's settings.
    pub(crate) payment_system: String,
    /// Id of the PaymentMethod, "pm_…"
    pub(crate) method: PaymentMethodId,
}

/// Cached PaymentMethods, each with the time of the look-up. The type and the brand of a
/// PaymentMethod never change.
pub(crate) struct PaymentMethodCache(Cache<MethodKey, (Timestamp, MethodSnapshot)>);

impl Default for PaymentMethodCache {
    fn default() -> PaymentMethodCache {
        PaymentMethodCache(Cache::with_weighter(FIRST_ENTRIES, MAX_METHODS, UnitWeighter))
    }
}

impl PaymentMethodCache {
    pub(crate) fn get(&self, key: &MethodKey, now: Timestamp, ttl: Duration) -> Option<MethodSnapshot> {
        let (at, method) = self.0.get(key)?;
        (now.duration_since(at).unsigned_abs() < ttl).then_some(method)
    }

    pub(crate) fn forget(&self, key: &MethodKey) {
        self.0.remove(key);
    }

    pub(crate) fn put(&self, key: MethodKey, now: Timestamp, method: MethodSnapshot) {
        self.0.insert(key, (now, method));
    }
}

/// For each customer id, the time of the last card list from the processor and the customer's
/// version at that time. Any change of the customer invalidates the entry.
pub(crate) struct CardListCache(Cache<uuid::Uuid, (Timestamp, u64)>);

impl Default for CardListCache {
    fn default() -> CardListCache {
        CardListCache(Cache::with_weighter(FIRST_ENTRIES, MAX_LISTS, UnitWeighter))
    }
}

impl CardListCache {
    pub(crate) fn asked(&self, customer: &Versioned<Customer>) -> Option<Timestamp> {
        let (at, version) = self.0.get(&customer.value.id)?;
        (version == customer.version).then_some(at)
    }

    pub(crate) fn remember(&self, customer: &Versioned<Customer>, now: Timestamp) {
        self.0.insert(customer.value.id, (now, customer.version));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Far more entries than the limit: the latest entry is there, and the cache stays within the limit.
    #[test]
    fn a_full_cache_drops_entries_and_not_all_of_them() {
        let cache: Cache<u64, u64> = Cache::with_weighter(FIRST_ENTRIES, MAX_METHODS, UnitWeighter);
        for number in 0..3 * MAX_METHODS {
            cache.insert(number, number);
        }
        let kept = u64::try_from(cache.len()).unwrap();
        assert!(kept <= MAX_METHODS && kept > MAX_METHODS / 2, "{kept} entries");
        assert_eq!(cache.get(&(3 * MAX_METHODS - 1)), Some(3 * MAX_METHODS - 1));
    }
}
