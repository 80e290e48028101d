//! Every refusal has its page, and every page its refusal.

use std::collections::BTreeSet;

const PAGES: &str = include_str!("../../docs/refusals.md");
const REFUSALS: &str = include_str!("../../proto/refusal.rs");

/// The reasons as the code has them: the first text of each row of `facts`.
fn reasons() -> BTreeSet<&'static str> {
    let facts = REFUSALS.split("fn facts(").nth(1).unwrap().split("Facts {").nth(1).unwrap();
    facts
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect()
}

#[test]
fn every_reason_has_a_page_and_every_page_a_reason() {
    let refusals = PAGES.split("\n# ").next().unwrap();
    let pages: Vec<_> = refusals.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let distinct: BTreeSet<_> = pages.iter().copied().collect();
    assert_eq!(pages.len(), distinct.len(), "a page is there twice");
    assert_eq!(distinct, reasons());
    assert!(pages.len() >= 30, "{}", pages.len());
}

#[test]
fn every_page_says_what_billing_and_the_operator_do() {
    let refusals = PAGES.split("\n# ").next().unwrap();
    for page in refusals.split("\n## ").skip(1) {
        let name = page.lines().next().unwrap();
        for who in ["- Billing:", "- Operator:", "- Payer:"] {
            assert!(page.contains(who), "{name} does not say {who}");
        }
    }
}

/// The failure codes that answers carry have their pages too.
#[test]
fn every_failure_code_has_a_page() {
    let code = concat!(
        include_str!("../../relay/src/stripe/decline.rs"),
        include_str!("../../relay/src/payment/observe.rs"),
        include_str!("../../relay/src/payment/failure.rs"),
    );
    let told = code.split("#[cfg(test)]").next().unwrap();
    let codes: BTreeSet<_> = told
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.len() > 4 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .filter(|text| *text != "PAYMENT_STATUS_")
        .collect();
    assert!(codes.len() > 20, "{codes:?}");
    for code in codes {
        assert!(PAGES.contains(&format!("\n## {code}\n")), "{code} has no page");
    }
}
