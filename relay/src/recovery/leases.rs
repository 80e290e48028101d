//! The leases that this relay has: made longer as long as it works on what they are for.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{journal::lease::Lease, operation::Desk};

/// How long a lease lives that nobody renews: so long is what a dead relay had.
const LIVES: SignedDuration = SignedDuration::from_secs(30);
/// How often leases are renewed.
const RENEWED: Duration = Duration::from_secs(10);

/// Who this relay is, and what it works on.
pub struct Leases {
    owner: Uuid,
    held: Mutex<HashSet<Uuid>>,
}

/// Work on one operation. Its lease is renewed until this is dropped, also when its task
/// panics.
pub struct Held {
    leases: Arc<Leases>,
    operation: Uuid,
}

impl Leases {
    /// Of a relay under a name of its own: after a restart it is another one.
    pub fn new(owner: Uuid) -> Arc<Leases> {
        Arc::new(Leases { owner, held: Mutex::default() })
    }

    /// Who this relay is.
    pub fn owner(&self) -> Uuid {
        self.owner
    }

    /// The end of a lease that begins now.
    pub fn until(now: Timestamp) -> Timestamp {
        now.saturating_add(LIVES).unwrap_or(Timestamp::MAX)
    }

    /// Whether a lease that was taken then may be another relay's by now: this one has slept,
    /// as with a machine that is suspended, and nothing was renewed.
    pub fn may_have_lapsed(taken: Timestamp, now: Timestamp) -> bool {
        now.duration_since(taken) >= LIVES
    }

    /// The first lease of a new operation.
    pub fn first(&self, now: Timestamp) -> Lease {
        Lease { owner: Some(self.owner), epoch: 1, due: Some(Leases::until(now)) }
    }

    /// Keeps a lease that was taken.
    pub fn hold(self: &Arc<Self>, operation: Uuid) -> Held {
        self.lock().insert(operation);
        Held { leases: Arc::clone(self), operation }
    }

    fn all(&self) -> Vec<Uuid> {
        self.lock().iter().copied().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.leases.lock().remove(&self.operation);
    }
}

/// Renews what is worked on, for as long as the relay lives.
pub(crate) async fn renew(desk: Arc<Desk>) {
    loop {
        tokio::time::sleep(RENEWED).await;
        let held = desk.leases.all();
        if held.is_empty() {
            continue;
        }
        let until = Leases::until(desk.steady.now());
        causeway_runtime::failpoint!("relay.lease.before_renewal");
        if let Err(error) = desk.journal.renew(desk.leases.owner(), held, until).await {
            // Another relay may take them up; then it is the epoch that counts.
            tracing::warn!(%error, "leases could not be renewed");
        }
    }
}
