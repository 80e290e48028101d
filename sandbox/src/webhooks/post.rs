//! The post: all parcels of all accounts, in the lanes of their endpoints or waiting for their time.
//!
//! Whoever holds the world may take the post, and nobody who holds the post takes the world.

use std::collections::{BTreeMap, HashMap};
use std::pin::pin;
use std::sync::Mutex;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::lock::lock;
use crate::newest::Newest;
use crate::webhooks::carrier::Carrier;
use crate::webhooks::delivery::{Delivery, DeliveryOutcome};
use crate::webhooks::fault::{WebhookFault, WebhookFaultRule, WebhookFaults};
use crate::webhooks::lane::Lane;
use crate::webhooks::parcel::Parcel;
use crate::webhooks::unreceived::Unreceived;

/// The post. It costs nothing as long as nothing is handed in.
#[derive(Debug)]
pub(crate) struct Post {
    store: Mutex<Store>,
    /// Rings when the courier has to look.
    bell: Notify,
    /// Tells those who wait that something has come to an end.
    ended: Notify,
    /// What goes out.
    pub(crate) carrier: Carrier,
}

/// What the post has.
#[derive(Debug)]
struct Store {
    /// By the id of the endpoint. Only those in which something is.
    lanes: HashMap<String, Lane>,
    /// What is sent later, in order. The number tells apart what is due at the same moment.
    later: BTreeMap<(Timestamp, u64), Parcel>,
    numbered: u64,
    /// When something happens by itself in an account with endpoints, in unix seconds.
    alarm: Option<i64>,
    unreceived: Unreceived,
    faults: WebhookFaults,
    log: Newest<Delivery>,
}

/// What there is to do.
#[derive(Debug)]
pub(crate) struct Round {
    /// The lanes that somebody has to begin to work off.
    pub(crate) lanes: Vec<String>,
    /// Whether something has happened by itself.
    pub(crate) sweep: bool,
    /// When there will be something to do.
    pub(crate) next: Option<Timestamp>,
}

impl Post {
    /// An empty post, whose faults strike as the seed decides. The log keeps so many deliveries.
    pub(crate) fn new(seed: u64, kept: usize) -> Self {
        let store = Store {
            lanes: HashMap::new(),
            later: BTreeMap::new(),
            numbered: 0,
            alarm: None,
            unreceived: Unreceived::of(kept),
            faults: WebhookFaults::seeded(seed),
            log: Newest::of(kept),
        };
        Self {
            store: Mutex::new(store),
            bell: Notify::new(),
            ended: Notify::new(),
            carrier: Carrier::default(),
        }
    }

    /// Takes the parcels of an event.
    pub(crate) fn hand_in(&self, parcels: Vec<Parcel>) {
        let mut store = lock(&self.store);
        for parcel in parcels {
            store.unreceived.expect(&parcel);
            store.lane(&parcel).push(parcel);
        }
        self.bell.notify_one();
    }

    /// Takes a parcel that somebody wants to be sent once more.
    pub(crate) fn send_again(&self, parcel: Parcel) {
        lock(&self.store).lane(&parcel).push(parcel);
        self.bell.notify_one();
    }

    /// Wakes the courier, because the time was moved.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Returns when the courier has to look.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Sees to it that somebody looks at a moment, in unix seconds.
    pub(crate) fn expect(&self, at: i64) {
        let mut store = lock(&self.store);
        if store.alarm.is_none_or(|alarm| at < alarm) {
            store.alarm = Some(at);
            self.bell.notify_one();
        }
    }

    /// Says when something happens by itself the next time, after everything until now has happened.
    pub(crate) fn expect_next(&self, at: Option<i64>) {
        lock(&self.store).alarm = at;
        self.ended.notify_waiters();
    }

    /// What there is to do now. Whatever is due goes into its lane.
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

    /// The next parcel of a lane. If there is none, the lane comes to rest.
    pub(crate) fn next_of(&self, endpoint: &str) -> Option<Parcel> {
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
    pub(crate) fn strike(&self, parcel: &Parcel) -> Option<WebhookFault> {
        let mut store = lock(&self.store);
        let holding = store.lanes.get(&parcel.endpoint).is_some_and(Lane::is_holding);
        store.faults.strike(parcel.kind(), &parcel.endpoint, holding)
    }

    /// Lets something go wrong with deliveries.
    pub(crate) fn arm(&self, rule: WebhookFaultRule) {
        lock(&self.store).faults.arm(rule);
    }

    /// Takes back all rules, and lets go what waits for another delivery.
    pub(crate) fn disarm(&self) {
        let mut store = lock(&self.store);
        store.faults.disarm();
        store.lanes.values_mut().for_each(Lane::release);
        self.bell.notify_one();
    }

    /// The rules that can still hit something.
    pub(crate) fn armed(&self) -> Vec<WebhookFaultRule> {
        lock(&self.store).faults.armed()
    }

    /// Sends a parcel at a moment.
    pub(crate) fn send_at(&self, at: Timestamp, parcel: Parcel) {
        let mut store = lock(&self.store);
        store.numbered = store.numbered.saturating_add(1);
        let number = store.numbered;
        store.later.insert((at, number), parcel);
        self.bell.notify_one();
    }

    /// Sends a parcel after the next one for the same endpoint.
    pub(crate) fn send_after_next(&self, parcel: Parcel) {
        lock(&self.store).lane(&parcel).hold(parcel);
    }

    /// Sends a parcel before all others for the same endpoint.
    pub(crate) fn send_first(&self, parcel: Parcel) {
        lock(&self.store).lane(&parcel).push_first(parcel);
    }

    /// Something was sent to an endpoint, so what was held for that goes next.
    pub(crate) fn release(&self, endpoint: &str) {
        if let Some(lane) = lock(&self.store).lanes.get_mut(endpoint) {
            lane.release();
        }
    }

    /// A parcel has arrived.
    pub(crate) fn receive(&self, parcel: &Parcel) {
        lock(&self.store).unreceived.receive(parcel);
    }

    /// A parcel will not be sent any more.
    pub(crate) fn give_up(&self, parcel: &Parcel) {
        lock(&self.store).unreceived.give_up(parcel);
    }

    /// Notes a delivery, and returns its number.
    pub(crate) fn note(&self, delivery: Delivery) -> usize {
        lock(&self.store).log.push(delivery)
    }

    /// Notes what became of a delivery.
    pub(crate) fn note_end(&self, number: usize, outcome: DeliveryOutcome, next_at: Option<Timestamp>) {
        if let Some(delivery) = lock(&self.store).log.get_mut(number) {
            (delivery.outcome, delivery.next_at) = (outcome, next_at);
        }
    }

    /// Looks at the log of deliveries.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&Newest<Delivery>) -> R) -> R {
        look(&lock(&self.store).log)
    }

    /// Returns once nothing is under way, and nothing would be by now.
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
    fn lane(&mut self, parcel: &Parcel) -> &mut Lane {
        self.lanes.entry(parcel.endpoint.clone()).or_default()
    }

    fn is_quiet(&self, now: Timestamp) -> bool {
        self.lanes.values().all(Lane::is_quiet)
            && self.later.first_key_value().is_none_or(|((at, _), _)| *at > now)
            && self.alarm.is_none_or(|at| at > now.as_second())
    }
}
