//! Checks, their faults and the report of a suite.

use std::fmt;

use causeway::{money::SumError, refusal::Refusal};
use causeway_ports::journal::JournalError;

/// The reason why a check failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub String);

impl From<JournalError> for Fault {
    fn from(error: JournalError) -> Fault {
        Fault(format!("the journal failed: {error}"))
    }
}

impl From<SumError> for Fault {
    fn from(error: SumError) -> Fault {
        Fault(format!("the sample amounts: {error}"))
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault(format!("the sample instrument: {refusal}"))
    }
}

impl From<String> for Fault {
    fn from(reason: String) -> Fault {
        Fault(reason)
    }
}

/// The result of a check.
pub type Checked = Result<(), Fault>;

/// A failed check of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The name of the check.
    pub check: &'static str,
    /// The reason of the failure, for the developer.
    pub fault: Fault,
}

/// The failed checks of a suite, in the order of the suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report(pub Vec<Failure>);

impl Report {
    /// Whether a check failed.
    pub fn has(&self, check: &str) -> bool {
        self.0.iter().any(|failure| failure.check == check)
    }
}

/// A line for each failed check.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|Failure { check, fault }| writeln!(f, "{check}: {fault}"))
    }
}

/// A fault unless the promise is kept.
pub(crate) fn ensure(kept: bool, promise: &str) -> Checked {
    if kept { Ok(()) } else { Err(Fault(format!("not so: {promise}"))) }
}

/// A fault unless two values are equal.
pub(crate) fn ensure_eq<T: PartialEq + fmt::Debug>(found: &T, expected: &T, promise: &str) -> Checked {
    if found == expected {
        return Ok(());
    }
    Err(Fault(format!("not so: {promise}\n  found    {found:?}\n  expected {expected:?}")))
}

/// The value, or a fault where there is none.
pub(crate) fn present<T>(found: Option<T>, promise: &str) -> Result<T, Fault> {
    found.ok_or_else(|| Fault(format!("not so: {promise}")))
}
