//! One at a time for each request id: copies of a request wait for the first one. In
//! the same way those wait who would register the same customer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use causeway::tenant::TenantName;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

type Key = (TenantName, String);

/// Whose turn it is.
#[derive(Default)]
pub(super) struct Turns {
    taken: Mutex<HashMap<Key, Arc<AsyncMutex<()>>>>,
}

/// A turn; it ends when this is dropped, also when its task panics.
pub(crate) struct Turn {
    // Dropped first: the place is given up by somebody who does not hold the line.
    _guard: OwnedMutexGuard<()>,
    _place: Place,
}

/// A place in the line, also of somebody who still waits.
struct Place {
    turns: Arc<Turns>,
    key: Key,
    line: Arc<AsyncMutex<()>>,
}

impl Turns {
    /// Waits until nobody else works on this request id, or on whatever has the name. A
    /// request id holds no space, so other names do.
    pub(super) async fn wait(self: &Arc<Self>, tenant: &TenantName, name: &str) -> Turn {
        let key = (tenant.clone(), name.to_owned());
        let line = if causeway_runtime::bug!("unique_dropped") {
            Arc::default()
        } else {
            Arc::clone(self.lock().entry(key.clone()).or_default())
        };
        let place = Place { turns: Arc::clone(self), key, line };
        let guard = Arc::clone(&place.line).lock_owned().await;
        Turn { _guard: guard, _place: place }
    }

    /// Whether somebody works on this request id now.
    pub(super) fn is_taken(&self, tenant: &TenantName, request_id: &str) -> bool {
        self.lock().contains_key(&(tenant.clone(), request_id.to_owned()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<AsyncMutex<()>>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.turns.lock();
        // The map's own and this one: nobody else holds the line or waits in it.
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
    async fn copies_wait_for_each_other_and_leave_nothing_behind() {
        let turns = Arc::new(Turns::default());
        let (tenant, request) = (TenantName::parse("acme").unwrap(), "r");
        let at_work = Arc::new(AtomicUsize::new(0));
        let copies = (0..50).map(|_| {
            let (turns, tenant) = (Arc::clone(&turns), tenant.clone());
            let at_work = Arc::clone(&at_work);
            tokio::spawn(async move {
                let _turn = turns.wait(&tenant, request).await;
                assert_eq!(at_work.fetch_add(1, Ordering::SeqCst), 0, "two at once");
                tokio::task::yield_now().await;
                at_work.fetch_sub(1, Ordering::SeqCst);
            })
        });
        for copy in copies.collect::<Vec<_>>() {
            copy.await.unwrap();
        }
        assert!(!turns.is_taken(&tenant, request));
        assert!(turns.lock().is_empty());
    }

    #[tokio::test]
    async fn one_who_leaves_the_line_leaves_nothing_behind() {
        let turns = Arc::new(Turns::default());
        let (tenant, request) = (TenantName::parse("acme").unwrap(), "r");
        let turn = turns.wait(&tenant, request).await;
        let waiting =
            tokio::time::timeout(std::time::Duration::from_millis(10), turns.wait(&tenant, request));
        assert!(waiting.await.is_err(), "it is somebody else's turn");
        assert!(turns.is_taken(&tenant, request));
        drop(turn);
        assert!(turns.lock().is_empty());
    }
}
