//! Which endpoints have not received which events, so that each is counted once however often it arrives.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering;

use crate::webhooks::parcel::Parcel;

/// The parcels that have not arrived yet. Of those that were given up, only the newest are remembered.
#[derive(Debug)]
pub(crate) struct Unreceived {
    open: HashSet<String>,
    given_up: VecDeque<String>,
    most: usize,
}

impl Unreceived {
    /// Nothing yet. So many that were given up are remembered.
    pub(crate) fn of(most: usize) -> Self {
        Self { open: HashSet::new(), given_up: VecDeque::new(), most }
    }

    /// A parcel has to arrive.
    pub(crate) fn expect(&mut self, parcel: &Parcel) {
        if self.open.insert(name(parcel)) {
            parcel.event.pending.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A parcel has arrived, perhaps not for the first time.
    pub(crate) fn receive(&mut self, parcel: &Parcel) {
        if self.open.remove(&name(parcel)) {
            parcel.event.pending.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// A parcel will not be sent any more, unless somebody asks for it by hand.
    pub(crate) fn give_up(&mut self, parcel: &Parcel) {
        self.given_up.push_back(name(parcel));
        while self.given_up.len() > self.most
            && let Some(oldest) = self.given_up.pop_front()
        {
            self.open.remove(&oldest);
        }
    }
}

fn name(parcel: &Parcel) -> String {
    format!("{} {}", parcel.event.id, parcel.endpoint)
}
