//! Converts a policy check to the contract's messages.

use causeway::{refusal::Refusal, v1};
use causeway_domain::policy::{Finding, Judgement, Rule};
use causeway_engine::queries::PolicyCheck;

pub(super) fn of(check: PolicyCheck) -> v1::CheckPolicyResponse {
    let verdicts: Vec<_> = check.findings.into_iter().map(|(rule, finding)| verdict(rule, finding)).collect();
    let broken = |verdict: &v1::Verdict| verdict.judgement() == v1::Judgement::Broken;
    v1::CheckPolicyResponse {
        admitted: !verdicts.iter().any(broken),
        verdicts,
        payment_system: check.payment_system,
    }
}

fn verdict(rule: &Rule, finding: Finding) -> v1::Verdict {
    let judgement = match &finding.judgement {
        Judgement::Kept => v1::Judgement::Kept,
        Judgement::NotApplicable => v1::Judgement::NotApplicable,
        Judgement::Undecided => v1::Judgement::Undecided,
        Judgement::Broken { .. } | Judgement::Refused(_) => v1::Judgement::Broken,
    };
    let (configured, actual) = (finding.configured.clone(), finding.actual.clone());
    let refusal = rule.refusal(finding);
    v1::Verdict {
        rule: rule.id.to_owned(),
        judgement: judgement.into(),
        reason: refusal.as_ref().map_or(rule.reason, Refusal::reason).to_owned(),
        fix: rule.fix.as_str().to_owned(),
        configured: configured.unwrap_or_default(),
        actual: actual.unwrap_or_default(),
        message: refusal.as_ref().map(ToString::to_string).unwrap_or_default(),
        payer_message: refusal.as_ref().map(Refusal::payer_message).unwrap_or_default(),
        stripe_contacted: false,
    }
}
