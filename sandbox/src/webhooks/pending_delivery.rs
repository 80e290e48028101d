//! A pending delivery: one event that has to be delivered to one endpoint.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::AccountMode;
use crate::events::Event;
use crate::stripe_enum::StripeEnum;
use crate::webhooks::delivery::{Delivery, DeliveryOutcome};
use crate::webhooks::fault::WebhookFault;

/// An event, and the endpoint for the delivery.
#[derive(Clone, Debug)]
pub(crate) struct PendingDelivery {
    /// The account and the mode of the event.
    pub(crate) mode: AccountMode,
    /// Id of the endpoint, `we_…`.
    pub(crate) endpoint: String,
    /// The event to deliver.
    pub(crate) event: Arc<Event>,
    /// The number of this attempt, counted from one.
    pub(crate) attempt: u32,
    /// The reason for the delivery.
    pub(crate) reason: DeliveryReason,
    /// The fault that hit this attempt. No second fault hits the same attempt.
    pub(crate) fault: Option<WebhookFault>,
    /// The number of the delivery in the order of queueing; zero before.
    pub(crate) number: u64,
}

/// The reason for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryReason {
    /// The endpoint subscribes to the event. Failed attempts are repeated by Stripe's retry schedule.
    Subscribed,
    /// A fault doubled the delivery. The copy is sent once.
    Duplicate,
    /// The delivery was requested by `redeliver`. The event is sent once.
    Resent,
}

impl PendingDelivery {
    /// An event for an endpoint, before the first attempt.
    pub(crate) fn new(
        mode: &AccountMode,
        endpoint: &str,
        event: &Arc<Event>,
        reason: DeliveryReason,
    ) -> Self {
        Self {
            mode: mode.clone(),
            endpoint: endpoint.to_owned(),
            event: Arc::clone(event),
            attempt: 1,
            reason,
            fault: None,
            number: 0,
        }
    }

    /// A copy of the delivery, for the fault that doubles deliveries.
    pub(crate) fn duplicate(&self) -> Self {
        Self { reason: DeliveryReason::Duplicate, ..self.clone() }
    }

    /// The same delivery for the next attempt.
    pub(crate) fn retry(self) -> Self {
        Self { attempt: self.attempt.saturating_add(1), fault: None, ..self }
    }

    /// The type of the delivery's event.
    pub(crate) fn kind(&self) -> &'static str {
        self.event.kind.as_str()
    }

    /// The entry of the delivery for the log of deliveries.
    pub(crate) fn entry(&self, url: &str, at: Timestamp, outcome: DeliveryOutcome) -> Delivery {
        Delivery {
            event: self.event.id.clone(),
            kind: self.kind().to_owned(),
            endpoint: self.endpoint.clone(),
            url: url.to_owned(),
            attempt: self.attempt,
            resent: self.reason == DeliveryReason::Resent,
            at,
            fault: self.fault,
            outcome,
            next_at: None,
        }
    }
}
