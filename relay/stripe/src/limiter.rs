//! The line in front of an account: so many calls in a second, so many at once, the most
//! urgent first. Each account has its own, so a slow one holds up no other.
//!
//! Nothing that has begun is turned away here: it waits. A new operation has to find a place
//! before it begins ([`Capacity::reserve`](causeway_ports::processor::Capacity::reserve)).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway_ports::processor::{Capacity, Place};
use causeway_runtime::pace::Latency;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::Instant,
};

use crate::priority::Priority;

/// How many operations ended of late.
mod flow;
/// Whose call goes next.
mod schedule;

use flow::Flow;
use schedule::{Next, Schedule};

/// How long nothing new begins after Stripe has refused the key.
const SHUT: Duration = Duration::from_secs(10);

/// The bounds of an account's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Calls in a second; 0: no limit.
    pub each_second: u32,
    /// Calls in a second to one endpoint; 0: no limit.
    pub each_second_each_endpoint: u32,
    /// Calls under way at a time.
    pub at_once: usize,
    /// New operations that may wait for their calls.
    pub waiting: usize,
}

/// The line in front of an account.
pub struct Limiter {
    inner: Mutex<Inner>,
    places: Arc<Semaphore>,
    /// How many places there are.
    most: usize,
}

struct Inner {
    schedule: Schedule<oneshot::Sender<Permit>>,
    latency: Latency,
    flow: Flow,
    /// Whether a task waits for the next token.
    timed: bool,
    /// Since when Stripe refuses the key.
    key_refused: Option<Instant>,
}

/// The line of an account, as the port's capacity: all clients of the account share it.
pub(crate) struct Line(pub(crate) Arc<Limiter>);

impl Capacity for Line {
    fn is_shut(&self) -> bool {
        self.0.is_shut()
    }

    fn expected(&self) -> Duration {
        self.0.expected()
    }

    fn reserve(&self) -> Option<Place> {
        let reservation = self.0.reserve()?;
        Some(Box::new(reservation))
    }
}

/// A place for a new operation, until it is dropped.
pub(crate) struct Reservation {
    limiter: Arc<Limiter>,
    _place: OwnedSemaphorePermit,
}

/// A call that may be made, until it is dropped.
pub(crate) struct Permit {
    limiter: Arc<Limiter>,
    priority: Priority,
    since: Instant,
}

impl Limiter {
    /// An empty line.
    pub fn new(limits: Limits) -> Arc<Limiter> {
        let most = limits.at_once.saturating_add(limits.waiting);
        Arc::new(Limiter {
            most,
            places: Arc::new(Semaphore::new(most)),
            inner: Mutex::new(Inner {
                schedule: Schedule::new(limits),
                latency: Latency::default(),
                flow: Flow::default(),
                timed: false,
                key_refused: None,
            }),
        })
    }

    /// Waits until the call may be made.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        priority: Priority,
        endpoint: &'static str,
    ) -> Option<Permit> {
        let (go, gone) = oneshot::channel();
        self.lock().schedule.join(priority, endpoint.to_owned(), go);
        self.advance();
        gone.await.ok()
    }

    /// A place for a new operation; `None`: there are as many as can be.
    pub(crate) fn reserve(self: &Arc<Self>) -> Option<Reservation> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Reservation { limiter: Arc::clone(self), _place: place })
    }

    /// How long a new payment takes: its wait here, and all but one in a hundred calls; or
    /// as long as it takes until those before it are through, at the rate of late.
    pub(crate) fn expected(&self) -> Duration {
        let now = Instant::now();
        let inner = self.lock();
        let (typical, slowest) = inner.latency.typical_and_slowest(now);
        let at_stripe = inner.schedule.wait(now, typical).saturating_add(slowest);
        at_stripe.max(inner.flow.time_of(now, self.most.saturating_sub(self.places.available_permits())))
    }

    /// Stripe says that we are too fast.
    pub(crate) fn slow_down(&self) {
        self.lock().schedule.slow_down(Instant::now());
    }

    /// Stripe does not accept the key, or does again.
    pub(crate) fn key_is_refused(&self, refused: bool) {
        self.lock().key_refused = refused.then(Instant::now);
    }

    /// Whether Stripe refused the key a moment ago. After that, the next call tries it.
    pub(crate) fn is_shut(&self) -> bool {
        self.lock().key_refused.is_some_and(|since| since.elapsed() < SHUT)
    }

    /// Lets all calls go that may.
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
        // After the lock: a permit whose caller has gone comes back at once.
        for (who, permit) in going {
            drop(who.send(permit));
        }
        if let Some(at) = timer {
            self.wake_at(at);
        }
    }

    fn wake_at(self: &Arc<Self>, at: Instant) {
        let limiter = Arc::clone(self);
        // Without a runtime everything ends, and no call waits.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep_until(at).await;
                limiter.lock().timed = false;
                limiter.advance();
            });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The call was answered, so it tells how long calls take.
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
