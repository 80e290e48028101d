//! A webhook endpoint: where events are delivered to, and with which secrets they are signed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::metadata::Metadata;
use crate::objects::{Object, Seen};

/// For how long an old secret can sign at the most, in seconds.
const LONGEST_ROLL: i64 = 24 * 60 * 60;

/// The state of a webhook endpoint.
#[derive(Clone, Debug)]
pub(crate) struct WebhookEndpoint {
    /// `we_…`
    pub(crate) id: String,
    /// When it was made.
    pub(crate) created: i64,
    /// Where events go.
    pub(crate) url: String,
    /// The types of events that go there, or `*`.
    pub(crate) enabled_events: Vec<String>,
    /// What the caller wants to remember about it.
    pub(crate) description: Option<String>,
    /// Whether nothing is delivered.
    pub(crate) disabled: bool,
    /// The version in which events are rendered, if it was said.
    pub(crate) api_version: Option<String>,
    /// `whsec_…`, the newest first. While the secret is rolled there are two.
    pub(crate) secrets: Vec<Secret>,
    /// What the caller attached.
    pub(crate) metadata: Metadata,
}

/// A secret with which deliveries are signed.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    /// `whsec_…`
    pub(crate) text: String,
    /// Until when it signs, in unix seconds, if it was replaced.
    pub(crate) until: Option<i64>,
}

impl Secret {
    fn signs(&self, now: i64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl WebhookEndpoint {
    /// Whether events of this type go there.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        !self.disabled && self.enabled_events.iter().any(|wanted| wanted == "*" || wanted == kind)
    }

    /// The secrets that sign at a moment.
    pub(crate) fn signing(&self, now: i64) -> Vec<String> {
        self.secrets.iter().filter(|secret| secret.signs(now)).map(|secret| secret.text.clone()).collect()
    }

    /// Takes a new secret. The old one signs as well for as long as it is kept, which is a day at the most.
    pub(crate) fn roll(&mut self, text: String, now: i64, keep_old_for: Duration) {
        let kept = i64::try_from(keep_old_for.as_secs()).unwrap_or(LONGEST_ROLL).min(LONGEST_ROLL);
        let last = now.saturating_add(kept);
        self.secrets.retain(|secret| secret.signs(now));
        for secret in &mut self.secrets {
            secret.until = Some(secret.until.map_or(last, |until| until.min(last)));
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

    fn show(&self, seen: Seen) -> Value {
        json!({
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": self.api_version,
            "application": null,
            "created": self.created,
            "description": self.description,
            "enabled_events": self.enabled_events,
            "livemode": seen.livemode,
            "metadata": *self.metadata,
            "status": if self.disabled { "disabled" } else { "enabled" },
            "url": self.url,
        })
    }
}
