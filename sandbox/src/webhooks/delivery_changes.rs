//! The changes of the queue of deliveries, as the state directory stores the changes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::AccountMode;
use crate::webhooks::fault::WebhookFault;
use crate::webhooks::pending_delivery::{DeliveryReason, PendingDelivery};

/// A change of the queue of deliveries.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryChange {
    /// A delivery has to be made.
    Added(StoredDelivery),
    /// The delivery with this number was made or given up.
    Ended(u64),
    /// An endpoint has to receive an event.
    Awaited(EventForEndpoint),
    /// An endpoint has received an event.
    Arrived(EventForEndpoint),
    /// An event is not sent to an endpoint any more.
    Abandoned(EventForEndpoint),
}

/// An event, and an endpoint that has to receive the event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EventForEndpoint {
    /// Id of the event, `evt_…`.
    pub(crate) event: String,
    /// Id of the endpoint, `we_…`.
    pub(crate) endpoint: String,
}

/// A delivery that has to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredDelivery {
    /// The number of the delivery in the order of queueing.
    pub(crate) number: u64,
    /// The account and the mode of the event.
    pub(crate) mode: AccountMode,
    /// The event and the endpoint.
    pub(crate) target: EventForEndpoint,
    /// The number of the attempt, counted from one.
    pub(crate) attempt: u32,
    /// The reason for the delivery.
    pub(crate) reason: DeliveryReason,
    /// The fault that hit this attempt.
    pub(crate) fault: Option<WebhookFault>,
    /// The moment of the delivery, unless the delivery is made at once.
    pub(crate) at: Option<Timestamp>,
}

/// The recorded changes, and the deliveries that have to be made.
#[derive(Debug, Default)]
pub(crate) struct DeliveryRecording {
    changes: Vec<DeliveryChange>,
    /// The deliveries that have to be made, those in flight included, by number.
    live: BTreeMap<u64, StoredDelivery>,
}

impl StoredDelivery {
    /// The stored form of a pending delivery.
    pub(crate) fn of(delivery: &PendingDelivery, at: Option<Timestamp>) -> Self {
        Self {
            number: delivery.number,
            mode: delivery.mode.clone(),
            target: EventForEndpoint::of(delivery),
            attempt: delivery.attempt,
            reason: delivery.reason,
            fault: delivery.fault,
            at,
        }
    }
}

impl EventForEndpoint {
    /// The event and the endpoint of a delivery.
    pub(crate) fn of(delivery: &PendingDelivery) -> Self {
        Self { event: delivery.event.id.clone(), endpoint: delivery.endpoint.clone() }
    }
}

impl DeliveryRecording {
    /// A recording that starts with the given deliveries.
    pub(crate) fn with(deliveries: impl Iterator<Item = StoredDelivery>) -> Self {
        Self { changes: vec![], live: deliveries.map(|delivery| (delivery.number, delivery)).collect() }
    }

    /// Records a change.
    pub(crate) fn record(&mut self, change: DeliveryChange) {
        match &change {
            DeliveryChange::Added(delivery) => {
                self.live.insert(delivery.number, delivery.clone());
            }
            DeliveryChange::Ended(number) => {
                self.live.remove(number);
            }
            DeliveryChange::Awaited(_) | DeliveryChange::Arrived(_) | DeliveryChange::Abandoned(_) => {}
        }
        self.changes.push(change);
    }

    /// All changes since the last call.
    pub(crate) fn take(&mut self) -> Vec<DeliveryChange> {
        std::mem::take(&mut self.changes)
    }

    /// The deliveries that have to be made.
    pub(crate) fn live(&self) -> impl Iterator<Item = StoredDelivery> {
        self.live.values().cloned()
    }
}
