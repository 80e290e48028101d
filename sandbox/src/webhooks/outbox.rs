//! The outbox of an account: queues events for the subscribed endpoints.

use std::sync::Arc;

use crate::access::AccountMode;
use crate::collection::Collection;
use crate::events::Event;
use crate::objects::webhook_endpoint::WebhookEndpoint;
use crate::stripe_enum::StripeEnum;
use crate::webhooks::delivery_queue::DeliveryQueue;
use crate::webhooks::pending_delivery::{DeliveryReason, PendingDelivery};

/// The outgoing events of one account.
#[derive(Debug)]
pub(crate) struct Outbox {
    mode: AccountMode,
    queue: Arc<DeliveryQueue>,
}

impl Outbox {
    /// The outbox of an account, which adds all deliveries to the delivery queue.
    pub(crate) fn new(mode: AccountMode, queue: Arc<DeliveryQueue>) -> Self {
        Self { mode, queue }
    }

    /// Queues an event for all endpoints that subscribe to the event's type.
    pub(crate) fn enqueue(&self, event: &Arc<Event>, endpoints: &Collection<WebhookEndpoint>) {
        let subscribed =
            endpoints.newest_first().filter(|endpoint| endpoint.subscribes_to(event.kind.as_str()));
        let deliveries: Vec<PendingDelivery> = subscribed
            .map(|endpoint| PendingDelivery::new(&self.mode, &endpoint.id, event, DeliveryReason::Subscribed))
            .collect();
        if !deliveries.is_empty() {
            self.queue.enqueue(deliveries);
        }
    }

    /// Wakes the dispatcher for scheduled work at a moment, in unix seconds. Without endpoints the
    /// work waits for the next call.
    pub(crate) fn wake_by(&self, at: i64, endpoints: &Collection<WebhookEndpoint>) {
        if endpoints.newest_first().next().is_some() {
            self.queue.wake_by(at);
        }
    }
}
