//! The operation leases of this relay, renewed while the relay works on the operations.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway_ports::journal::Journal;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::monotonic_clock::MonotonicClock;

use causeway_domain::operation::Lease;

/// Lifetime of a lease without renewal: another relay can claim an operation 30 s after the holder's crash.
const LEASE_LIFETIME: SignedDuration = SignedDuration::from_secs(30);
/// Interval of lease renewals, in the background.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(10);

/// The lease owner id of this relay, and the operations with a held lease.
pub(crate) struct Leases {
    owner: Uuid,
    held: Mutex<HashSet<Uuid>>,
}

/// A held lease of one operation. The lease is renewed until the value is dropped, including a
/// drop by a panic.
pub(crate) struct HeldLease {
    leases: Arc<Leases>,
    operation: Uuid,
}

impl Leases {
    /// Creates the lease set under a new owner id; a restarted relay is a different owner.
    pub(crate) fn new(owner: Uuid) -> Arc<Leases> {
        Arc::new(Leases { owner, held: Mutex::default() })
    }

    /// The owner id of this relay.
    pub(crate) fn owner(&self) -> Uuid {
        self.owner
    }

    /// The expiry of a lease that is claimed or renewed now.
    pub(crate) fn until(now: Timestamp) -> Timestamp {
        now.saturating_add(LEASE_LIFETIME).unwrap_or(Timestamp::MAX)
    }

    /// Whether a lease from the given time may belong to another relay by now, because this process
    /// was suspended and renewed no lease.
    pub(crate) fn may_have_lapsed(taken: Timestamp, now: Timestamp) -> bool {
        now.duration_since(taken) >= LEASE_LIFETIME
    }

    /// The first lease of a new operation, with epoch 1.
    pub(crate) fn first(&self, now: Timestamp) -> Lease {
        Lease { owner: Some(self.owner), epoch: 1, due: Some(Leases::until(now)) }
    }

    /// Adds a claimed lease to the renewed set.
    pub(crate) fn hold(self: &Arc<Self>, operation: Uuid) -> HeldLease {
        self.lock().insert(operation);
        HeldLease { leases: Arc::clone(self), operation }
    }

    fn all(&self) -> Vec<Uuid> {
        self.lock().iter().copied().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.leases.lock().remove(&self.operation);
    }
}

/// Renews all held leases at an interval, for the lifetime of the relay.
pub(crate) async fn renew(journal: Arc<dyn Journal>, leases: Arc<Leases>, clock: Arc<MonotonicClock>) {
    loop {
        tokio::time::sleep(RENEWAL_INTERVAL).await;
        let held = leases.all();
        if held.is_empty() {
            continue;
        }
        let until = Leases::until(clock.now());
        causeway_runtime::failpoint!("relay.lease.before_renewal");
        if let Err(error) = journal.renew(leases.owner(), held, until).await {
            // Another relay may claim these operations; the epoch then rejects the writes of this relay.
            let relay = leases.owner();
            tracing::warn!(%error, %relay, "the leases of this relay could not be renewed, and may lapse after 30 s");
        }
    }
}
