//! A lane: what waits for one endpoint, in order.

use std::collections::VecDeque;

use crate::webhooks::parcel::Parcel;

/// The parcels for one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    queue: VecDeque<Parcel>,
    /// A parcel that goes out once another one was sent.
    held: Option<Parcel>,
    /// Whether somebody is working it off.
    busy: bool,
}

impl Lane {
    /// Puts a parcel at the end.
    pub(crate) fn push(&mut self, parcel: Parcel) {
        self.queue.push_back(parcel);
    }

    /// Puts a parcel before all others.
    pub(crate) fn push_first(&mut self, parcel: Parcel) {
        self.queue.push_front(parcel);
    }

    /// Whether somebody has to begin to work it off. If so, somebody will.
    pub(crate) fn begins(&mut self) -> bool {
        let begins = !self.busy && !self.queue.is_empty();
        self.busy = self.busy || begins;
        begins
    }

    /// The next parcel. If there is none, nobody is working it off any more.
    pub(crate) fn next(&mut self) -> Option<Parcel> {
        let next = self.queue.pop_front();
        self.busy = next.is_some();
        next
    }

    /// Holds a parcel until another one was sent.
    pub(crate) fn hold(&mut self, parcel: Parcel) {
        let before = self.held.replace(parcel);
        self.queue.extend(before);
    }

    /// Whether a parcel is held.
    pub(crate) fn is_holding(&self) -> bool {
        self.held.is_some()
    }

    /// Lets the parcel go that is held.
    pub(crate) fn release(&mut self) {
        if let Some(held) = self.held.take() {
            self.queue.push_front(held);
        }
    }

    /// Whether nothing waits and nobody is at work.
    pub(crate) fn is_quiet(&self) -> bool {
        !self.busy && self.queue.is_empty()
    }

    /// Whether it can be forgotten.
    pub(crate) fn is_over(&self) -> bool {
        self.is_quiet() && self.held.is_none()
    }
}
