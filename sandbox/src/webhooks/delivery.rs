//! The log of deliveries: every attempt to bring an event to an endpoint, and what became of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::webhooks::fault::WebhookFault;

/// One attempt to bring an event to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The event, `evt_…`
    pub event: String,
    /// The type of the event, `charge.succeeded`. In JSON it is `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The endpoint, `we_…`
    pub endpoint: String,
    /// Where the event went.
    pub url: String,
    /// Which attempt it was, counted from one.
    pub attempt: u32,
    /// Whether somebody asked for it by hand. There is no further attempt then.
    pub resent: bool,
    /// When, by the sandbox's clock.
    pub at: Timestamp,
    /// The fault that hit it.
    pub fault: Option<WebhookFault>,
    /// What became of it.
    pub outcome: DeliveryOutcome,
    /// When it is sent again, by the sandbox's clock, or sent at last if it was held back. There is none if it
    /// is never sent again, or not before something else is.
    pub next_at: Option<Timestamp>,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// It was sent, and nothing came back yet.
    UnderWay,
    /// The endpoint answered. From 200 to 299 it has the event; everything else is a failure.
    Answered {
        /// The HTTP status.
        status: u16,
    },
    /// The endpoint did not answer in time.
    TimedOut,
    /// The endpoint could not be reached, or the connection broke.
    Unreachable {
        /// What went wrong.
        reason: String,
    },
    /// A fault holds it back. It has an entry of its own once it is sent.
    HeldBack,
    /// A fault lost it.
    Lost,
    /// The endpoint had been disabled or deleted, so nothing was sent.
    EndpointGone,
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
            outcome: DeliveryOutcome::UnderWay,
            next_at: None,
        }
    }

    #[test]
    fn a_delivery_can_be_read_in_json() {
        let mut one = delivery("evt_1");
        one.outcome = DeliveryOutcome::Answered { status: 500 };
        let shown = serde_json::to_value(&one).unwrap();
        assert_eq!(
            shown,
            json!({ "event": "evt_1", "type": "charge.succeeded", "endpoint": "we_1",
                "url": "http://127.0.0.1:1/", "attempt": 1, "resent": false, "at": "1970-01-01T00:00:00Z",
                "fault": "stale", "outcome": { "answered": { "status": 500 } }, "next_at": null })
        );
        assert_eq!(serde_json::from_value::<Delivery>(shown).unwrap(), one);
    }
}
