//! The verdicts of a policy check, for people.

use causeway::v1;

use super::{Rows, line, table};
use crate::names;

/// The answer to CheckPolicy: all rules, and below them the details of each broken rule.
pub(crate) fn checked(response: &v1::CheckPolicyResponse) -> String {
    let payment_system =
        if response.payment_system.is_empty() { "none" } else { response.payment_system.as_str() };
    let head = Rows::default()
        .row("admitted", if response.admitted { "yes" } else { "no" })
        .row("payment system", payment_system)
        .to_text();
    // The configured value may be long, so the column stands last.
    let mut lines = vec![line(&["VERDICT", "RULE", "ACTUAL", "CONFIGURED"])];
    lines.extend(response.verdicts.iter().map(verdict));
    let broken = response.verdicts.iter().filter(|verdict| verdict.judgement() == v1::Judgement::Broken);
    let broken: String = broken.map(|verdict| format!("\n{}", verdict_line(verdict))).collect();
    format!("{head}\n{}{broken}", table(&lines))
}

fn verdict(verdict: &v1::Verdict) -> Vec<String> {
    let judgement = match verdict.judgement() {
        // A broken rule has to be visible at a glance, so the word is in capitals.
        v1::Judgement::Broken => "BROKEN".to_owned(),
        v1::Judgement::Kept
        | v1::Judgement::NotApplicable
        | v1::Judgement::Undecided
        | v1::Judgement::Unspecified => names::judgement(verdict.judgement),
    };
    vec![judgement, verdict.rule.clone(), verdict.actual.clone(), verdict.configured.clone()]
}

fn verdict_line(verdict: &v1::Verdict) -> String {
    Rows::default()
        .row("broken", &verdict.rule)
        .row("reason", &verdict.reason)
        .row("because", &verdict.message)
        .row("the payer", &verdict.payer_message)
        .row("up to", &verdict.fix)
        .to_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_in_the_table_and_broken_rules_have_details() {
        let verdict = |rule: &str, judgement: v1::Judgement, configured: &str| v1::Verdict {
            rule: rule.to_owned(),
            judgement: judgement.into(),
            configured: configured.to_owned(),
            reason: "R".to_owned(),
            fix: "payer".to_owned(),
            ..Default::default()
        };
        let broken = v1::Verdict {
            actual: "0.49 USD".to_owned(),
            message: "it is too little".to_owned(),
            payer_message: "Pay more".to_owned(),
            ..verdict("amount.minimum", v1::Judgement::Broken, "0.50 USD")
        };
        let verdicts = vec![
            verdict("tenant.active", v1::Judgement::Kept, "active"),
            broken,
            verdict("card.cvc", v1::Judgement::NotApplicable, ""),
        ];
        let response = v1::CheckPolicyResponse { admitted: false, verdicts, payment_system: String::new() };
        assert_eq!(
            checked(&response),
            "\
admitted        no
payment system  none

VERDICT         RULE            ACTUAL    CONFIGURED
kept            tenant.active             active
BROKEN          amount.minimum  0.49 USD  0.50 USD
not applicable  card.cvc

broken     amount.minimum
reason     R
because    it is too little
the payer  Pay more
up to      payer
"
        );
    }
}
