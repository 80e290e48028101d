//! The counters of a job's run.

use std::collections::BTreeMap;

use causeway::refusal::Refusal;

/// The counters of a job's run, by the name of the counted action.
#[derive(Debug, Default)]
pub struct Counts(pub BTreeMap<String, u64>);

impl Counts {
    pub(crate) fn add(&mut self, name: &str, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let entry = self.0.entry(name.to_owned()).or_default();
        *entry = entry.saturating_add(count);
    }

    /// Counts one item of a run. A failed item is logged and counted, and does not stop the run.
    pub(crate) fn one(&mut self, name: &str, about: &str, result: Result<bool, Refusal>) {
        match result {
            Ok(true) => self.add(name, 1),
            Ok(false) => {}
            Err(refusal) => {
                tracing::warn!(job = name, about, "not done, and tried again by the next run: {refusal}");
                self.add("failed", 1);
            }
        }
    }
}
