//! A fault rule: a fault, and the conditions for the calls that the fault hits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::form::Form;

/// A fault, and the conditions for a call. A call has to meet every condition of the rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The fault that hits the call.
    pub fault: Fault,
    /// The number of calls to hit; `None` is no limit. In JSON the default is one, and `null` is no limit.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// The number of hits per thousand matching calls, drawn from the sandbox's seeded sequence. A value of
    /// 1000 or more hits every matching call.
    #[serde(default = "all")]
    pub rate_per_mille: u32,
    /// The HTTP method of the call, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path of the call: a prefix, or the whole path if the text contains a `*`, which stands for one
    /// segment, or ends with a `$`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A prefix of the call's idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// The metadata that the call has to send; more metadata is allowed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The account of the call, `acct_…`; a key that opens the account is accepted as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// The default of `times`: one call.
fn once() -> Option<u32> {
    Some(1)
}

/// The default of `rate_per_mille`: every matching call.
fn all() -> u32 {
    1000
}

/// The parts of a call that rules examine.
#[derive(Debug)]
pub(super) struct Target<'a> {
    /// The HTTP method of the call.
    pub(super) method: &'a str,
    /// The path, without the query.
    pub(super) path: &'a str,
    /// The idempotency key of the call, if any.
    pub(super) idempotency_key: Option<&'a str>,
    /// The account that the call's key opens.
    pub(super) account: Option<&'a str>,
    /// The form-encoded body of the call.
    pub(super) body: &'a [u8],
}

impl FaultRule {
    /// A rule that hits the next call of any kind.
    pub fn next_call(fault: Fault) -> Self {
        Self { times: once(), ..Self::every_call(fault) }
    }

    /// A rule that hits every call until the rule is disarmed.
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

    /// Whether a call meets every condition.
    pub(super) fn fits(&self, call: &Target<'_>) -> bool {
        let method = self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(call.method));
        let path = self.path.as_ref().is_none_or(|wanted| path_matches(wanted, call.path));
        let has_prefix =
            |prefix: &String| call.idempotency_key.is_some_and(|key| key.starts_with(prefix.as_str()));
        let key = self.idempotency_key.as_ref().is_none_or(has_prefix);
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

/// Whether a path matches the prefix or the pattern of a rule.
fn path_matches(wanted: &str, path: &str) -> bool {
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
    fn a_rule_path_is_a_prefix_or_a_pattern() {
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
            assert_eq!(path_matches(wanted, path), fits, "{wanted} {path}");
        }
    }

    #[test]
    fn a_call_has_to_meet_every_condition_of_a_rule() {
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
