//! Pages of a log, newest first.

use serde_json::{Value, json};

use crate::control::Told;
use crate::control::ask::Query;

/// A log of which the newest entries are kept.
pub(super) struct Log<T> {
    /// How many entries there were.
    pub(super) made: usize,
    /// Those that are kept, oldest first.
    pub(super) kept: Vec<T>,
}

impl<T> Log<T> {
    /// The page that a query asks for with `before` and `limit`, under a name.
    pub(super) fn page(&self, query: &Query, name: &str, show: fn(usize, &T) -> Value) -> Told {
        let (before, limit) = (query.number("before")?.unwrap_or(usize::MAX), query.limit()?);
        let first = self.made.saturating_sub(self.kept.len()).saturating_add(1);
        let older: Vec<(usize, &T)> =
            (first..).zip(&self.kept).take_while(|(number, _)| *number < before).collect();
        let page: Vec<&(usize, &T)> = older.iter().rev().take(limit).collect();
        let last = page.last().map_or(before, |(number, _)| *number);
        Ok(json!({
            "made": self.made,
            "kept": self.kept.len(),
            name: page.iter().map(|(number, entry)| show(*number, entry)).collect::<Vec<_>>(),
            "next_before": (page.len() < older.len()).then_some(last),
        }))
    }
}
