//! The choice of the next call, without a clock or a task: the caller passes the moment.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use causeway_runtime::pace::Bucket;
use tokio::time::Instant;

use super::{Limits, Member, Priority};

/// While urgent calls wait, one call in ten is a background call.
const ONE_IN: u32 = 10;
/// Maximum number of halvings: Stripe's rate limits slow an account to a sixteenth at most.
const MAX_HALVINGS: u32 = 4;
/// After this time without another rate limit, one halving ends.
const HALVING_LASTS: Duration = Duration::from_secs(10);
/// Rate limits within this time count as one.
const SAME_BURST: Duration = Duration::from_secs(1);

/// Calls that wait, and the capacity beside the calls in flight.
pub(super) struct Schedule<T> {
    limits: Limits,
    waiting: BTreeMap<Priority, Line<T>>,
    pace: Option<Bucket>,
    endpoints: HashMap<String, Option<Bucket>>,
    in_flight: usize,
    background: usize,
    /// Number of foreground calls since the last background call.
    foreground_run: u32,
    halvings: u32,
    slowed: Option<Instant>,
}

/// The waiting calls of one priority: the queues of the tenants, in the order of their turns.
type Line<T> = VecDeque<(Member, VecDeque<Waiting<T>>)>;

struct Waiting<T> {
    endpoint: String,
    who: T,
}

/// The next step of the queue.
#[derive(Debug, PartialEq)]
pub(super) enum Next<T> {
    /// Send this call now.
    Go(T, Priority),
    /// Look again at this moment.
    At(Instant),
    /// Look again when a call arrives or ends.
    Idle,
}

impl<T> Schedule<T> {
    pub(super) fn new(limits: Limits) -> Schedule<T> {
        Schedule {
            waiting: BTreeMap::new(),
            pace: Bucket::new(limits.each_second),
            endpoints: HashMap::new(),
            in_flight: 0,
            background: 0,
            foreground_run: 0,
            halvings: 0,
            slowed: None,
            limits,
        }
    }

    /// Adds a call to the queue of a tenant.
    pub(super) fn join(&mut self, priority: Priority, member: &Member, endpoint: String, who: T) {
        let waiting = Waiting { endpoint, who };
        let line = self.waiting.entry(priority).or_default();
        match line.iter_mut().find(|(other, _)| other == member) {
            Some((_, queue)) => queue.push_back(waiting),
            None => line.push_back((Arc::clone(member), VecDeque::from([waiting]))),
        }
    }

    /// Records the end of a call.
    pub(super) fn end(&mut self, priority: Priority) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if priority.is_background() {
            self.background = self.background.saturating_sub(1);
        }
    }

    /// Halves the rate after a rate limit of Stripe.
    pub(super) fn slow_down(&mut self, now: Instant) {
        if self.slowed.is_some_and(|last| now.saturating_duration_since(last) < SAME_BURST) {
            return;
        }
        self.halvings = self.halvings(now).saturating_add(1).min(MAX_HALVINGS);
        self.slowed = Some(now);
    }

    fn halvings(&self, now: Instant) -> u32 {
        let Some(last) = self.slowed else { return 0 };
        let quiet = now.saturating_duration_since(last).as_secs() / HALVING_LASTS.as_secs();
        self.halvings.saturating_sub(u32::try_from(quiet).unwrap_or(u32::MAX))
    }

    /// Removes calls without a waiting caller.
    pub(super) fn forget(&mut self, gone: impl Fn(&T) -> bool) {
        for line in self.waiting.values_mut() {
            for (_, queue) in line.iter_mut() {
                queue.retain(|waiting| !gone(&waiting.who));
            }
            line.retain(|(_, queue)| !queue.is_empty());
        }
    }

    /// Removes and returns the next call, which counts as in flight from then on.
    pub(super) fn next(&mut self, now: Instant) -> Next<T> {
        if self.in_flight >= self.limits.at_once {
            return Next::Idle;
        }
        let halvings = self.halvings(now);
        let ready = self.pace.as_ref().map_or(now, |pace| pace.ready_at(now, halvings));
        let mut soonest: Option<Instant> = None;
        let mut later = |at: Instant| soonest = Some(soonest.map_or(at, |soonest| soonest.min(at)));
        for priority in self.order() {
            let Some(from) = self.opens(priority, now, halvings) else { continue };
            let from = from.max(ready);
            let queues = self.waiting.get(&priority).into_iter().flatten().enumerate();
            let calls = queues.flat_map(|(turn, (_, queue))| {
                queue.iter().enumerate().map(move |(place, waiting)| ((turn, place), waiting))
            });
            for (place, waiting) in calls {
                let at = from.max(self.endpoint_ready(&waiting.endpoint, now));
                if at <= now {
                    return self.go(priority, place, now, halvings);
                }
                later(at);
                if from > now {
                    // The later calls of this priority go no sooner.
                    break;
                }
            }
        }
        soonest.map_or(Next::Idle, Next::At)
    }

    /// The most urgent priority first; the background first when its share is due.
    fn order(&self) -> [Priority; 5] {
        let mut order = Priority::ALL;
        if self.background_is_due() {
            order.rotate_right(2);
        }
        order
    }

    fn background_is_due(&self) -> bool {
        self.foreground_run.saturating_add(1) >= ONE_IN
    }

    /// The moment from which calls of this priority may go; `None`: not before a call of the priority ends.
    fn opens(&self, priority: Priority, now: Instant, halvings: u32) -> Option<Instant> {
        if !priority.is_background() {
            return Some(now);
        }
        let share = self.limits.at_once.div_ceil(usize::try_from(ONE_IN).unwrap_or(usize::MAX));
        if self.background >= share {
            return None;
        }
        // Only spare tokens, so that the next urgent call finds a token.
        let relaxed = self.pace.as_ref().map_or(now, |pace| pace.relaxed_at(now, halvings));
        Some(if self.background_is_due() { now } else { relaxed })
    }

    fn endpoint_ready(&self, endpoint: &str, now: Instant) -> Instant {
        let bucket = self.endpoints.get(endpoint).and_then(Option::as_ref);
        bucket.map_or(now, |bucket| bucket.ready_at(now, 0))
    }

    fn go(
        &mut self,
        priority: Priority,
        (turn, place): (usize, usize),
        now: Instant,
        halvings: u32,
    ) -> Next<T> {
        let line = self.waiting.entry(priority).or_default();
        // After the call, the tenant's next turn is the last one.
        let Some((member, mut queue)) = line.remove(turn) else { return Next::Idle };
        let taken = queue.remove(place);
        if !queue.is_empty() {
            line.push_back((member, queue));
        }
        let Some(Waiting { endpoint, who }) = taken else { return Next::Idle };
        self.in_flight = self.in_flight.saturating_add(1);
        if priority.is_background() {
            self.background = self.background.saturating_add(1);
            self.foreground_run = 0;
        } else {
            self.foreground_run = self.foreground_run.saturating_add(1);
        }
        if let Some(pace) = &mut self.pace {
            pace.take(now, halvings);
        }
        let limit = self.limits.each_second_each_endpoint;
        if let Some(bucket) = self.endpoints.entry(endpoint).or_insert_with(|| Bucket::new(limit)) {
            bucket.take(now, 0);
        }
        Next::Go(who, priority)
    }

    /// The expected wait of a new payment of a tenant, with calls of the typical duration.
    pub(super) fn wait(&self, now: Instant, member: &Member, typical: Duration) -> Duration {
        let lines = self.waiting.iter().filter(|(priority, _)| !priority.is_background());
        let mut queues: BTreeMap<&Member, usize> = BTreeMap::new();
        for (other, queue) in lines.flat_map(|(_, line)| line) {
            let calls = queues.entry(other).or_default();
            *calls = calls.saturating_add(queue.len());
        }
        let own = queues.get(member).copied().unwrap_or_default();
        // The tenants take turns, so the other tenants go first at most once for each own call.
        let turns = |(other, calls): (&&Member, &usize)| {
            if *other == member { own } else { (*calls).min(own.saturating_add(1)) }
        };
        let before = queues.iter().map(turns).fold(0, usize::saturating_add);
        let calls = u32::try_from(before).unwrap_or(u32::MAX);
        let pace = self.pace.as_ref().map_or(Duration::ZERO, |pace| pace.interval(self.halvings(now)));
        let by_pace = pace.saturating_mul(calls);
        let full = self.in_flight >= self.limits.at_once;
        let at_once = u32::try_from(self.limits.at_once).unwrap_or(u32::MAX).max(1);
        let by_room =
            if full { typical.saturating_mul(calls.saturating_add(1)) / at_once } else { Duration::ZERO };
        by_pace.max(by_room)
    }
}

#[cfg(test)]
mod tests;
