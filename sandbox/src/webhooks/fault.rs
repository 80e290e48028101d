//! What can go wrong with a delivery, and the rules by which it is made to go wrong.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::Ids;

/// The rate of a rule that hits every delivery it fits.
const ALWAYS: u16 = 1000;

/// Something that goes wrong with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFault {
    /// It is never sent, and there is no further attempt.
    Lost,
    /// This attempt does not reach the endpoint. The next one may.
    Unreached,
    /// It reaches the endpoint, whose answer is lost on the way back, so that there is a further attempt.
    Unheard,
    /// It is sent twice, one right after the other.
    Doubled,
    /// It is sent later, by the sandbox's clock. Newer events overtake it.
    Delayed {
        /// How much later. In JSON it is `after_ms`.
        #[serde(rename = "after_ms", with = "milliseconds")]
        after: Duration,
    },
    /// It is held back until the next delivery to the same endpoint was sent.
    Reordered,
    /// It is signed with a secret that the endpoint does not have.
    BadSignature,
    /// It has no signature at all.
    Unsigned,
    /// It is signed correctly, and its signature says that it was made ten minutes ago.
    Stale,
    /// Its body was changed after it was signed.
    Tampered,
}

/// A fault, and the deliveries it hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookFaultRule {
    /// What goes wrong.
    pub fault: WebhookFault,
    /// With how many deliveries at the most, or without an end. In JSON, one if it is not said.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// With how many of a thousand deliveries that fit. In JSON, all of them if it is not said.
    #[serde(default = "always")]
    pub rate_per_mille: u16,
    /// Only with events of this type, or of a group of types, `charge.*`.
    #[serde(default)]
    pub kind: Option<String>,
    /// Only with deliveries to this endpoint, `we_…`.
    #[serde(default)]
    pub endpoint: Option<String>,
}

impl WebhookFaultRule {
    /// A rule that hits the next delivery, whatever it is.
    pub fn next_delivery(fault: WebhookFault) -> Self {
        Self { fault, times: once(), rate_per_mille: always(), kind: None, endpoint: None }
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

fn always() -> u16 {
    ALWAYS
}

/// The rules that are armed, in the order in which they were armed.
#[derive(Debug)]
pub(crate) struct WebhookFaults {
    armed: VecDeque<WebhookFaultRule>,
    /// What decides where a rate says that not every delivery is hit.
    dice: Ids,
}

impl WebhookFaults {
    /// No rules yet. The same seed makes the same decisions.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { armed: VecDeque::new(), dice: Ids::seeded(seed) }
    }

    pub(crate) fn arm(&mut self, rule: WebhookFaultRule) {
        self.armed.push_back(rule);
    }

    pub(crate) fn disarm(&mut self) {
        self.armed.clear();
    }

    /// The rules that can still hit something.
    pub(crate) fn armed(&self) -> Vec<WebhookFaultRule> {
        self.armed.iter().filter(|rule| rule.times != Some(0)).cloned().collect()
    }

    /// The fault that hits this delivery: that of the oldest rule that fits and whose turn it is. Nothing can be
    /// held back for the next delivery while something else is.
    pub(crate) fn strike(&mut self, kind: &str, endpoint: &str, holding: bool) -> Option<WebhookFault> {
        self.armed.retain(|rule| rule.times != Some(0));
        let Self { armed, dice } = self;
        let rule = armed.iter_mut().find(|rule| {
            let possible = !(holding && rule.fault == WebhookFault::Reordered);
            possible && rule.fits(kind, endpoint) && thrown(dice) < rule.rate_per_mille
        })?;
        rule.times = rule.times.map(|times| times.saturating_sub(1));
        Some(rule.fault)
    }
}

/// A number below a thousand.
fn thrown(dice: &mut Ids) -> u16 {
    dice.digits(3).parse().unwrap_or_default()
}

/// Spans of time as whole milliseconds.
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
    fn a_rule_hits_the_deliveries_it_names_and_then_no_more() {
        let mut faults = WebhookFaults::seeded(7);
        faults.arm(WebhookFaultRule {
            kind: Some("charge.*".into()),
            endpoint: Some("we_1".into()),
            ..WebhookFaultRule::next_delivery(WebhookFault::Lost)
        });
        faults.arm(WebhookFaultRule::next_delivery(WebhookFault::Reordered));
        assert_eq!(faults.strike("charge.succeeded", "we_2", true), None);
        assert_eq!(faults.strike("charge.succeeded", "we_2", false), Some(WebhookFault::Reordered));
        assert_eq!(faults.strike("customer.created", "we_1", false), None);
        assert_eq!(faults.strike("charge.succeeded", "we_1", false), Some(WebhookFault::Lost));
        assert_eq!(faults.strike("charge.succeeded", "we_1", false), None);
        assert_eq!(faults.armed(), []);
    }

    #[test]
    fn a_rate_hits_some_and_the_same_ones_for_the_same_seed() {
        let hits = |seed| -> Vec<bool> {
            let mut faults = WebhookFaults::seeded(seed);
            let rule = WebhookFaultRule::next_delivery(WebhookFault::Doubled);
            faults.arm(WebhookFaultRule { times: None, rate_per_mille: 250, ..rule });
            (0..1000).map(|_| faults.strike("charge.succeeded", "we_1", false).is_some()).collect()
        };
        let count = hits(7).into_iter().filter(|hit| *hit).count();
        assert!((200..300).contains(&count), "{count}");
        assert_eq!(hits(7), hits(7));
        assert_ne!(hits(7), hits(8));
    }

    #[test]
    fn rules_are_short_in_json() {
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
