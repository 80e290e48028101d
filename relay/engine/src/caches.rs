//! Answers of the processor that are believed for a while.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use causeway::{tenant::TenantName, text::PaymentMethodId};
use causeway_domain::{change::Versioned, customer::Customer, observation::MethodSnapshot};
use jiff::Timestamp;

/// PaymentMethods that are remembered; one more, and all are looked up anew.
const MAX_METHODS: usize = 10_000;
/// Card lists that are remembered; one more, and all are asked for anew.
const MAX_LISTS: usize = 100_000;

/// A PaymentMethod of a payment system.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MethodKey {
    /// The tenant.
    pub(crate) tenant: TenantName,
    /// Name of the payment system.
    pub(crate) payment_system: String,
    /// "pm_…"
    pub(crate) method: PaymentMethodId,
}

/// PaymentMethods that were looked up: type and brand never change.
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

/// When the processor was last asked for each customer's cards, and which version of the
/// customer that was. Any change of the customer ends the belief.
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
