//! The post: all parcels of all accounts, queued in the lanes of endpoints or scheduled for later.
//!
//! Lock order: code that holds the lock of the world can take the lock of the post, but not the other
//! way round.

use std::collections::{BTreeMap, HashMap};
use std::pin::pin;
use std::sync::Mutex;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::lock::lock;
use crate::newest::BoundedLog;
use crate::webhooks::carrier::WebhookClient;
use crate::webhooks::delivery::{Delivery, DeliveryOutcome};
use crate::webhooks::fault::{WebhookFault, WebhookFaultRule, WebhookFaults};
use crate::webhooks::lane::Lane;
use crate::webhooks::parcel::PendingDelivery;
use crate::webhooks::unreceived::Unreceived;

/// The post of one sandbox. Without parcels the post has no cost.
#[derive(Debug)]
pub(crate) struct Post {
    store: Mutex<Store>,
    /// Wakes the courier's waiting loop.
    bell: Notify,
    /// Wakes the waiting callers of `settled` when a lane or scheduled work has ended.
    ended: Notify,
    /// The HTTP client for deliveries.
    pub(crate) carrier: WebhookClient,
}

/// The content of the post.
#[derive(Debug)]
struct Store {
    /// The lanes by id of the endpoint. Empty lanes are removed.
    lanes: HashMap<String, Lane>,
    /// The parcels that are sent later, in order. The number separates parcels that are due at the same
    /// moment.
    later: BTreeMap<(Timestamp, u64), PendingDelivery>,
    numbered: u64,
    /// The moment of the next scheduled work in an account with endpoints, in unix seconds.
    alarm: Option<i64>,
    unreceived: Unreceived,
    faults: WebhookFaults,
    log: BoundedLog<Delivery>,
}

/// The work that is due now.
#[derive(Debug)]
pub(crate) struct Round {
    /// The lanes for which a task has to be started.
    pub(crate) lanes: Vec<String>,
    /// Whether scheduled work of accounts is due.
    pub(crate) sweep: bool,
    /// The moment of the next work.
    pub(crate) next: Option<Timestamp>,
}

impl Post {
    /// An empty post. The seed decides about the hits of faults, and the log keeps `kept` deliveries.
    pub(crate) fn new(seed: u64, kept: usize) -> Self {
        let store = Store {
            lanes: HashMap::new(),
            later: BTreeMap::new(),
            numbered: 0,
            alarm: None,
            unreceived: Unreceived::of(kept),
            faults: WebhookFaults::seeded(seed),
            log: BoundedLog::of(kept),
        };
        Self {
            store: Mutex::new(store),
            bell: Notify::new(),
            ended: Notify::new(),
            carrier: WebhookClient::default(),
        }
    }

    /// Queues the parcels of an event.
    pub(crate) fn hand_in(&self, parcels: Vec<PendingDelivery>) {
        let mut store = lock(&self.store);
        for parcel in parcels {
            store.unreceived.expect(&parcel);
            store.lane(&parcel).push(parcel);
        }
        self.bell.notify_one();
    }

    /// Queues a parcel that was requested by `redeliver`.
    pub(crate) fn send_again(&self, parcel: PendingDelivery) {
        lock(&self.store).lane(&parcel).push(parcel);
        self.bell.notify_one();
    }

    /// Wakes the courier, because the clock was moved.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Returns when the courier is woken.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Sets the alarm to a moment in unix seconds, unless the alarm is earlier.
    pub(crate) fn expect(&self, at: i64) {
        let mut store = lock(&self.store);
        if store.alarm.is_none_or(|alarm| at < alarm) {
            store.alarm = Some(at);
            self.bell.notify_one();
        }
    }

    /// Sets the alarm to the next scheduled work, after all due work was done.
    pub(crate) fn expect_next(&self, at: Option<i64>) {
        lock(&self.store).alarm = at;
        self.ended.notify_waiters();
    }

    /// The work that is due now. Parcels that are due move into their lanes.
    pub(crate) fn round(&self, now: Timestamp) -> Round {
        let mut store = lock(&self.store);
        while let Some(due) = store.later.first_entry().filter(|due| due.key().0 <= now) {
            let parcel = due.remove();
            store.lane(&parcel).push(parcel);
        }
        let begun = store.lanes.iter_mut().filter_map(|(id, lane)| lane.begins().then(|| id.clone()));
        let lanes = begun.collect();
        let sweep = store.alarm.is_some_and(|at| at <= now.as_second());
        let alarm = store.alarm.map(|at| Timestamp::from_second(at).unwrap_or(Timestamp::MAX));
        let later = store.later.first_key_value().map(|((at, _), _)| *at);
        Round { lanes, sweep, next: alarm.into_iter().chain(later).min() }
    }

    /// The next parcel of a lane. If there is none, the lane is no longer busy.
    pub(crate) fn next_of(&self, endpoint: &str) -> Option<PendingDelivery> {
        let mut store = lock(&self.store);
        let lane = store.lanes.get_mut(endpoint)?;
        let next = lane.next();
        if lane.is_over() {
            store.lanes.remove(endpoint);
        }
        if next.is_none() {
            self.ended.notify_waiters();
        }
        next
    }

    /// The fault that hits a parcel.
    pub(crate) fn strike(&self, parcel: &PendingDelivery) -> Option<WebhookFault> {
        let mut store = lock(&self.store);
        let holding = store.lanes.get(&parcel.endpoint).is_some_and(Lane::is_holding);
        store.faults.strike(parcel.kind(), &parcel.endpoint, holding)
    }

    /// Arms a rule for faults of deliveries.
    pub(crate) fn arm(&self, rule: WebhookFaultRule) {
        lock(&self.store).faults.arm(rule);
    }

    /// Removes all rules, and releases the parcels that wait for another delivery.
    pub(crate) fn disarm(&self) {
        let mut store = lock(&self.store);
        store.faults.disarm();
        store.lanes.values_mut().for_each(Lane::release);
        self.bell.notify_one();
    }

    /// The rules that can still hit a delivery.
    pub(crate) fn armed(&self) -> Vec<WebhookFaultRule> {
        lock(&self.store).faults.armed()
    }

    /// Schedules a parcel for a moment.
    pub(crate) fn send_at(&self, at: Timestamp, parcel: PendingDelivery) {
        let mut store = lock(&self.store);
        store.numbered = store.numbered.saturating_add(1);
        let number = store.numbered;
        store.later.insert((at, number), parcel);
        self.bell.notify_one();
    }

    /// Holds a parcel until the next parcel for the same endpoint was sent.
    pub(crate) fn send_after_next(&self, parcel: PendingDelivery) {
        lock(&self.store).lane(&parcel).hold(parcel);
    }

    /// Queues a parcel before all others for the same endpoint.
    pub(crate) fn send_first(&self, parcel: PendingDelivery) {
        lock(&self.store).lane(&parcel).push_first(parcel);
    }

    /// Releases the held parcel of an endpoint after another parcel was sent.
    pub(crate) fn release(&self, endpoint: &str) {
        if let Some(lane) = lock(&self.store).lanes.get_mut(endpoint) {
            lane.release();
        }
    }

    /// Records the arrival of a parcel.
    pub(crate) fn receive(&self, parcel: &PendingDelivery) {
        lock(&self.store).unreceived.receive(parcel);
    }

    /// Records that a parcel is not sent any more.
    pub(crate) fn give_up(&self, parcel: &PendingDelivery) {
        lock(&self.store).unreceived.give_up(parcel);
    }

    /// Adds a delivery to the log, and returns the number of the entry.
    pub(crate) fn note(&self, delivery: Delivery) -> usize {
        lock(&self.store).log.push(delivery)
    }

    /// Records the outcome of a delivery and the moment of the retry.
    pub(crate) fn note_end(&self, number: usize, outcome: DeliveryOutcome, next_at: Option<Timestamp>) {
        if let Some(delivery) = lock(&self.store).log.get_mut(number) {
            (delivery.outcome, delivery.next_at) = (outcome, next_at);
        }
    }

    /// Reads the log of deliveries under the lock.
    pub(crate) fn inspect<R>(&self, inspect: impl FnOnce(&BoundedLog<Delivery>) -> R) -> R {
        inspect(&lock(&self.store).log)
    }

    /// Returns once no delivery is in flight, and no scheduled work or parcel is due by now.
    pub(crate) async fn settled(&self, clock: &Clock) {
        loop {
            let mut ended = pin!(self.ended.notified());
            ended.as_mut().enable();
            if lock(&self.store).is_quiet(clock.now()) {
                return;
            }
            ended.await;
        }
    }
}

impl Store {
    fn lane(&mut self, parcel: &PendingDelivery) -> &mut Lane {
        self.lanes.entry(parcel.endpoint.clone()).or_default()
    }

    fn is_quiet(&self, now: Timestamp) -> bool {
        self.lanes.values().all(Lane::is_quiet)
            && self.later.first_key_value().is_none_or(|((at, _), _)| *at > now)
            && self.alarm.is_none_or(|at| at > now.as_second())
    }
}
