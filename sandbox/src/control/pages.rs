//! Pages of a log, newest first. Entries are numbered from one.

use serde_json::{Value, json};

use crate::bounded_log::{BoundedLog, LogEntry};
use crate::control::ControlResult;
use crate::control::request::Query;

/// The page of a log that the parameters `before` and `limit` select, as JSON with a list
/// of entries named `name`.
pub(super) fn page<T: LogEntry>(
    log: &BoundedLog<T>,
    query: &Query,
    name: &str,
    show: fn(usize, &T) -> Value,
) -> ControlResult {
    let (before, limit) = (query.number("before")?.unwrap_or(usize::MAX), query.limit()?);
    let page = log.before(before.saturating_sub(1), limit);
    let last = page.last().map(|(number, _)| *number);
    let more = last.is_some_and(|last| !log.before(last, 1).is_empty());
    let entries = page.iter().map(|(number, entry)| show(number.saturating_add(1), entry));
    Ok(json!({
        "made": log.total(),
        "kept": log.len(),
        name: entries.collect::<Vec<_>>(),
        "next_before": last.filter(|_| more).map(|last| last.saturating_add(1)),
    }))
}
