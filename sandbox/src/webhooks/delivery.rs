//! The log of deliveries: every attempt to deliver an event to an endpoint, and the outcome.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bounded_log::{ENTRY_BYTES, LogEntry};
use crate::webhooks::fault::WebhookFault;

/// One attempt to deliver an event to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Id of the event, `evt_…`.
    pub event: String,
    /// The type of the event, `charge.succeeded`. In JSON the field is `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Id of the endpoint, `we_…`.
    pub endpoint: String,
    /// The URL of the delivery.
    pub url: String,
    /// The number of the attempt, counted from one.
    pub attempt: u32,
    /// Whether the delivery was requested by `redeliver`. There is no further attempt then.
    pub resent: bool,
    /// The moment of the attempt, by the sandbox's clock.
    pub at: Timestamp,
    /// The fault that hit the attempt.
    pub fault: Option<WebhookFault>,
    /// The outcome of the attempt.
    pub outcome: DeliveryOutcome,
    /// The moment of the retry, or of the sending of a deferred delivery, by the sandbox's clock. None if
    /// there is no retry, or if the sending waits for another delivery.
    pub next_at: Option<Timestamp>,
}

/// The outcome of one delivery attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// The request was sent, and there is no answer yet.
    #[serde(rename = "under_way")]
    InFlight,
    /// The endpoint answered. A status from 200 to 299 means that the endpoint has the event; every
    /// other status is a failure.
    Answered {
        /// The HTTP status code.
        status: u16,
    },
    /// The endpoint did not answer in time.
    TimedOut,
    /// The endpoint could not be reached, or the connection broke.
    Unreachable {
        /// The text of the connection error.
        reason: String,
    },
    /// A fault defers the delivery. The later sending has a separate entry.
    HeldBack,
    /// A fault lost the delivery.
    Lost,
    /// The endpoint had been disabled or deleted, so no request was sent.
    EndpointGone,
}

impl LogEntry for Delivery {
    fn bytes(&self) -> usize {
        let reason = match &self.outcome {
            DeliveryOutcome::Unreachable { reason } => reason.len(),
            DeliveryOutcome::InFlight
            | DeliveryOutcome::Answered { .. }
            | DeliveryOutcome::TimedOut
            | DeliveryOutcome::HeldBack
            | DeliveryOutcome::Lost
            | DeliveryOutcome::EndpointGone => 0,
        };
        let texts = [&self.event, &self.kind, &self.endpoint, &self.url].map(String::len);
        texts.into_iter().chain([ENTRY_BYTES, reason]).fold(0, usize::saturating_add)
    }
}

impl DeliveryOutcome {
    /// Whether the endpoint has the event.
    pub fn is_delivered(&self) -> bool {
        matches!(self, Self::Answered { status: 200..=299 })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn delivery(event: &str) -> Delivery {
        Delivery {
            event: event.to_owned(),
            kind: "charge.succeeded".to_owned(),
            endpoint: "we_1".to_owned(),
            url: "http://127.0.0.1:1/".to_owned(),
            attempt: 1,
            resent: false,
            at: Timestamp::UNIX_EPOCH,
            fault: Some(WebhookFault::Stale),
            outcome: DeliveryOutcome::InFlight,
            next_at: None,
        }
    }

    #[test]
    fn a_delivery_round_trips_through_json() {
        let mut attempt = delivery("evt_1");
        attempt.outcome = DeliveryOutcome::Answered { status: 500 };
        let shown = serde_json::to_value(&attempt).unwrap();
        assert_eq!(
            shown,
            json!({ "event": "evt_1", "type": "charge.succeeded", "endpoint": "we_1",
                "url": "http://127.0.0.1:1/", "attempt": 1, "resent": false, "at": "1970-01-01T00:00:00Z",
                "fault": "stale", "outcome": { "answered": { "status": 500 } }, "next_at": null })
        );
        assert_eq!(serde_json::from_value::<Delivery>(shown).unwrap(), attempt);
    }
}
