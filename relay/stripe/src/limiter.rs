//! The queue of an account, with limits on calls per second and on calls in flight, the most urgent
//! call first. Each account has a separate queue, so that a slow account delays no other. Where tenants
//! share an account, their calls take turns, and each tenant has places of its own.
//!
//! A call of an operation that has begun is never refused here: the call waits. A new operation
//! reserves a place before the beginning
//! ([`Capacity::reserve`](causeway_ports::processor::Capacity::reserve)).

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway_ports::processor::{Capacity, NoPlace, Place};
use causeway_runtime::{
    pace::Latency,
    shares::{Exhausted, SharedPlace, Shares},
};
use tokio::{sync::oneshot, time::Instant};

use crate::priority::Priority;

/// The rate at which operations ended recently.
mod flow;
/// The choice of the next call.
mod schedule;

use flow::Flow;
use schedule::{Next, Schedule};

/// How long new operations are refused after Stripe refused the secret key.
const KEY_REFUSED_FOR: Duration = Duration::from_secs(10);

/// The limits of an account's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Calls per second; 0: no limit.
    pub each_second: u32,
    /// Calls per second to one endpoint; 0: no limit.
    pub each_second_each_endpoint: u32,
    /// Maximum number of calls in flight.
    pub at_once: usize,
    /// Maximum number of new operations that wait for calls.
    pub waiting: usize,
}

/// The queue of an account, shared by all clients of the account.
pub struct Limiter {
    inner: Mutex<Inner>,
    /// The places for operations, and the tenants that share the places.
    members: Mutex<Members>,
    /// Number of places for operations.
    most: usize,
}

/// The tenants that use an account, and their places.
struct Members {
    names: BTreeSet<Member>,
    places: Arc<Shares<Member>>,
}

/// A tenant that uses an account.
pub(crate) type Member = Arc<str>;

struct Inner {
    schedule: Schedule<oneshot::Sender<Permit>>,
    latency: Latency,
    flow: Flow,
    /// Whether a task waits for the next token of the rate limit.
    timed: bool,
    /// The moment at which Stripe last refused the secret key.
    key_refused: Option<Instant>,
}

/// The queue of an account as the port's capacity: all clients of the account share the queue.
pub(crate) struct AccountQueue {
    pub(crate) limiter: Arc<Limiter>,
    /// The tenant whose operations are in the queue through this client.
    pub(crate) member: Member,
}

impl AccountQueue {
    /// The queue as a tenant uses it.
    pub(crate) fn of(limiter: Arc<Limiter>, tenant: &str) -> AccountQueue {
        let member = Member::from(tenant);
        limiter.admit(&member);
        AccountQueue { limiter, member }
    }
}

impl Capacity for AccountQueue {
    fn refuses_new(&self) -> bool {
        self.limiter.refuses_new()
    }

    fn expected(&self) -> Duration {
        self.limiter.expected(&self.member)
    }

    fn reserve(&self) -> Result<Place, NoPlace> {
        let reservation = self.limiter.reserve(&self.member)?;
        Ok(Box::new(reservation))
    }
}

/// A place for a new operation, held until drop.
pub(crate) struct Reservation {
    limiter: Arc<Limiter>,
    _place: SharedPlace<Member>,
}

/// The permit for one call, held until drop.
pub(crate) struct Permit {
    limiter: Arc<Limiter>,
    priority: Priority,
    since: Instant,
}

impl Limiter {
    /// An empty queue with these limits.
    pub fn new(limits: Limits) -> Arc<Limiter> {
        let most = limits.at_once.saturating_add(limits.waiting);
        Arc::new(Limiter {
            most,
            members: Mutex::new(Members {
                names: BTreeSet::new(),
                places: Arc::new(Shares::new(most, 1, most)),
            }),
            inner: Mutex::new(Inner {
                schedule: Schedule::new(limits),
                latency: Latency::default(),
                flow: Flow::default(),
                timed: false,
                key_refused: None,
            }),
        })
    }

    /// Adds a tenant to the tenants of the account, before the first operation.
    fn admit(&self, member: &Member) {
        let mut members = self.members();
        // A client without a tenant is one of a test.
        if !member.is_empty() && members.names.insert(Arc::clone(member)) {
            members.places = Arc::new(Shares::new(self.most, members.names.len(), self.most));
        }
    }

    /// Waits until the call may be sent.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        member: &Member,
        priority: Priority,
        endpoint: &'static str,
    ) -> Option<Permit> {
        let (go, gone) = oneshot::channel();
        self.lock().schedule.join(priority, member, endpoint.to_owned(), go);
        self.advance();
        gone.await.ok()
    }

    /// A place for a new operation of a tenant.
    pub(crate) fn reserve(self: &Arc<Self>, member: &Member) -> Result<Reservation, NoPlace> {
        let (places, alone) = {
            let members = self.members();
            (Arc::clone(&members.places), members.names.len() <= 1)
        };
        let place = places.take(member).map_err(|exhausted| match exhausted {
            Exhausted::Share { limit } if !alone => NoPlace::Share { limit },
            Exhausted::Share { .. } | Exhausted::All { .. } => NoPlace::All,
        })?;
        Ok(Reservation { limiter: Arc::clone(self), _place: place })
    }

    /// The expected duration of a new payment of a tenant: the larger of two estimates. The first is
    /// the wait in this queue plus the duration of all but one in a hundred calls; the second is the time
    /// until the operations before the payment have ended, at the recent rate.
    pub(crate) fn expected(&self, member: &Member) -> Duration {
        let now = Instant::now();
        let before = self.members().places.before(member);
        let inner = self.lock();
        let (typical, slowest) = inner.latency.typical_and_slowest(now);
        let at_stripe = inner.schedule.wait(now, member, typical).saturating_add(slowest);
        at_stripe.max(inner.flow.time_of(now, before))
    }

    /// Halves the rate after a rate limit of Stripe.
    pub(crate) fn slow_down(&self) {
        self.lock().schedule.slow_down(Instant::now());
    }

    /// Records whether Stripe refuses the secret key.
    pub(crate) fn key_is_refused(&self, refused: bool) {
        self.lock().key_refused = refused.then(Instant::now);
    }

    /// Whether Stripe refused the secret key less than 10 seconds ago. After that time, the next call
    /// tries the key again.
    pub(crate) fn refuses_new(&self) -> bool {
        self.lock().key_refused.is_some_and(|since| since.elapsed() < KEY_REFUSED_FOR)
    }

    /// Grants permits to all calls that may be sent.
    fn advance(self: &Arc<Self>) {
        let mut going = vec![];
        let mut timer = None;
        {
            let now = Instant::now();
            let mut inner = self.lock();
            inner.schedule.forget(oneshot::Sender::is_closed);
            loop {
                match inner.schedule.next(now) {
                    Next::Go(who, priority) => {
                        going.push((who, Permit { limiter: Arc::clone(self), priority, since: now }));
                    }
                    Next::At(at) => {
                        timer = (!inner.timed).then_some(at);
                        inner.timed = true;
                        break;
                    }
                    Next::Idle => break,
                }
            }
        }
        // After the lock is released, because a permit without a caller comes back at once and takes
        // the lock.
        for (who, permit) in going {
            drop(who.send(permit));
        }
        if let Some(at) = timer {
            self.wake_at(at);
        }
    }

    fn wake_at(self: &Arc<Self>, at: Instant) {
        let limiter = Arc::clone(self);
        // Without a runtime the process is ending, and no call waits.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep_until(at).await;
                limiter.lock().timed = false;
                limiter.advance();
            });
        }
    }

    fn members(&self) -> std::sync::MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Records the duration of a call that was answered.
    pub(crate) fn answered(&self) {
        let now = Instant::now();
        let took = now.saturating_duration_since(self.since);
        self.limiter.lock().latency.note(now, took);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.limiter.lock().schedule.end(self.priority);
        self.limiter.advance();
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.limiter.lock().flow.note(Instant::now());
    }
}
