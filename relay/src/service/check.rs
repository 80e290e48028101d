//! A dry run: every rule's verdict. Nothing is written, and nobody is asked.

use causeway::{
    order::{Check, Instrument},
    refusal::Refusal,
    v1,
};

use crate::{
    operation::Desk,
    policy::{self, Case, Finding, Judgement, Rule},
    settings::Tenant,
};

pub(super) async fn of(
    desk: &Desk,
    tenant: &Tenant,
    asked: &Check,
) -> Result<v1::CheckPolicyResponse, Refusal> {
    let now = desk.surroundings.now();
    match asked {
        Check::Tokenize(order) => {
            let known = desk.known(tenant, &order.customer.id).await?;
            // Somebody else's is not there, and a deleted one is not kept by giving it again.
            if let Instrument::PaymentMethod(id) = &order.instrument {
                desk.kept_as(tenant, id, Some(&order.customer.id)).await?;
            }
            Ok(answer(&Case::of_tokenize(tenant, order, &known, now)?))
        }
        Check::Other { operation, order } => {
            let payer = desk.payer(tenant, order).await?;
            let payer = (payer.known.as_slice(), payer.kept());
            Ok(answer(&Case::of_authorize(tenant, operation, order, payer, now)?))
        }
    }
}

fn answer(case: &Case<'_>) -> v1::CheckPolicyResponse {
    let verdicts: Vec<_> = policy::findings(case).map(|(rule, finding)| verdict(rule, finding)).collect();
    let broken = |verdict: &v1::Verdict| verdict.judgement() == v1::Judgement::Broken;
    v1::CheckPolicyResponse {
        admitted: !verdicts.iter().any(broken),
        verdicts,
        payment_system: case.system.map(|system| system.name.clone()).unwrap_or_default(),
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
