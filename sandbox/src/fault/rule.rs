//! A rule: a fault, and the calls it hits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::form::Form;

/// A fault, and the calls it hits. A call has to fit everything that the rule names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// What goes wrong.
    pub fault: Fault,
    /// With how many calls; without a number there is no end. In JSON it is one if it is not said, and `null`
    /// is no end.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// How many of a thousand calls that fit are hit, drawn from the sandbox's seeded sequence. 1000 or more are
    /// all of them.
    #[serde(default = "all")]
    pub rate_per_mille: u32,
    /// Only calls of this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only calls to this path: what it begins with; or all of it, if it has a `*`, which stands for one part, or
    /// ends with a `$`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only calls whose idempotency key begins like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Only calls that send all of this metadata.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Only calls to this account, `acct_…`; it can also be named by a key that opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// One call.
fn once() -> Option<u32> {
    Some(1)
}

/// Every call that fits.
fn all() -> u32 {
    1000
}

/// A call, as far as rules look at it.
#[derive(Debug)]
pub(super) struct Target<'a> {
    /// Its method.
    pub(super) method: &'a str,
    /// Its path.
    pub(super) path: &'a str,
    /// Its idempotency key.
    pub(super) idempotency_key: Option<&'a str>,
    /// The account that its key opens.
    pub(super) account: Option<&'a str>,
    /// Its body.
    pub(super) body: &'a [u8],
}

impl FaultRule {
    /// A rule that hits the next call, whatever it is.
    pub fn next_call(fault: Fault) -> Self {
        Self { times: once(), ..Self::every_call(fault) }
    }

    /// A rule that hits every call until it is disarmed.
    pub fn every_call(fault: Fault) -> Self {
        Self {
            fault,
            times: None,
            rate_per_mille: all(),
            method: None,
            path: None,
            idempotency_key: None,
            metadata: BTreeMap::new(),
            account: None,
        }
    }

    /// Whether a call fits.
    pub(super) fn fits(&self, call: &Target<'_>) -> bool {
        let method = self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(call.method));
        let path = self.path.as_ref().is_none_or(|wanted| leads_to(wanted, call.path));
        let begins =
            |prefix: &String| call.idempotency_key.is_some_and(|key| key.starts_with(prefix.as_str()));
        let key = self.idempotency_key.as_ref().is_none_or(begins);
        let account = self.account.as_deref().is_none_or(|wanted| call.account == Some(wanted));
        method && path && key && account && self.fits_metadata(call.body)
    }

    fn fits_metadata(&self, body: &[u8]) -> bool {
        if self.metadata.is_empty() {
            return true;
        }
        let sent = Form::decode(body).map("metadata");
        self.metadata.iter().all(|(name, value)| sent.get(name) == Some(value))
    }
}

/// Whether a path fits what a rule says of it.
fn leads_to(wanted: &str, path: &str) -> bool {
    let whole = wanted.strip_suffix('$');
    if whole.is_none() && !wanted.contains('*') {
        return path.starts_with(wanted);
    }
    let mut parts = path.split('/');
    let fits =
        |part: &str| parts.next().is_some_and(|real| part == real || (part == "*" && !real.is_empty()));
    whole.unwrap_or(wanted).split('/').all(fits) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_beginning_or_a_pattern() {
        for (wanted, path, fits) in [
            ("/v1/payment_intents", "/v1/payment_intents", true),
            ("/v1/payment_intents", "/v1/payment_intents/pi_1/capture", true),
            ("/v1/payment_intents", "/v1/refunds", false),
            ("/v1/payment_intents$", "/v1/payment_intents", true),
            ("/v1/payment_intents$", "/v1/payment_intents/pi_1", false),
            ("/v1/payment_intents/*", "/v1/payment_intents/pi_1", true),
            ("/v1/payment_intents/*", "/v1/payment_intents/", false),
            ("/v1/payment_intents/*", "/v1/payment_intents", false),
            ("/v1/payment_intents/*", "/v1/payment_intents/pi_1/capture", false),
            ("/v1/payment_intents/*/capture", "/v1/payment_intents/pi_1/capture", true),
            ("/v1/payment_intents/*/capture", "/v1/payment_intents/pi_1/confirm", false),
            ("/v1/*/*/cancel", "/v1/setup_intents/seti_1/cancel", true),
        ] {
            assert_eq!(leads_to(wanted, path), fits, "{wanted} {path}");
        }
    }

    #[test]
    fn a_call_has_to_fit_all_that_a_rule_names() {
        let call = Target {
            method: "POST",
            path: "/v1/refunds",
            idempotency_key: Some("order-8"),
            account: Some("acct_1"),
            body: b"amount=5&metadata[order]=8&metadata[more]=x",
        };
        let named = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let rule = || FaultRule::every_call(Fault::LoseAnswer);
        for (rule, fits) in [
            (rule(), true),
            (FaultRule { method: Some("post".into()), ..rule() }, true),
            (FaultRule { method: Some("GET".into()), ..rule() }, false),
            (FaultRule { idempotency_key: Some("order-".into()), ..rule() }, true),
            (FaultRule { idempotency_key: Some("other-".into()), ..rule() }, false),
            (FaultRule { metadata: named("order", "8"), ..rule() }, true),
            (FaultRule { metadata: named("order", "9"), ..rule() }, false),
            (FaultRule { metadata: named("shop", "8"), ..rule() }, false),
            (FaultRule { account: Some("acct_1".into()), ..rule() }, true),
            (FaultRule { account: Some("acct_2".into()), ..rule() }, false),
        ] {
            assert_eq!(rule.fits(&call), fits, "{rule:?}");
        }
    }
}
