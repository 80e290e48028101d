//! Admission control for new operations. A call that cannot finish within the deadline, or
//! exceeds a limit, is refused before the operation begins, when a refusal is safe. An operation
//! that began is never refused.
//!
//! The relay runs a limited number of operations at a time. With several tenants, each tenant has
//! reserved places, and one tenant may use half of the limit at most. Each Stripe account has a queue of waiting operations (`stripe/limiter.rs`).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway::{
    caller::ForwardedCaller,
    refusal::{Limit, Refusal},
    tenant::TenantName,
};
use tokio::{sync::Semaphore, time::Instant};

use causeway_ports::processor::Place as AccountPlace;
use causeway_runtime::{
    pace::Latency,
    shares::{Exhausted, SharedPlace, Shares},
};

use crate::{
    caller_share::{CallerShares, Owner},
    journal_share::JournalShares,
    tenant_share::share_used_up,
};

/// Wait before a retry that the relay suggests to a caller refused for lack of capacity.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Maximum number of nonces being written to the journal at a time in the background.
const MAX_SPENDING: usize = 1024;

/// Limits on concurrent operations, per relay and per tenant.
pub struct Admission {
    operations: Arc<Shares<TenantName>>,
    callers: CallerShares,
    /// Measured and expected duration of writing the beginning of an operation to the journal.
    pub(crate) journal: Gauge,
    /// The room of the journal that each tenant has used lately.
    pub(crate) room: JournalShares,
    /// Permits for background journal writes of the nonces of refused calls.
    pub(crate) spending: Arc<Semaphore>,
}

/// The admission of one operation of a tenant. Dropping the value frees the capacity.
pub struct Place {
    _tenant: SharedPlace<TenantName>,
    _caller: Option<SharedPlace<Owner>>,
}

impl Admission {
    /// Creates the limits for at most `most` concurrent operations and the given number of tenants.
    /// Half of the even share is reserved for each tenant, and one tenant of several has half of all
    /// places at most.
    pub fn new(most: usize, tenants: usize) -> Arc<Admission> {
        let operations = Arc::new(Shares::halves(most, tenants));
        Arc::new(Admission {
            callers: CallerShares::of(operations.most_of_one()),
            operations,
            journal: Gauge::default(),
            room: JournalShares::default(),
            spending: Arc::new(Semaphore::new(MAX_SPENDING)),
        })
    }

    /// Admits one more operation of a tenant and of the adapter's caller, or refuses with the reason
    /// `OVERLOADED`.
    pub(crate) fn enter(
        &self,
        tenant: &TenantName,
        caller: Option<&ForwardedCaller>,
    ) -> Result<Place, Refusal> {
        let of_tenant = self.operations.take(tenant).map_err(|exhausted| match exhausted {
            Exhausted::Share { limit } => share_used_up(
                tenant,
                format!("it has {limit} operations under way, and the rest is for others"),
                RETRY_AFTER,
            ),
            Exhausted::All { .. } => Refusal::Overloaded {
                what: "as many operations are under way as the relay takes at a time",
                retry_after: RETRY_AFTER,
            },
        })?;
        let of_caller = self.callers.take(tenant, caller).map_err(|_| Limit::Share {
            whose: caller.map(|caller| format!("caller {caller} of tenant {tenant}")).unwrap_or_default(),
            what: "as many operations as one caller may have are under way, and the rest is for the other \
                   callers"
                .to_owned(),
            retry_after: RETRY_AFTER,
        })?;
        Ok(Place { _tenant: of_tenant, _caller: of_caller })
    }
}

/// The deadline and the capacity that one call holds, until the last clone is dropped. The default
/// value has no deadline and is for the relay's own operations.
#[derive(Clone, Default)]
pub struct Slot {
    deadline: Option<Instant>,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    place: Option<Place>,
    line: Option<AccountPlace>,
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl Slot {
    /// The slot of a call that arrives now, with `patience` as the time until the deadline.
    pub fn from_now(patience: Option<Duration>) -> Slot {
        let deadline = patience.and_then(|patience| Instant::now().checked_add(patience));
        Slot { deadline, held: Arc::default() }
    }

    /// The time until the caller's deadline; `None` means that the caller has no deadline.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Admits the call into the relay-wide limit, once per call.
    pub(crate) fn place(&self, take: impl FnOnce() -> Result<Place, Refusal>) -> Result<(), Refusal> {
        let mut held = self.lock();
        if held.place.is_none() {
            held.place = Some(take()?);
        }
        Ok(())
    }

    /// Takes a place in the queue of a processor account, once per call.
    pub(crate) fn line(&self, take: impl FnOnce() -> Result<AccountPlace, Refusal>) -> Result<(), Refusal> {
        let mut held = self.lock();
        if held.line.is_none() {
            held.line = Some(take()?);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Durations of one kind of work, including work that has not finished yet.
#[derive(Default)]
pub(crate) struct Gauge(Mutex<Measured>);

#[derive(Default)]
struct Measured {
    latency: Latency,
    under_way: BTreeMap<u64, Instant>,
    next: u64,
}

impl Gauge {
    /// Runs the work and measures the duration.
    pub(crate) async fn timed<T>(&self, work: impl Future<Output = T>) -> T {
        let timing = self.begin();
        let done = work.await;
        timing.end();
        done
    }

    fn begin(&self) -> Timing<'_> {
        let mut measured = self.lock();
        let number = measured.next;
        measured.next = number.wrapping_add(1);
        measured.under_way.insert(number, Instant::now());
        Timing { gauge: self, number }
    }

    /// The expected duration of the next piece of work: the slowest recent one, or the age of
    /// the oldest unfinished one.
    pub(crate) fn expected(&self) -> Duration {
        let now = Instant::now();
        let measured = self.lock();
        let (_, slowest) = measured.latency.typical_and_slowest(now);
        let oldest = measured.under_way.first_key_value();
        let waits = oldest.map(|(_, since)| now.saturating_duration_since(*since)).unwrap_or_default();
        slowest.max(waits)
    }

    fn lock(&self) -> MutexGuard<'_, Measured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One measurement in progress. A measurement that is dropped before `end` is not counted.
struct Timing<'a> {
    gauge: &'a Gauge,
    number: u64,
}

impl Timing<'_> {
    fn end(self) {
        let now = Instant::now();
        let mut measured = self.gauge.lock();
        if let Some(since) = measured.under_way.get(&self.number).copied() {
            measured.latency.note(now, now.saturating_duration_since(since));
        }
    }
}

impl Drop for Timing<'_> {
    fn drop(&mut self) {
        self.gauge.lock().under_way.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantName {
        TenantName::parse(name).unwrap()
    }

    /// F76: with two tenants, one tenant never has more than half of the capacity.
    #[test]
    fn half_of_the_capacity_is_reserved_for_other_tenants() {
        let room = Admission::new(4, 2);
        let (acme, globex) = (tenant("acme"), tenant("globex"));
        let flood: Vec<_> = (0..10).filter_map(|_| room.enter(&acme, None).ok()).collect();
        assert_eq!(flood.len(), 2);
        let others: Vec<_> = (0..10).filter_map(|_| room.enter(&globex, None).ok()).collect();
        assert_eq!(others.len(), 2);
        drop(flood);
        assert!(room.enter(&globex, None).is_err(), "that is its half");
        drop(others);
        assert_eq!(room.operations.taken(), 0, "nothing is left behind");

        let alone = Admission::new(4, 1);
        assert_eq!((0..10).filter_map(|_| alone.enter(&acme, None).ok()).collect::<Vec<_>>().len(), 4);
    }

    #[test]
    fn a_caller_takes_one_slot_until_the_last_copy_is_dropped() {
        let room = Admission::new(1, 1);
        let slot = Slot::from_now(None);
        for _ in 0..2 {
            slot.place(|| room.enter(&tenant("acme"), None)).unwrap();
        }
        let copy = slot.clone();
        drop(slot);
        assert!(room.enter(&tenant("acme"), None).is_err());
        drop(copy);
        assert!(room.enter(&tenant("acme"), None).is_ok());
    }

    /// F25: a stalled disk shows in the expected duration before the first write returns.
    #[tokio::test]
    async fn calls_in_flight_count_for_the_expected_duration() {
        let gauge = Gauge::default();
        gauge.timed(async {}).await;
        assert_eq!(gauge.expected(), Duration::ZERO);
        let hangs = gauge.begin();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(gauge.expected() >= Duration::from_millis(20));
        drop(hangs);
        assert_eq!(gauge.expected(), Duration::ZERO);
    }
}
