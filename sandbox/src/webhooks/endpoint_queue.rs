//! The queue of deliveries to one endpoint.

use std::collections::VecDeque;

use crate::webhooks::pending_delivery::PendingDelivery;

/// The deliveries to one endpoint, in order.
#[derive(Debug, Default)]
pub(crate) struct EndpointQueue {
    queue: VecDeque<PendingDelivery>,
    /// A delivery that is sent after the next other delivery.
    deferred: Option<PendingDelivery>,
    /// Whether a task of the dispatcher makes the deliveries.
    busy: bool,
}

impl EndpointQueue {
    /// Appends a delivery to the queue.
    pub(crate) fn push(&mut self, delivery: PendingDelivery) {
        self.queue.push_back(delivery);
    }

    /// Puts a delivery before all others.
    pub(crate) fn push_front(&mut self, delivery: PendingDelivery) {
        self.queue.push_front(delivery);
    }

    /// Whether a task has to be started for the queue. After true, the queue counts as busy.
    pub(crate) fn start(&mut self) -> bool {
        let starts = !self.busy && !self.queue.is_empty();
        self.busy = self.busy || starts;
        starts
    }

    /// The next delivery. An empty queue is no longer busy.
    pub(crate) fn next(&mut self) -> Option<PendingDelivery> {
        let next = self.queue.pop_front();
        self.busy = next.is_some();
        next
    }

    /// Defers a delivery until another delivery was sent.
    pub(crate) fn defer(&mut self, delivery: PendingDelivery) {
        let before = self.deferred.replace(delivery);
        self.queue.extend(before);
    }

    /// Whether a delivery is deferred.
    pub(crate) fn has_deferred(&self) -> bool {
        self.deferred.is_some()
    }

    /// Puts the deferred delivery at the front of the queue.
    pub(crate) fn release_deferred(&mut self) {
        if let Some(deferred) = self.deferred.take() {
            self.queue.push_front(deferred);
        }
    }

    /// Whether the queue is empty and no task makes deliveries.
    pub(crate) fn is_idle(&self) -> bool {
        !self.busy && self.queue.is_empty()
    }

    /// Whether the queue can be removed.
    pub(crate) fn is_removable(&self) -> bool {
        self.is_idle() && self.deferred.is_none()
    }
}
