//! The outbox of an account: queues events for the subscribed endpoints.

use std::sync::Arc;

use crate::access::AccountMode;
use crate::collection::Collection;
use crate::events::Event;
use crate::events::types::EventType;
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
        let subscribed = endpoints.newest_first().filter(|endpoint| endpoint.subscribes_to(event.kind));
        let deliveries: Vec<PendingDelivery> = subscribed
            .map(|endpoint| PendingDelivery::new(&self.mode, &endpoint.id, event, DeliveryReason::Subscribed))
            .collect();
        if !deliveries.is_empty() {
            self.queue.enqueue(deliveries);
        }
    }

    /// Queues an event for one endpoint, whichever types the endpoint subscribes to.
    pub(crate) fn enqueue_for(&self, event: &Arc<Event>, endpoint: &str) {
        self.queue.enqueue(vec![PendingDelivery::new(
            &self.mode,
            endpoint,
            event,
            DeliveryReason::Subscribed,
        )]);
    }

    /// Queues an event for one endpoint once more. Failed attempts are not repeated.
    pub(crate) fn resend(&self, event: &Arc<Event>, endpoint: &str) {
        self.queue.enqueue_resend(PendingDelivery::new(&self.mode, endpoint, event, DeliveryReason::Resent));
    }

    /// Whether a fault prevents the generation of an event of this type.
    pub(crate) fn fails_to_generate(&self, kind: EventType) -> bool {
        self.queue.fails_to_generate(kind.as_str())
    }

    /// Wakes the dispatcher for scheduled work at a moment, in unix seconds. Without endpoints the
    /// work waits for the next call.
    pub(crate) fn wake_by(&self, at: i64, endpoints: &Collection<WebhookEndpoint>) {
        if endpoints.newest_first().next().is_some() {
            self.queue.wake_by(at);
        }
    }
}
