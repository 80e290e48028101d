//! Every refusal has its page, and every page its refusal; and what is made from code stands as it was made.

use std::{collections::BTreeSet, path::Path};

use causeway::{order::Job, v1::EventKind};
use causeway_domain::{
    payment::AlarmKind,
    policy::{RULES, Rule},
};
use causeway_relay::settings::Settings;
use causeway_sandbox::{Control, Fault, FaultKind, controls};
use causeway_stripe::events::types::{TYPES, Type};

use crate::stage::settings;

const PAGES: &str = include_str!("../../docs/refusals.md");
const REFUSALS: &str = include_str!("../../proto/refusal/meaning.rs");

/// A row of `facts` in the code, or a rule of the relay's policy: reason, rule, who can
/// fix it, which sentence.
struct Row {
    reason: &'static str,
    rule: &'static str,
    fix: String,
    sentence: &'static str,
}

/// The rules, whose sentences are their own.
fn rules() -> Vec<Row> {
    let row = |rule: &Rule| Row {
        reason: rule.reason,
        rule: rule.id,
        fix: rule.fix.as_str().to_owned(),
        sentence: "Said",
    };
    RULES.iter().map(row).collect()
}

fn rows() -> Vec<Row> {
    let facts = REFUSALS.split("fn facts(").nth(1).unwrap().split("Facts {").nth(1).unwrap();
    let refusals = facts.split("(\"").skip(1).map(|row| {
        let row = row.split(')').next().unwrap();
        let mut parts = row.split(',').map(|part| part.trim().trim_matches('"'));
        let mut next = || parts.next().unwrap();
        Row { reason: next(), rule: next(), fix: next().to_lowercase(), sentence: next() }
    });
    refusals.chain(rules()).collect()
}

/// The sentence of a row, as `payer_message` has it.
fn sentence(name: &str) -> &'static str {
    let arm =
        REFUSALS.split(&format!("Sentence::{name} =>")).nth(1).unwrap_or_else(|| panic!("{name} has no arm"));
    arm.split('"').nth(1).unwrap()
}

fn reasons() -> BTreeSet<&'static str> {
    rows().iter().map(|row| row.reason).collect()
}

/// What a page says of a reason is what the code says.
#[test]
fn every_page_tells_rule_fix_and_sentence_as_the_code_does() {
    for row in rows() {
        let page = PAGES.split(&format!("\n## {}\n", row.reason)).nth(1).unwrap();
        let page = page.split("\n## ").next().unwrap();
        let flat = page.replace('\n', " ");
        assert!(flat.contains(&format!("rule `{}`", row.rule)), "{}: {}", row.reason, row.rule);
        assert!(flat.contains(&format!("fix `{}`", row.fix)), "{}: {}", row.reason, row.fix);
        if row.sentence != "Said" {
            assert!(flat.contains(sentence(row.sentence)), "{}: {}", row.reason, row.sentence);
        }
    }
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
        include_str!("../../relay/stripe/src/decline.rs"),
        include_str!("../../relay/domain/src/payment/observe.rs"),
        include_str!("../../relay/domain/src/payment/failure.rs"),
        include_str!("../../relay/domain/src/customer/observe.rs"),
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

/// What stands between the marks on a page is made from code.
#[track_caller]
fn check_table(page: &str, mark: &str, head: &str, rows: &[String]) {
    let (_, rest) = page.split_once(&format!("<!-- {mark}: made from code -->\n")).unwrap();
    let (table, _) = rest.split_once(&format!("<!-- /{mark} -->")).unwrap();
    let columns = "---|".repeat(head.matches('|').count() - 1);
    let made = format!("{head}\n|{columns}\n{}\n", rows.join("\n"));
    assert!(table == made, "the table of {mark} is not the code's; put this between its marks:\n{made}");
}

/// The sandbox's page has every fault and every path of its control API, and no others.
#[test]
fn the_sandboxs_page_has_every_fault_and_every_control() {
    let page = include_str!("../../docs/sandbox.md");
    let faults: Vec<_> = Fault::KINDS.iter().map(FaultKind::row).collect();
    let paths: Vec<_> = controls().map(|control| Control::row(&control)).collect();
    check_table(page, "faults", "| kind | fields | what it does |", &faults);
    check_table(page, "controls", "| method | path | what it does |", &paths);
}

/// The page about events has every type and every alarm, and no others; and every kind
/// and every job with its interval.
#[test]
fn the_page_about_events_has_what_the_code_has() {
    let page = include_str!("../../docs/events.md");
    let types: Vec<_> = TYPES.iter().map(Type::row).collect();
    let alarms: Vec<_> =
        AlarmKind::ALL.iter().map(|(_, name, says)| format!("| `{name}` | {says} |")).collect();
    check_table(page, "types", "| type | about | what it leads to |", &types);
    check_table(page, "alarms", "| code | what is the matter |", &alarms);

    let kinds = (1..100).filter_map(|number| EventKind::try_from(number).ok());
    let kinds: Vec<_> =
        kinds.map(|kind| kind.as_str_name().trim_start_matches("EVENT_KIND_").to_owned()).collect();
    assert!(kinds.len() > 20, "{kinds:?}");
    for kind in kinds {
        assert!(page.contains(&format!("\n| `{kind}` | ")), "{kind} has no row");
    }
    let usual = settings::relay(Path::new("relay.db"), "http://127.0.0.1:1");
    let lines = usual.lines().filter(|line| !line.contains("_seconds = 0"));
    let usual = Settings::from_toml(&lines.collect::<Vec<_>>().join("\n")).unwrap();
    for job in Job::ALL {
        let seconds = usual.engine.jobs.interval(job).unwrap().as_secs();
        let row = format!("\n| `{}` | {seconds} | ", job.as_str());
        assert!(page.contains(&row), "there is no row with {row}");
    }
}
