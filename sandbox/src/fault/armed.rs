//! The armed rules, and the number of hits of each rule.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::fault::{Fault, FaultRule, Target};
use crate::ids::Ids;

/// The constant that separates the draws from the ids, which start from the same seed.
const DRAW_SEED: u64 = 0x6661_756c_7473_0000;

/// A fault rule that is armed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArmedRule {
    /// The number of the rule, counted from one.
    pub id: u64,
    /// The rule as the caller armed the rule.
    pub rule: FaultRule,
    /// The number of calls that the rule has hit.
    pub hits: u32,
}

/// The armed rules, in the order of arming.
#[derive(Debug)]
pub(crate) struct Faults {
    armed: Vec<ArmedRule>,
    /// The number of rules armed so far.
    last_id: u64,
    /// The hits of each kind of fault, including hits by disarmed rules.
    hits: BTreeMap<&'static str, u64>,
    /// The source of the random draws.
    draws: Ids,
}

impl Faults {
    /// An empty set of rules; the same seed gives the same draws.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { armed: vec![], last_id: 0, hits: BTreeMap::new(), draws: Ids::seeded(seed ^ DRAW_SEED) }
    }

    /// Arms a rule, and returns the rule with the number.
    pub(crate) fn arm(&mut self, rule: FaultRule) -> ArmedRule {
        self.last_id = self.last_id.saturating_add(1);
        let armed = ArmedRule { id: self.last_id, rule, hits: 0 };
        self.armed.push(armed.clone());
        armed
    }

    /// Disarms all rules, and returns the number of disarmed rules.
    pub(crate) fn disarm(&mut self) -> usize {
        std::mem::take(&mut self.armed).len()
    }

    /// Disarms one rule, and returns whether the rule was armed.
    pub(crate) fn disarm_one(&mut self, id: u64) -> bool {
        let before = self.armed.len();
        self.armed.retain(|armed| armed.id != id);
        self.armed.len() < before
    }

    /// The rules that can still hit a call.
    pub(crate) fn armed(&self) -> &[ArmedRule] {
        &self.armed
    }

    /// The number of hits of each kind of fault so far.
    pub(crate) fn hits(&self) -> &BTreeMap<&'static str, u64> {
        &self.hits
    }

    /// The fault that hits this call. At most one rule hits: the oldest rule that matches and is drawn.
    pub(super) fn select_fault(&mut self, call: &Target<'_>) -> Option<Fault> {
        let draws = &mut self.draws;
        let position =
            self.armed.iter().position(|armed| armed.rule.fits(call) && drawn(&armed.rule, draws))?;
        let armed = self.armed.get_mut(position)?;
        armed.hits = armed.hits.saturating_add(1);
        let fault = armed.rule.fault;
        if armed.rule.times.is_some_and(|times| armed.hits >= times) {
            self.armed.remove(position);
        }
        let hits = self.hits.entry(fault.name()).or_default();
        *hits = hits.saturating_add(1);
        Some(fault)
    }
}

/// Whether a matching rule is drawn. A rule that hits every call makes no draw.
fn drawn(rule: &FaultRule, draws: &mut Ids) -> bool {
    rule.times != Some(0)
        && (rule.rate_per_mille >= 1000
            || draws.digits(3).parse().is_ok_and(|drawn: u32| drawn < rule.rate_per_mille))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(faults: &mut Faults, method: &str, path: &str) -> Option<Fault> {
        faults.select_fault(&Target { method, path, idempotency_key: None, account: None, body: b"" })
    }

    #[test]
    fn a_rule_hits_matching_calls_up_to_the_limit() {
        let mut faults = Faults::seeded(7);
        faults.arm(FaultRule {
            times: Some(2),
            method: Some("POST".into()),
            path: Some("/v1/payment_intents".into()),
            ..FaultRule::every_call(Fault::LockTimeout)
        });
        faults.arm(FaultRule::next_call(Fault::Html));
        let mut hit = |method, path| select(&mut faults, method, path);
        assert_eq!(hit("POST", "/v1/payment_intents"), Some(Fault::LockTimeout));
        assert_eq!(hit("GET", "/v1/payment_intents"), Some(Fault::Html));
        assert_eq!(hit("GET", "/v1/payment_intents"), None);
        assert_eq!(hit("POST", "/v1/refunds"), None);
        assert_eq!(hit("POST", "/v1/payment_intents/pi_1/capture"), Some(Fault::LockTimeout));
        assert_eq!(hit("POST", "/v1/payment_intents"), None);
        assert_eq!(faults.armed(), []);
        assert_eq!(faults.hits(), &BTreeMap::from([("html", 1), ("lock_timeout", 2)]));
    }

    #[test]
    fn equal_seeds_give_equal_draws() {
        let run = |seed| {
            let mut faults = Faults::seeded(seed);
            faults.arm(FaultRule { rate_per_mille: 30, ..FaultRule::every_call(Fault::LoseAnswer) });
            faults.arm(FaultRule { rate_per_mille: 500, ..FaultRule::every_call(Fault::Html) });
            let hits: Vec<_> = (0..10_000).map(|_| select(&mut faults, "GET", "/v1/x")).collect();
            let of = |fault| hits.iter().filter(|hit| **hit == Some(fault)).count();
            (of(Fault::LoseAnswer), of(Fault::Html), hits)
        };
        let (lost, html, hits) = run(7);
        assert!((250..350).contains(&lost) && (4_700..5_000).contains(&html), "{lost} {html}");
        assert_eq!(run(7).2, hits);
        assert_ne!(run(8).2, hits);
    }

    #[test]
    fn an_unlimited_rule_hits_until_disarmed() {
        let mut faults = Faults::seeded(7);
        let first = faults.arm(FaultRule::every_call(Fault::Html));
        faults.arm(FaultRule::every_call(Fault::BadGateway));
        for _ in 0..50 {
            assert_eq!(select(&mut faults, "GET", "/"), Some(Fault::Html));
        }
        assert_eq!(faults.armed().iter().map(|armed| armed.hits).collect::<Vec<_>>(), [50, 0]);
        assert!(faults.disarm_one(first.id) && !faults.disarm_one(first.id));
        assert_eq!(select(&mut faults, "GET", "/"), Some(Fault::BadGateway));
        assert_eq!((faults.disarm(), select(&mut faults, "GET", "/")), (1, None));
    }
}
