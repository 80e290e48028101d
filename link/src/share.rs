//! The share of one tenant at a relay, or of one caller at an adapter, so that the greed of one delays
//! nobody else.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway::{
    method::Class,
    refusal::{Limit, Refusal},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// The maximum number of requests that wait for a permit of one kind.
const MAX_WAITING: usize = 1024;
/// The maximum wait for a permit.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// The maximum number of message bodies that one tenant or caller sends at a time.
const MAX_BODIES: usize = 256;
/// Bytes of a body that need no room.
const SMALL: usize = 16 * 1024;
/// Bytes of one unit of room.
const UNIT: usize = 4 * 1024;
/// Units of room for the large requests that one tenant or caller has in progress: 512 KiB.
const ROOM: usize = 128;
/// Interval of refused requests that are answered without delay.
const REFUSAL_INTERVAL: Duration = Duration::from_millis(2);
/// Time whose refused requests may come at once.
const REFUSAL_BURST: Duration = Duration::from_secs(1);
/// The maximum delay of an answer to a refused request, shorter than the deadline of any caller.
const MAX_REFUSAL_DELAY: Duration = Duration::from_secs(1);
/// Wait before a retry that is suggested to a refused caller.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How many requests of each kind one tenant or caller may have in progress. Further requests wait.
#[derive(Debug, Clone, Copy)]
pub struct ShareLimits {
    /// The owner of a share, for refusals: "tenant" or "caller".
    pub owner: &'static str,
    /// Requests that change something. Further requests are refused and do not wait.
    pub changes: usize,
    /// Requests that read one object.
    pub reads: usize,
    /// Requests that read a list.
    pub lists: usize,
    /// Requests that wait for the processor's answer about a payment.
    pub syncs: usize,
}

/// The shares of all tenants, or of all callers.
pub(crate) struct Shares {
    limits: ShareLimits,
    shares: Mutex<HashMap<String, Arc<Share>>>,
}

/// The share of one tenant or caller.
pub(crate) struct Share {
    changes: Arc<Semaphore>,
    /// The refusal of one more change.
    changes_full: Limit,
    reads: Queue,
    lists: Queue,
    syncs: Queue,
    bodies: Arc<Semaphore>,
    /// Room for large requests in progress.
    large: Queue,
    /// The time at which the next refused request is answered without delay.
    next_refusal: Mutex<Option<Instant>>,
}

/// Permits with a limit on the number of waiting requests.
struct Queue {
    permits: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// The refusal of one more request.
    full: Limit,
}

/// A permit of a share, held until the answer is sent.
pub(crate) struct Permit {
    _permit: Option<OwnedSemaphorePermit>,
    _room: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// The same permit with room for a large body.
    pub(crate) fn with_room(self, room: Option<OwnedSemaphorePermit>) -> Permit {
        Permit { _room: room, ..self }
    }
}

impl Shares {
    pub(crate) fn new(limits: ShareLimits) -> Shares {
        Shares { limits, shares: Mutex::default() }
    }

    /// The share of a tenant or caller. Names are authenticated, so that the map stays small.
    pub(crate) fn of(&self, name: &str) -> Arc<Share> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(name) {
            return Arc::clone(share);
        }
        let share = Arc::new(Share::new(self.limits, name));
        shares.insert(name.to_owned(), Arc::clone(&share));
        share
    }
}

impl Share {
    fn new(limits: ShareLimits, name: &str) -> Share {
        let full = |permits: usize, work: &str| Limit::Share {
            whose: format!("{} {name}", limits.owner),
            what: format!("{permits} {work} at a time"),
            retry_after: RETRY_AFTER,
        };
        let queue = |permits: usize, work| Queue {
            permits: Arc::new(Semaphore::new(permits)),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            full: full(permits, work),
        };
        Share {
            changes: Arc::new(Semaphore::new(limits.changes)),
            changes_full: full(limits.changes, "requests that change something"),
            reads: queue(limits.reads, "reads"),
            lists: queue(limits.lists, "lists"),
            syncs: queue(limits.syncs, "calls of SyncPayment or reflection"),
            bodies: Arc::new(Semaphore::new(MAX_BODIES)),
            large: Queue {
                permits: Arc::new(Semaphore::new(ROOM)),
                waiting: Arc::new(Semaphore::new(MAX_WAITING)),
                full: Limit::Share {
                    whose: format!("{} {name}", limits.owner),
                    what: format!("{} KiB of large requests at a time", ROOM * UNIT / 1024),
                    retry_after: RETRY_AFTER,
                },
            },
            next_refusal: Mutex::default(),
        }
    }

    /// A permit for a request. Reads wait, so that a reader in a hurry is slowed down; payments are
    /// refused, so that the caller knows at once that nothing was started.
    pub(crate) async fn permit(&self, class: Class) -> Result<Permit, Refusal> {
        let permit = match class {
            Class::Change => {
                Some(Arc::clone(&self.changes).try_acquire_owned().map_err(|_| self.changes_full.clone())?)
            }
            Class::Read => Some(self.reads.permit(1).await?),
            Class::List => Some(self.lists.permit(1).await?),
            Class::Sync => Some(self.syncs.permit(1).await?),
            // Counted where watchers and jobs are.
            Class::Watch | Class::Job => None,
        };
        Ok(Permit { _permit: permit, _room: None })
    }

    /// A permit for a body while it arrives.
    pub(crate) async fn body(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.bodies).acquire_owned().await.ok()
    }

    /// Room for a request with a body of this length, until the answer is sent. A small body needs
    /// none; large ones wait, so that many of them delay nobody else's requests.
    pub(crate) async fn room(&self, length: usize) -> Result<Option<OwnedSemaphorePermit>, Refusal> {
        if length <= SMALL {
            return Ok(None);
        }
        let units = u32::try_from(length.div_ceil(UNIT).min(ROOM)).unwrap_or(u32::MAX);
        self.large.permit(units).await.map(Some)
    }

    /// Counts a refused request, and waits if there are too many in a short time.
    pub(crate) async fn refused(&self) {
        let delay = self.refusal_delay(Instant::now());
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    fn refusal_delay(&self, now: Instant) -> Duration {
        let mut next = self.next_refusal.lock().unwrap_or_else(PoisonError::into_inner);
        let start = now.checked_sub(REFUSAL_BURST).unwrap_or(now);
        let mine = next.map_or(start, |next| next.max(start));
        *next = mine.checked_add(REFUSAL_INTERVAL);
        let delay = mine.saturating_duration_since(now);
        if delay > MAX_REFUSAL_DELAY {
            // Later refusals do not add to a delay that is already the longest.
            *next = now.checked_add(MAX_REFUSAL_DELAY);
            return MAX_REFUSAL_DELAY;
        }
        delay
    }
}

impl Queue {
    async fn permit(&self, units: u32) -> Result<OwnedSemaphorePermit, Refusal> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_many_owned(units) {
            return Ok(permit);
        }
        let _waiting = self.waiting.try_acquire().map_err(|_| self.full.clone())?;
        match tokio::time::timeout(MAX_WAIT, Arc::clone(&self.permits).acquire_many_owned(units)).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(self.full.clone().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ShareLimits = ShareLimits { owner: "caller", changes: 2, reads: 1, lists: 1, syncs: 1 };

    #[tokio::test(start_paused = true)]
    async fn a_share_is_used_up_by_its_owner_alone() {
        let shares = Shares::new(LIMITS);
        let (greedy, other) = (shares.of("greedy"), shares.of("other"));
        let _held =
            [greedy.permit(Class::Change).await.unwrap(), greedy.permit(Class::Change).await.unwrap()];
        let refusal = greedy.permit(Class::Change).await.err().unwrap().to_string();
        assert!(refusal.contains("caller greedy has used up its share: 2 requests"), "{refusal}");
        other.permit(Class::Change).await.unwrap();
        let read = greedy.permit(Class::Read).await.unwrap();
        let began = Instant::now();
        assert!(matches!(greedy.permit(Class::Read).await, Err(Refusal::Limit(Limit::Share { .. }))));
        assert_eq!(began.elapsed(), MAX_WAIT);
        other.permit(Class::Read).await.unwrap();
        drop(read);
        greedy.permit(Class::Read).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn large_bodies_wait_for_room_and_small_ones_do_not() {
        let share = Share::new(LIMITS, "greedy");
        let held = hold(&share, 4).await;
        assert!(share.room(SMALL).await.unwrap().is_none());
        let began = Instant::now();
        let refusal = share.room(SMALL + 1).await.unwrap_err().to_string();
        assert!(refusal.contains("caller greedy has used up its share: 512 KiB of large"), "{refusal}");
        assert_eq!(began.elapsed(), MAX_WAIT);
        drop(held);
        assert!(share.room(10 * 1024 * 1024).await.unwrap().is_some(), "never more than there is");
    }

    /// Room for some bodies of 128 KiB.
    async fn hold(share: &Share, count: usize) -> Vec<Option<OwnedSemaphorePermit>> {
        let mut held = vec![];
        for _ in 0..count {
            held.push(share.room(128 * 1024).await.unwrap());
        }
        held
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_in_quick_succession_are_delayed_up_to_a_limit() {
        let share = Share::new(LIMITS, "greedy");
        let now = Instant::now();
        let delays: Vec<_> = (0..2000).map(|_| share.refusal_delay(now)).collect();
        assert_eq!(delays.iter().filter(|delay| delay.is_zero()).count(), 501);
        assert_eq!(delays.iter().max(), Some(&MAX_REFUSAL_DELAY));
        let later = now + Duration::from_secs(3);
        assert_eq!(share.refusal_delay(later), Duration::ZERO);
    }
}
