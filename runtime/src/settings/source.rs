//! The two sources of settings: the text of the file, and the environment that is laid over it.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::Shared;

/// Only the line number is reported: the parser's own error shows the line, which may contain a
/// secret.
pub(super) fn parse(text: &str) -> Result<Table, String> {
    text.parse::<Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        format!("line {line} is not TOML: {}", error.message().lines().next().unwrap_or_default())
    })
}

/// Names are case-insensitive; of two names that differ only in case, one would hide the other, so
/// both are reported.
pub(super) fn lower_case(table: &mut Table, path: &str, mistakes: &Shared) {
    let entries: Vec<_> = std::mem::take(table).into_iter().collect();
    for (name, mut value) in entries {
        let lower = name.to_lowercase();
        let there = if path.is_empty() { lower.clone() } else { format!("{path}.{lower}") };
        if let Value::Table(inner) = &mut value {
            lower_case(inner, &there, mistakes);
        }
        if table.insert(lower, value).is_some() {
            let mistake =
                format!("{there}: it is there twice, in upper and lower case, which is the same; keep one");
            mistakes.borrow_mut().push(mistake);
        }
    }
}

/// Puts the environment over the file, and returns the full paths of the settings from the environment.
pub(super) fn overlay(
    table: &mut Table,
    prefix: &str,
    environment: impl IntoIterator<Item = (String, String)>,
    mistakes: &Shared,
) -> BTreeSet<String> {
    let mut overlaid = BTreeSet::new();
    for (name, value) in environment {
        let Some(path) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')) else {
            continue;
        };
        let path: Vec<_> = path.split("__").map(str::to_lowercase).collect();
        overlaid.insert(path.join("."));
        if !set(table, &path, value) {
            mistakes
                .borrow_mut()
                .push(format!("the environment's {name} is inside a setting that is not a table"));
        }
    }
    overlaid
}

fn set(table: &mut Table, path: &[String], value: String) -> bool {
    match path {
        [] => false,
        [last] => {
            // A secret from the environment replaces the secret's file from the settings, and vice
            // versa.
            let other = last.strip_suffix("_file").map_or_else(|| format!("{last}_file"), str::to_owned);
            table.remove(&other);
            table.insert(last.clone(), Value::String(value));
            true
        }
        [first, rest @ ..] => {
            let inner = table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new()));
            inner.as_table_mut().is_some_and(|inner| set(inner, rest, value))
        }
    }
}
