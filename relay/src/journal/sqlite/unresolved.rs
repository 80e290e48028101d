//! What nobody knows the outcome of, for somebody who looks at the journal, whether or not a
//! relay has it open.

use std::path::Path;

use super::{
    super::{About, JournalError, Operation, lease::Recoverable},
    file, leases, read,
};
use crate::payment::State;

/// An operation whose outcome nobody knows, with why not.
#[derive(Debug, Clone, PartialEq)]
pub struct Unresolved {
    /// The operation.
    pub operation: Operation,
    /// Which payment system it was sent to, where it is about a payment.
    pub payment_system: String,
    /// What was seen instead of an answer, where its payment shows it.
    pub why: String,
}

/// All of them, those that are due longest first.
pub fn unresolved(journal: &Path) -> Result<Vec<Unresolved>, JournalError> {
    if !journal.is_file() {
        return Err(JournalError::Unavailable(format!("there is no journal at {}", journal.display())));
    }
    let connection = file::connect_to_read(journal)?;
    let all = Recoverable { tenant: None, by: None, most: u32::MAX };
    let operations = leases::recoverable(&connection, &all)?;
    let with_its_payment = |operation: Operation| {
        let payment = match &operation.about {
            About::Payment(id) => read::payment(&connection, &operation.tenant, *id)?,
            About::Customer { .. } => None,
        };
        let (payment_system, why) = payment.map_or_else(Default::default, |payment| {
            let why = if let State::Unknown { failure } = payment.it.state {
                failure.operator_message
            } else {
                String::new()
            };
            (payment.it.payment_system, why)
        });
        Ok(Unresolved { operation, payment_system, why })
    };
    operations.into_iter().map(with_its_payment).collect()
}
