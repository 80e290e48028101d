//! The leases that this relay has: made longer as long as it works on what they are for.

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

/// How long a lease lives that nobody renews: so long is what a dead relay had.
const LIVES: SignedDuration = SignedDuration::from_secs(30);
/// How often leases are renewed.
const RENEWED: Duration = Duration::from_secs(10);

/// Who this relay is, and what it works on.
pub(crate) struct Leases {
    owner: Uuid,
    held: Mutex<HashSet<Uuid>>,
}

/// Work on one operation. Its lease is renewed until this is dropped, also when its task
/// panics.
pub(crate) struct HeldLease {
    leases: Arc<Leases>,
    operation: Uuid,
}

impl Leases {
    /// Of a relay under a name of its own: after a restart it is another one.
    pub(crate) fn new(owner: Uuid) -> Arc<Leases> {
        Arc::new(Leases { owner, held: Mutex::default() })
    }

    /// Who this relay is.
    pub(crate) fn owner(&self) -> Uuid {
        self.owner
    }

    /// The end of a lease that begins now.
    pub(crate) fn until(now: Timestamp) -> Timestamp {
        now.saturating_add(LIVES).unwrap_or(Timestamp::MAX)
    }

    /// Whether a lease that was taken then may be another relay's by now: this one has slept,
    /// as with a machine that is suspended, and nothing was renewed.
    pub(crate) fn may_have_lapsed(taken: Timestamp, now: Timestamp) -> bool {
        now.duration_since(taken) >= LIVES
    }

    /// The first lease of a new operation.
    pub(crate) fn first(&self, now: Timestamp) -> Lease {
        Lease { owner: Some(self.owner), epoch: 1, due: Some(Leases::until(now)) }
    }

    /// Keeps a lease that was taken.
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

/// Renews the leases of what is worked on, for as long as the relay lives.
pub(crate) async fn renew(journal: Arc<dyn Journal>, leases: Arc<Leases>, clock: Arc<MonotonicClock>) {
    loop {
        tokio::time::sleep(RENEWED).await;
        let held = leases.all();
        if held.is_empty() {
            continue;
        }
        let until = Leases::until(clock.now());
        causeway_runtime::failpoint!("relay.lease.before_renewal");
        if let Err(error) = journal.renew(leases.owner(), held, until).await {
            // Another relay may take them up; then the epoch counts.
            tracing::warn!(%error, "leases could not be renewed");
        }
    }
}
