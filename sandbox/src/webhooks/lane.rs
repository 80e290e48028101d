//! A lane: the queue of parcels for one endpoint.

use std::collections::VecDeque;

use crate::webhooks::parcel::PendingDelivery;

/// The parcels for one endpoint, in the order of delivery.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    queue: VecDeque<PendingDelivery>,
    /// A parcel that is sent after the next other parcel.
    held: Option<PendingDelivery>,
    /// Whether a task of the courier works off the lane.
    busy: bool,
}

impl Lane {
    /// Appends a parcel to the queue.
    pub(crate) fn push(&mut self, parcel: PendingDelivery) {
        self.queue.push_back(parcel);
    }

    /// Puts a parcel before all others.
    pub(crate) fn push_first(&mut self, parcel: PendingDelivery) {
        self.queue.push_front(parcel);
    }

    /// Whether a task has to be started for the lane. After true, the lane counts as busy.
    pub(crate) fn begins(&mut self) -> bool {
        let begins = !self.busy && !self.queue.is_empty();
        self.busy = self.busy || begins;
        begins
    }

    /// The next parcel. An empty queue ends the busy state of the lane.
    pub(crate) fn next(&mut self) -> Option<PendingDelivery> {
        let next = self.queue.pop_front();
        self.busy = next.is_some();
        next
    }

    /// Holds a parcel until another parcel was sent.
    pub(crate) fn hold(&mut self, parcel: PendingDelivery) {
        let before = self.held.replace(parcel);
        self.queue.extend(before);
    }

    /// Whether a parcel is held.
    pub(crate) fn is_holding(&self) -> bool {
        self.held.is_some()
    }

    /// Puts the held parcel at the front of the queue.
    pub(crate) fn release(&mut self) {
        if let Some(held) = self.held.take() {
            self.queue.push_front(held);
        }
    }

    /// Whether the queue is empty and no task works off the lane.
    pub(crate) fn is_quiet(&self) -> bool {
        !self.busy && self.queue.is_empty()
    }

    /// Whether the lane can be removed.
    pub(crate) fn is_over(&self) -> bool {
        self.is_quiet() && self.held.is_none()
    }
}
