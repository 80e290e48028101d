//! Locks by request id, so that concurrent copies of a request run one after the other.
//! Registrations of the same customer use the same locks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use causeway::tenant::TenantName;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::seeded_bugs;

type Key = (TenantName, String);

/// Locks by tenant and lock name.
#[derive(Default)]
pub struct RequestLocks {
    taken: Mutex<HashMap<Key, Arc<AsyncMutex<()>>>>,
}

/// A held lock. Dropping the value releases the lock, including a drop by a panic.
pub struct RequestLock {
    _guard: OwnedMutexGuard<()>,
    _place: Place,
}

/// A holder or a waiter of a lock. The last `Place` removes the lock from the map.
struct Place {
    locks: Arc<RequestLocks>,
    key: Key,
    line: Arc<AsyncMutex<()>>,
}

impl RequestLocks {
    /// Waits for the lock of a request id or of another name. A request id has no space, so
    /// other names contain one.
    pub(crate) async fn wait(self: &Arc<Self>, tenant: &TenantName, name: &str) -> RequestLock {
        let key = (tenant.clone(), name.to_owned());
        let line = if seeded_bugs::unlocked() {
            Arc::default()
        } else {
            Arc::clone(self.lock().entry(key.clone()).or_default())
        };
        let place = Place { locks: Arc::clone(self), key, line };
        let guard = Arc::clone(&place.line).lock_owned().await;
        RequestLock { _guard: guard, _place: place }
    }

    /// Whether a task holds or waits for the lock of this request id.
    pub(crate) fn is_held(&self, tenant: &TenantName, request_id: &str) -> bool {
        self.lock().contains_key(&(tenant.clone(), request_id.to_owned()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<AsyncMutex<()>>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.locks.lock();
        // Two references are the map's and this one, so no other task holds or awaits the lock.
        if Arc::strong_count(&self.line) <= 2 {
            taken.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn copies_of_a_request_wait_and_leave_no_lock() {
        let locks = Arc::new(RequestLocks::default());
        let (tenant, request) = (TenantName::parse("acme").unwrap(), "r");
        let at_work = Arc::new(AtomicUsize::new(0));
        let copies = (0..50).map(|_| {
            let (locks, tenant) = (Arc::clone(&locks), tenant.clone());
            let at_work = Arc::clone(&at_work);
            tokio::spawn(async move {
                let _lock = locks.wait(&tenant, request).await;
                assert_eq!(at_work.fetch_add(1, Ordering::SeqCst), 0, "two at once");
                tokio::task::yield_now().await;
                at_work.fetch_sub(1, Ordering::SeqCst);
            })
        });
        for copy in copies.collect::<Vec<_>>() {
            copy.await.unwrap();
        }
        assert!(!locks.is_held(&tenant, request));
        assert!(locks.lock().is_empty());
    }

    #[tokio::test]
    async fn a_caller_that_stops_waiting_leaves_no_lock() {
        let locks = Arc::new(RequestLocks::default());
        let (tenant, request) = (TenantName::parse("acme").unwrap(), "r");
        let lock = locks.wait(&tenant, request).await;
        let waiting =
            tokio::time::timeout(std::time::Duration::from_millis(10), locks.wait(&tenant, request));
        assert!(waiting.await.is_err(), "it is held by another task");
        assert!(locks.is_held(&tenant, request));
        drop(lock);
        assert!(locks.lock().is_empty());
    }
}
