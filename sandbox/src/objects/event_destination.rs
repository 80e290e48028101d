//! An event destination of version 2 of the API: a webhook endpoint that receives thin events or snapshots.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::objects::RenderContext;
use crate::objects::webhook_endpoint::WebhookEndpoint;
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The form of the events that a destination receives.
    EventPayload {
        /// Events of version 1 of the API, with the object.
        Snapshot = "snapshot",
        /// Events of version 2 of the API, with the id of the object.
        Thin = "thin",
    }
}

/// The part of a webhook endpoint that only version 2 of the API shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Destination {
    /// The name that the caller gave to the destination.
    pub(crate) name: String,
    /// The form of the events.
    pub(crate) payload: EventPayload,
    /// The moment of the last change, in unix seconds.
    pub(crate) updated: i64,
}

/// The fields that a caller asks for with `include`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Included {
    /// Whether the signing secret is shown, which is possible on creation only.
    pub(crate) secret: bool,
    /// Whether the URL is shown.
    pub(crate) url: bool,
}

/// The destination as JSON, or none for a webhook endpoint of version 1 of the API.
pub(crate) fn show(endpoint: &WebhookEndpoint, context: RenderContext, included: Included) -> Option<Value> {
    let destination = endpoint.destination.as_ref()?;
    let secret = endpoint.secrets.first().filter(|_| included.secret).map(|secret| &secret.text);
    let details = endpoint.disabled.then(|| json!({ "disabled": { "reason": "user" } }));
    Some(json!({
        "id": endpoint.id,
        "object": "v2.core.event_destination",
        "created": timestamp(endpoint.created),
        "description": endpoint.description.as_deref().unwrap_or_default(),
        "enabled_events": endpoint.enabled_events,
        "event_payload": destination.payload.as_str(),
        "events_from": ["@self"],
        "livemode": context.livemode,
        "metadata": *endpoint.metadata,
        "name": destination.name,
        "snapshot_api_version": endpoint.api_version,
        "status": if endpoint.disabled { "disabled" } else { "enabled" },
        "status_details": details,
        "type": "webhook_endpoint",
        "updated": timestamp(destination.updated),
        "webhook_endpoint": {
            "signing_secret": secret,
            "url": included.url.then_some(&endpoint.url),
        },
    }))
}

/// A moment in unix seconds as version 2 of the API shows moments.
pub(crate) fn timestamp(seconds: i64) -> String {
    let moment = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_with_milliseconds() {
        assert_eq!(timestamp(1_729_614_414), "2024-10-22T16:26:54.000Z");
    }
}
