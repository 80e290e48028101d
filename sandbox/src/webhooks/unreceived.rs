//! The events that endpoints have not received yet. Repeated arrivals of one event at one endpoint
//! count once.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering;

use crate::webhooks::parcel::PendingDelivery;

/// The parcels that have not arrived yet. Of the abandoned parcels, only the newest are kept.
#[derive(Debug)]
pub(crate) struct Unreceived {
    open: HashSet<String>,
    given_up: VecDeque<String>,
    most: usize,
}

impl Unreceived {
    /// An empty set, which keeps at most `most` abandoned parcels.
    pub(crate) fn of(most: usize) -> Self {
        Self { open: HashSet::new(), given_up: VecDeque::new(), most }
    }

    /// Adds a parcel that has to arrive, and raises the event's count of pending webhooks.
    pub(crate) fn expect(&mut self, parcel: &PendingDelivery) {
        if self.open.insert(name(parcel)) {
            parcel.event.pending.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Records the arrival of a parcel. A repeated arrival has no effect.
    pub(crate) fn receive(&mut self, parcel: &PendingDelivery) {
        if self.open.remove(&name(parcel)) {
            parcel.event.pending.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Records that a parcel is not sent any more, unless `redeliver` requests the delivery.
    pub(crate) fn give_up(&mut self, parcel: &PendingDelivery) {
        self.given_up.push_back(name(parcel));
        while self.given_up.len() > self.most
            && let Some(oldest) = self.given_up.pop_front()
        {
            self.open.remove(&oldest);
        }
    }
}

fn name(parcel: &PendingDelivery) -> String {
    format!("{} {}", parcel.event.id, parcel.endpoint)
}
