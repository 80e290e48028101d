//! The queue of deliveries after a restart: what was not delivered is delivered now.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::events::Event;
use crate::state::SandboxState;
use crate::webhooks::delivery_changes::{DeliveryChange, EventForEndpoint, StoredDelivery};
use crate::webhooks::pending_delivery::PendingDelivery;

/// The stored changes of the queue, brought together.
#[derive(Debug, Default)]
pub(crate) struct RestoredDeliveries {
    live: BTreeMap<u64, StoredDelivery>,
    last_number: u64,
    /// The changes about events and endpoints, in order.
    receipts: Vec<DeliveryChange>,
}

impl RestoredDeliveries {
    /// Applies a stored change.
    pub(crate) fn apply(&mut self, change: DeliveryChange) {
        match change {
            DeliveryChange::Added(delivery) => {
                self.last_number = self.last_number.max(delivery.number);
                self.live.insert(delivery.number, delivery);
            }
            DeliveryChange::Ended(number) => {
                self.live.remove(&number);
            }
            DeliveryChange::Awaited(_) | DeliveryChange::Arrived(_) | DeliveryChange::Abandoned(_) => {
                self.receipts.push(change);
            }
        }
    }
}

impl SandboxState {
    /// Queues the deliveries that were not made before the restart. A delivery of an event that is gone is
    /// left out.
    pub(crate) fn restore_deliveries(&mut self, restored: RestoredDeliveries) {
        let deliveries = restored.live.into_values().filter_map(|stored| self.pending(stored)).collect();
        let awaited = self.delivery_queue.restore(deliveries, restored.last_number, restored.receipts);
        for EventForEndpoint { event, .. } in awaited {
            if let Some(event) = self.event(&event) {
                event.pending.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.wake_for_scheduled_work();
    }

    fn pending(&self, stored: StoredDelivery) -> Option<(PendingDelivery, StoredDelivery)> {
        let event = self.accounts.get(&stored.mode)?.events.snapshot(&stored.target.event)?;
        let delivery = PendingDelivery {
            attempt: stored.attempt,
            fault: stored.fault,
            number: stored.number,
            ..PendingDelivery::new(&stored.mode, &stored.target.endpoint, &event, stored.reason)
        };
        Some((delivery, stored))
    }

    fn event(&self, id: &str) -> Option<Arc<Event>> {
        self.accounts.values().find_map(|account| account.events.snapshot(id))
    }
}
