//! A webhook endpoint: the URL that receives events, and the secrets that sign the deliveries.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::events::types::EventType;
use crate::metadata::Metadata;
use crate::objects::event_destination::{Destination, EventPayload};
use crate::objects::{Object, RenderContext};
use crate::stripe_enum::StripeEnum;

/// The longest time, in seconds, for which a replaced secret still signs.
const LONGEST_ROLL: i64 = 24 * 60 * 60;

/// The state of a webhook endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WebhookEndpoint {
    /// Id of the webhook endpoint, `we_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// The URL that receives events.
    pub(crate) url: String,
    /// The types of events that are delivered, or `*` for every type.
    pub(crate) enabled_events: Vec<String>,
    /// The caller's note about the endpoint.
    pub(crate) description: Option<String>,
    /// Whether deliveries to the endpoint are disabled.
    pub(crate) disabled: bool,
    /// The API version in which events are rendered, if the caller set one.
    pub(crate) api_version: Option<String>,
    /// The secrets, `whsec_…`, the newest first. During a roll there are two or more.
    pub(crate) secrets: Vec<Secret>,
    /// The metadata that the caller attached.
    pub(crate) metadata: Metadata,
    /// The part of an event destination, if version 2 of the API created the endpoint.
    pub(crate) destination: Option<Destination>,
}

/// A secret that signs deliveries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Secret {
    /// The text of the secret, `whsec_…`.
    pub(crate) text: String,
    /// The end of use in unix seconds, if the secret was replaced.
    pub(crate) until: Option<i64>,
}

impl Secret {
    fn signs(&self, now: i64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl WebhookEndpoint {
    /// Whether events of this type are delivered to the endpoint. Thin events are delivered to destinations
    /// for thin events only.
    pub(crate) fn subscribes_to(&self, kind: EventType) -> bool {
        let thin = self.destination.as_ref().is_some_and(|details| details.payload == EventPayload::Thin);
        let enabled = self.enabled_events.iter().any(|wanted| wanted == "*" || wanted == kind.as_str());
        !self.disabled && thin == kind.is_thin() && enabled
    }

    /// The secrets that sign at a moment, in unix seconds.
    pub(crate) fn signing(&self, now: i64) -> Vec<String> {
        self.secrets.iter().filter(|secret| secret.signs(now)).map(|secret| secret.text.clone()).collect()
    }

    /// Adds a new secret. The old secret still signs for as long as requested, at most for a day.
    pub(crate) fn roll(&mut self, text: String, now: i64, keep_old_for: Duration) {
        let overlap = i64::try_from(keep_old_for.as_secs()).unwrap_or(LONGEST_ROLL).min(LONGEST_ROLL);
        let end = now.saturating_add(overlap);
        self.secrets.retain(|secret| secret.signs(now));
        for secret in &mut self.secrets {
            secret.until = Some(secret.until.map_or(end, |until| until.min(end)));
        }
        self.secrets.insert(0, Secret { text, until: None });
    }
}

impl Object for WebhookEndpoint {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, context: RenderContext) -> Value {
        json!({
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": self.api_version,
            "application": null,
            "created": self.created,
            "description": self.description,
            "enabled_events": self.enabled_events,
            "livemode": context.livemode,
            "metadata": *self.metadata,
            "status": if self.disabled { "disabled" } else { "enabled" },
            "url": self.url,
        })
    }
}
