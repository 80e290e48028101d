//! The page about failures: each failure stands on the page once, and each named test exists.

use std::{collections::HashMap, path::Path};

const PAGE: &str = include_str!("../../docs/failures.md");

/// A row of docs/failures.md.
struct Row {
    name: &'static str,
    consequence: &'static str,
    shown_by: &'static str,
}

fn rows(kind: &str) -> Vec<Row> {
    let row = |line: &'static str| {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, _, consequence, shown_by] = cells[..] else { panic!("four columns: {line}") };
        Row { name, consequence, shown_by }
    };
    PAGE.lines().filter(|line| line.starts_with(&format!("| {kind}"))).map(row).collect()
}

/// Whether a source has a test of this name: a function right below an attribute that marks a test.
fn has_test(source: &str, name: &str) -> bool {
    let attributes = ["#[test]", "#[tokio::test]", "#[tokio::test("];
    let mut tests = false;
    source.lines().map(str::trim).any(|line| {
        let marked = attributes.iter().any(|attribute| line.starts_with(attribute));
        let function = line.trim_start_matches("async ").strip_prefix("fn ");
        let named =
            function.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with('('));
        let found = tests && named;
        tests = marked || (tests && function.is_none());
        found
    })
}

#[test]
fn each_failure_has_one_row_in_order() {
    for (kind, most) in [("F", 78), ("S", 12)] {
        let names: Vec<_> = rows(kind).iter().map(|row| row.name).collect();
        let all: Vec<_> = (1..=most).map(|number| format!("{kind}{number:02}")).collect();
        assert_eq!(names, all);
    }
}

#[test]
fn each_failure_names_existing_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = HashMap::new();
    let mut wrong = vec![];
    for row in rows("F").into_iter().chain(rows("S")) {
        assert!(row.consequence.len() > 20, "{} says nothing of what comes of it", row.name);
        let named: Vec<_> = row.shown_by.split(", ").collect();
        for test in named {
            let quoted = test.strip_prefix('`').and_then(|test| test.strip_suffix('`'));
            let Some((file, name)) = quoted.and_then(|quoted| quoted.split_once("::")) else {
                wrong.push(format!("{}: {test} is no `file::name`", row.name));
                continue;
            };
            let source = sources
                .entry(file)
                .or_insert_with(|| std::fs::read_to_string(root.join(file)).unwrap_or_default());
            if !has_test(source, name) {
                wrong.push(format!("{}: {file} has no test {name}", row.name));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// A function without a test attribute does not count as a test.
#[test]
fn a_function_without_the_test_attribute_does_not_count() {
    let source = "#[test]\n#[cfg(unix)]\nfn one() {}\n\nfn two() {}\n\n#[tokio::test(flavor = \"x\")]\n\
                  async fn three() {}\n// #[test]\nfn four() {}\n#[test]\nfn five_and_more() {}\n";
    let found =
        ["one", "two", "three", "four", "five", "five_and_more", ""].map(|name| has_test(source, name));
    assert_eq!(found, [true, false, true, false, false, true, false]);
}
