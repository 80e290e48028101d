//! The faults of deliveries, and the rules that decide which deliveries are hit.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::Ids;

/// The rate of a rule that hits every delivery that fits.
const EVERY_DELIVERY: u16 = 1000;

/// A fault of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFault {
    /// The delivery is never sent, and there is no further attempt.
    Lost,
    /// This attempt does not reach the endpoint. The next attempt may.
    Unreached,
    /// The delivery reaches the endpoint, but the answer is lost on the way back, so that there is a
    /// retry.
    Unheard,
    /// The event is delivered twice, the second time right after the first.
    Doubled,
    /// The delivery is sent later, by the sandbox's clock. Newer events overtake the delivery.
    Delayed {
        /// The length of the delay. In JSON the field is `after_ms`.
        #[serde(rename = "after_ms", with = "milliseconds")]
        after: Duration,
    },
    /// The delivery is held back until the next delivery to the same endpoint was sent.
    Reordered,
    /// The delivery is signed with a secret that the endpoint does not have.
    BadSignature,
    /// The delivery has no signature header.
    Unsigned,
    /// The signature is correct, and claims a moment ten minutes ago.
    Stale,
    /// The body was changed after the signature was made.
    Tampered,
    /// The event is not generated: the event is in no list and is delivered to no endpoint. Destinations for
    /// thin events receive a report of the failure.
    NotGenerated,
}

/// A fault, and the deliveries that the fault hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookFaultRule {
    /// The fault of the hit deliveries.
    pub fault: WebhookFault,
    /// The largest number of hits, or none for no limit. The default in JSON is one.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// The hits among a thousand deliveries that fit. The default in JSON is all.
    #[serde(default = "every_delivery")]
    pub rate_per_mille: u16,
    /// The type of events to hit, or a group of types, `charge.*`.
    #[serde(default)]
    pub kind: Option<String>,
    /// Id of the only endpoint to hit, `we_…`.
    #[serde(default)]
    pub endpoint: Option<String>,
}

impl WebhookFaultRule {
    /// A rule that hits the next delivery of any type to any endpoint.
    pub fn next_delivery(fault: WebhookFault) -> Self {
        Self { fault, times: once(), rate_per_mille: every_delivery(), kind: None, endpoint: None }
    }

    fn fits(&self, kind: &str, endpoint: &str) -> bool {
        let of_kind = |wanted: &String| match wanted.strip_suffix('*') {
            Some(group) => kind.starts_with(group),
            None => kind == wanted,
        };
        self.kind.as_ref().is_none_or(of_kind)
            && self.endpoint.as_ref().is_none_or(|wanted| wanted == endpoint)
    }
}

fn once() -> Option<u32> {
    Some(1)
}

fn every_delivery() -> u16 {
    EVERY_DELIVERY
}

/// The armed rules, in the order of arming.
#[derive(Debug)]
pub(crate) struct WebhookFaults {
    armed: VecDeque<WebhookFaultRule>,
    /// The source of random numbers for rates below a thousand.
    rng: Ids,
}

impl WebhookFaults {
    /// A set without rules. The same seed makes the same decisions.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { armed: VecDeque::new(), rng: Ids::seeded(seed) }
    }

    pub(crate) fn arm(&mut self, rule: WebhookFaultRule) {
        self.armed.push_back(rule);
    }

    pub(crate) fn disarm(&mut self) {
        self.armed.clear();
    }

    /// The rules that can still hit a delivery.
    pub(crate) fn armed(&self) -> Vec<WebhookFaultRule> {
        self.armed.iter().filter(|rule| rule.times != Some(0)).cloned().collect()
    }

    /// The fault that hits this delivery: the fault of the oldest rule that fits and passes the rate.
    /// While a delivery to an endpoint is deferred, `Reordered` does not hit another one.
    pub(crate) fn select(&mut self, kind: &str, endpoint: &str, has_deferred: bool) -> Option<WebhookFault> {
        self.armed.retain(|rule| rule.times != Some(0));
        let Self { armed, rng } = self;
        let rule = armed.iter_mut().find(|rule| {
            let possible = match rule.fault {
                WebhookFault::Reordered => !has_deferred,
                WebhookFault::NotGenerated => false,
                WebhookFault::Lost
                | WebhookFault::Unreached
                | WebhookFault::Unheard
                | WebhookFault::Doubled
                | WebhookFault::Delayed { .. }
                | WebhookFault::BadSignature
                | WebhookFault::Unsigned
                | WebhookFault::Stale
                | WebhookFault::Tampered => true,
            };
            possible && rule.fits(kind, endpoint) && draw(rng) < rule.rate_per_mille
        })?;
        rule.times = rule.times.map(|times| times.saturating_sub(1));
        Some(rule.fault)
    }

    /// Whether a rule prevents the generation of this event.
    pub(crate) fn select_generation(&mut self, kind: &str) -> bool {
        let Self { armed, rng } = self;
        let rule = armed.iter_mut().find(|rule| {
            rule.fault == WebhookFault::NotGenerated
                && rule.times != Some(0)
                && rule.endpoint.is_none()
                && rule.fits(kind, "")
                && draw(rng) < rule.rate_per_mille
        });
        let Some(rule) = rule else { return false };
        rule.times = rule.times.map(|times| times.saturating_sub(1));
        true
    }
}

/// A random number below a thousand.
fn draw(rng: &mut Ids) -> u16 {
    rng.digits(3).parse().unwrap_or_default()
}

/// Durations as whole milliseconds in JSON.
mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_rule_hits_matching_deliveries_up_to_the_limit() {
        let mut faults = WebhookFaults::seeded(7);
        faults.arm(WebhookFaultRule {
            kind: Some("charge.*".into()),
            endpoint: Some("we_1".into()),
            ..WebhookFaultRule::next_delivery(WebhookFault::Lost)
        });
        faults.arm(WebhookFaultRule::next_delivery(WebhookFault::Reordered));
        assert_eq!(faults.select("charge.succeeded", "we_2", true), None);
        assert_eq!(faults.select("charge.succeeded", "we_2", false), Some(WebhookFault::Reordered));
        assert_eq!(faults.select("customer.created", "we_1", false), None);
        assert_eq!(faults.select("charge.succeeded", "we_1", false), Some(WebhookFault::Lost));
        assert_eq!(faults.select("charge.succeeded", "we_1", false), None);
        assert_eq!(faults.armed(), []);
    }

    #[test]
    fn a_rule_about_generation_hits_events_and_no_deliveries() {
        let mut faults = WebhookFaults::seeded(7);
        faults.arm(WebhookFaultRule {
            kind: Some("charge.*".into()),
            ..WebhookFaultRule::next_delivery(WebhookFault::NotGenerated)
        });
        assert_eq!(faults.select("charge.succeeded", "we_1", false), None);
        assert!(!faults.select_generation("customer.created"));
        assert!(faults.select_generation("charge.succeeded"));
        assert!(!faults.select_generation("charge.succeeded"));
    }

    #[test]
    fn equal_seeds_give_equal_hits() {
        let hits = |seed| -> Vec<bool> {
            let mut faults = WebhookFaults::seeded(seed);
            let rule = WebhookFaultRule::next_delivery(WebhookFault::Doubled);
            faults.arm(WebhookFaultRule { times: None, rate_per_mille: 250, ..rule });
            (0..1000).map(|_| faults.select("charge.succeeded", "we_1", false).is_some()).collect()
        };
        let count = hits(7).into_iter().filter(|hit| *hit).count();
        assert!((200..300).contains(&count), "{count}");
        assert_eq!(hits(7), hits(7));
        assert_ne!(hits(7), hits(8));
    }

    #[test]
    fn fields_of_a_rule_are_optional_in_json() {
        let read = |rule: Value| serde_json::from_value::<WebhookFaultRule>(rule);
        assert_eq!(
            read(json!({ "fault": "bad_signature" })).unwrap(),
            WebhookFaultRule::next_delivery(WebhookFault::BadSignature)
        );
        let delayed = json!({ "fault": { "delayed": { "after_ms": 1500 } }, "times": 2, "rate_per_mille": 10,
            "kind": "charge.*", "endpoint": null });
        let rule = read(delayed.clone()).unwrap();
        assert_eq!(rule.fault, WebhookFault::Delayed { after: Duration::from_millis(1500) });
        assert_eq!(serde_json::to_value(rule).unwrap(), delayed);
        assert!(read(json!({ "fault": "lost", "often": true })).is_err());
    }
}
