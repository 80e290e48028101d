//! In-memory caches of the processor's answers, each entry valid for a limited time.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use causeway::{tenant::TenantName, text::PaymentMethodId};
use causeway_domain::{change::Versioned, customer::Customer, observation::MethodSnapshot};
use jiff::Timestamp;

/// Maximum number of cached PaymentMethods; at the limit, the cache is cleared.
const MAX_METHODS: usize = 10_000;
/// Maximum number of cached card lists; at the limit, the cache is cleared.
const MAX_LISTS: usize = 100_000;

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

/// Cached PaymentMethods. The type and the brand of a PaymentMethod never change.
#[derive(Default)]
pub(crate) struct PaymentMethodCache(Mutex<HashMap<MethodKey, (Timestamp, MethodSnapshot)>>);

impl PaymentMethodCache {
    pub(crate) fn get(&self, key: &MethodKey, now: Timestamp, lives: Duration) -> Option<MethodSnapshot> {
        let methods = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, method) = methods.get(key)?;
        (now.duration_since(*at).unsigned_abs() < lives).then(|| method.clone())
    }

    pub(crate) fn forget(&self, key: &MethodKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    pub(crate) fn put(&self, key: MethodKey, now: Timestamp, method: MethodSnapshot) {
        let mut methods = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if methods.len() >= MAX_METHODS {
            methods.clear();
        }
        methods.insert(key, (now, method));
    }
}

/// For each customer id, the time of the last card list from the processor and the customer's
/// version at that time. Any change of the customer invalidates the entry.
#[derive(Default)]
pub(crate) struct CardListCache(Mutex<HashMap<uuid::Uuid, (Timestamp, u64)>>);

impl CardListCache {
    pub(crate) fn asked(&self, customer: &Versioned<Customer>) -> Option<Timestamp> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, version) = lists.get(&customer.value.id)?;
        (*version == customer.version).then_some(*at)
    }

    pub(crate) fn remember(&self, customer: &Versioned<Customer>, now: Timestamp) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= MAX_LISTS {
            lists.clear();
        }
        lists.insert(customer.value.id, (now, customer.version));
    }
}
