//! Every refusal has a page, and every page a refusal; the tables made from code are up to date.

use std::{collections::BTreeSet, path::Path};

use causeway::{request::Job, v1::EventKind};
use causeway_domain::{
    payment::AlarmKind,
    policy::{RULES, Rule},
};
use causeway_relay::settings::Settings;
use causeway_sandbox::{Control, Fault, FaultKind, controls};
use causeway_stripe::events::types::{TYPES, Type};

use crate::{stage::settings, tidy};

const PAGES: &str = include_str!("../../docs/refusals.md");
const REFUSALS: &str = include_str!("../../proto/refusal/meaning.rs");

/// A row of `facts` in the code, or a rule of the relay's policy: reason, rule, the party that can fix the
/// cause, and the name of the payer's sentence.
struct Row {
    reason: &'static str,
    rule: &'static str,
    fix: String,
    sentence: &'static str,
}

/// The rules of the policy, which have individual sentences.
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

/// The sentence of a row, as in `payer_message`.
fn sentence(name: &str) -> &'static str {
    let arm =
        REFUSALS.split(&format!("Sentence::{name} =>")).nth(1).unwrap_or_else(|| panic!("{name} has no arm"));
    arm.split('"').nth(1).unwrap()
}

fn reasons() -> BTreeSet<&'static str> {
    rows().iter().map(|row| row.reason).collect()
}

/// The page of a reason gives the same rule, fix and sentence as the code.
#[test]
fn each_refusal_page_has_the_rule_fix_and_message_of_the_code() {
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
fn each_refusal_reason_has_exactly_one_page() {
    let refusals = PAGES.split("\n# ").next().unwrap();
    let pages: Vec<_> = refusals.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let distinct: BTreeSet<_> = pages.iter().copied().collect();
    assert_eq!(pages.len(), distinct.len(), "a page is there twice");
    assert_eq!(distinct, reasons());
    assert!(pages.len() >= 30, "{}", pages.len());
}

#[test]
fn each_refusal_page_advises_billing_operator_and_payer() {
    let refusals = PAGES.split("\n# ").next().unwrap();
    for page in refusals.split("\n## ").skip(1) {
        let name = page.lines().next().unwrap();
        for who in ["- Billing:", "- Operator:", "- Payer:"] {
            assert!(page.contains(who), "{name} does not say {who}");
        }
    }
}

/// The folders and files with the codes of failures in answers.
const FAILURES: [&str; 4] = [
    "relay/domain/src/payment",
    "relay/domain/src/customer",
    "relay/stripe/src/decline.rs",
    "relay/stripe/src/dummy",
];

/// The code of a failure in the journal only: no caller requests a renewal. The alarm with this code
/// has a row in docs/events.md.
const IN_THE_JOURNAL: &str = "RENEWAL_FAILED";

/// The codes in the product code of a file.
fn codes(text: &str) -> BTreeSet<String> {
    let product = text.split("#[cfg(test)]").next().unwrap();
    let quoted = product.split('"').skip(1).step_by(2);
    let is_code = |text: &&str| text.len() > 4 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let codes = quoted.filter(is_code).filter(|code| !code.ends_with('_'));
    codes.map(str::to_owned).collect()
}

/// Failure codes in answers have pages too.
#[test]
fn each_failure_code_has_a_page() {
    let alarms: BTreeSet<_> = AlarmKind::ALL.iter().map(|(_, code, _)| *code).collect();
    let sources = tidy::rust().into_iter();
    let sources = sources.filter(|(file, _)| FAILURES.iter().any(|folder| file.starts_with(folder)));
    let mut found = BTreeSet::new();
    for (file, text) in sources {
        let of_alarms = file.ends_with("event_projection.rs");
        let codes = codes(&text).into_iter();
        found.extend(codes.filter(|code| !of_alarms || !alarms.contains(code.as_str())));
    }
    for known in ["INSUFFICIENT_FUNDS", "CARD_DELETED", "NOT_CAPTURED", "NOT_REFUNDED", "REFUND_CANCELED"] {
        assert!(found.contains(known), "{known} is missing in {found:?}");
    }
    assert!(found.remove(IN_THE_JOURNAL) && alarms.contains(IN_THE_JOURNAL));
    for code in found {
        assert!(PAGES.contains(&format!("\n## {code}\n")), "{code} has no page");
    }
}

/// Compares the table between the marks of a page with the table made from code.
#[track_caller]
fn check_table(page: &str, mark: &str, head: &str, rows: &[String]) {
    let (_, rest) = page.split_once(&format!("<!-- {mark}: made from code -->\n")).unwrap();
    let (table, _) = rest.split_once(&format!("<!-- /{mark} -->")).unwrap();
    let columns = "---|".repeat(head.matches('|').count() - 1);
    let made = format!("{head}\n|{columns}\n{}\n", rows.join("\n"));
    assert!(table == made, "the table of {mark} is not the code's; put this between its marks:\n{made}");
}

/// The sandbox's page has exactly the faults and the paths of the control API.
#[test]
fn the_sandbox_page_lists_each_fault_and_control() {
    let page = include_str!("../../docs/sandbox.md");
    let faults: Vec<_> = Fault::KINDS.iter().map(FaultKind::row).collect();
    let paths: Vec<_> = controls().map(|control| Control::row(&control)).collect();
    check_table(page, "faults", "| kind | fields | what it does |", &faults);
    check_table(page, "controls", "| method | path | what it does |", &paths);
}

/// The page about events has exactly the event types and the alarms; and each event kind, and each
/// job with the interval.
#[test]
fn the_events_page_lists_each_event_type_alarm_and_job() {
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
    for job in Job::ALL.iter().copied() {
        let seconds = usual.engine.jobs.interval(job).unwrap().as_secs();
        let row = format!("\n| `{}` | {seconds} | ", job.as_str());
        assert!(page.contains(&row), "there is no row with {row}");
    }
}
