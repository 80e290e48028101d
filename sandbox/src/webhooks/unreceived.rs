//! The events that endpoints have not received yet. Repeated arrivals of one event at one endpoint
//! count once.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering;

use crate::webhooks::delivery_changes::{DeliveryChange, EventForEndpoint};
use crate::webhooks::pending_delivery::PendingDelivery;

/// The deliveries that have not arrived yet. Of the abandoned deliveries, only the newest are stored.
#[derive(Debug)]
pub(crate) struct Unreceived {
    pending: HashSet<String>,
    abandoned: VecDeque<String>,
    capacity: usize,
}

impl Unreceived {
    /// An empty set, which keeps at most `capacity` abandoned deliveries.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { pending: HashSet::new(), abandoned: VecDeque::new(), capacity }
    }

    /// The events that endpoints wait for.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = EventForEndpoint> {
        self.pending.iter().filter_map(|key| parse(key))
    }

    /// The abandoned deliveries, the oldest first.
    pub(crate) fn abandoned(&self) -> impl Iterator<Item = EventForEndpoint> {
        self.abandoned.iter().filter_map(|key| parse(key))
    }

    /// Applies a change from before a restart.
    pub(crate) fn restore(&mut self, change: &DeliveryChange) {
        match change {
            DeliveryChange::Awaited(target) => {
                self.pending.insert(key_of(&target.event, &target.endpoint));
            }
            DeliveryChange::Arrived(target) => {
                self.pending.remove(&key_of(&target.event, &target.endpoint));
            }
            DeliveryChange::Abandoned(target) => self.push_abandoned(key_of(&target.event, &target.endpoint)),
            DeliveryChange::Added(_) | DeliveryChange::Ended(_) => {}
        }
    }

    /// Adds a delivery that has to arrive, and raises the event's count of pending webhooks.
    pub(crate) fn add(&mut self, delivery: &PendingDelivery) {
        if self.pending.insert(key(delivery)) {
            delivery.event.pending.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Records the arrival of a delivery. A repeated arrival has no effect.
    pub(crate) fn record_arrival(&mut self, delivery: &PendingDelivery) {
        if self.pending.remove(&key(delivery)) {
            delivery.event.pending.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Records that a delivery is not sent any more, unless `redeliver` requests the delivery.
    pub(crate) fn abandon(&mut self, delivery: &PendingDelivery) {
        self.push_abandoned(key(delivery));
    }

    fn push_abandoned(&mut self, key: String) {
        self.abandoned.push_back(key);
        while self.abandoned.len() > self.capacity
            && let Some(oldest) = self.abandoned.pop_front()
        {
            self.pending.remove(&oldest);
        }
    }
}

fn key(delivery: &PendingDelivery) -> String {
    key_of(&delivery.event.id, &delivery.endpoint)
}

fn key_of(event: &str, endpoint: &str) -> String {
    format!("{event} {endpoint}")
}

fn parse(key: &str) -> Option<EventForEndpoint> {
    let (event, endpoint) = key.split_once(' ')?;
    Some(EventForEndpoint { event: event.to_owned(), endpoint: endpoint.to_owned() })
}
