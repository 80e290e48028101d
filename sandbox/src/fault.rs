//! What can go wrong on the way, as an enum, and the rules by which it is made to go wrong.

use std::collections::VecDeque;
use std::time::Duration;

/// Something that goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset before anything happens.
    RefuseBefore,
    /// The call takes effect, and the connection is reset before the answer.
    LoseAnswer,
    /// The call takes effect, and the connection ends in the middle of the answer's body.
    CutBody,
    /// 429 with `Stripe-Rate-Limited-Reason`. Nothing happens.
    RateLimited,
    /// 429 without that header, for an object that is locked. Nothing happens.
    LockTimeout,
    /// 409, as if another call with the same key were under way. Nothing happens.
    KeyInUse,
    /// 500, which is kept under the idempotency key.
    ServerError {
        /// Whether the call took effect all the same.
        effect: bool,
    },
    /// 502, not kept. Nothing happens.
    BadGateway,
    /// 503, not kept. Nothing happens.
    Unavailable,
    /// 504, not kept. Nothing happens.
    GatewayTimeout,
    /// A wait, and then the effect. A caller who hangs up while waiting has caused nothing.
    SlowBefore(Duration),
    /// The effect at once, and the answer after a wait. The effect stands if the caller hangs up.
    SlowAfter(Duration),
    /// The effect, and an answer that says it is JSON and is not.
    BrokenJson,
    /// The effect, and a page of HTML as the answer.
    Html,
    /// The effect, and an answer whose JSON ends early, although its length is announced correctly.
    Truncated,
    /// 503 with `Stripe-Should-Retry`. Nothing happens.
    ShouldRetry(bool),
}

/// A fault, and the calls it hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    /// What goes wrong.
    pub fault: Fault,
    /// With how many calls.
    pub times: u32,
    /// Only with calls of this method.
    pub method: Option<String>,
    /// Only with calls whose path begins like this.
    pub path_prefix: Option<String>,
}

impl FaultRule {
    /// A rule that hits the next call, whatever it is.
    pub fn next_call(fault: Fault) -> Self {
        Self { fault, times: 1, method: None, path_prefix: None }
    }

    fn hits(&self, method: &str, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path_prefix.as_ref().is_none_or(|prefix| path.starts_with(prefix))
    }
}

/// The rules that are armed, in the order in which they were armed.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: VecDeque<FaultRule>,
}

impl Faults {
    pub(crate) fn arm(&mut self, rule: FaultRule) {
        self.armed.push_back(rule);
    }

    pub(crate) fn disarm(&mut self) {
        self.armed.clear();
    }

    /// The fault that hits this call. Each call is hit by the oldest rule that fits, and by one only.
    pub(crate) fn strike(&mut self, method: &str, path: &str) -> Option<Fault> {
        self.armed.retain(|rule| rule.times > 0);
        let rule = self.armed.iter_mut().find(|rule| rule.hits(method, path))?;
        rule.times = rule.times.saturating_sub(1);
        Some(rule.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_hits_the_calls_it_names_and_then_no_more() {
        let mut faults = Faults::default();
        faults.arm(FaultRule {
            fault: Fault::RateLimited,
            times: 2,
            method: Some("POST".into()),
            path_prefix: Some("/v1/payment_intents".into()),
        });
        faults.arm(FaultRule::next_call(Fault::Html));
        assert_eq!(faults.strike("POST", "/v1/payment_intents"), Some(Fault::RateLimited));
        assert_eq!(faults.strike("GET", "/v1/payment_intents"), Some(Fault::Html));
        assert_eq!(faults.strike("GET", "/v1/payment_intents"), None);
        assert_eq!(faults.strike("POST", "/v1/refunds"), None);
        assert_eq!(faults.strike("POST", "/v1/payment_intents/pi_1/capture"), Some(Fault::RateLimited));
        assert_eq!(faults.strike("POST", "/v1/payment_intents"), None);
    }
}
