//! Operations without a known outcome, read from the file with or without a running relay.

use std::path::Path;

use causeway_domain::{
    operation::{Operation, Target},
    payment::State,
};
use causeway_ports::journal::{JournalError, lease::Recoverable};

use super::{file, leases, read};

/// An operation without a known outcome, with the reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Unresolved {
    /// The operation without a known outcome.
    pub operation: Operation,
    /// The name of the payment system, for an operation on a payment.
    pub payment_system: String,
    /// The observation in place of an answer, where the payment has one.
    pub why: String,
}

/// All operations without a known outcome, longest due first.
pub fn unresolved(journal: &Path) -> Result<Vec<Unresolved>, JournalError> {
    if !journal.is_file() {
        return Err(JournalError::Unavailable(format!("there is no journal at {}", journal.display())));
    }
    let connection = file::connect_to_read(journal)?;
    let all = Recoverable { tenant: None, by: None, most: u32::MAX };
    let operations = leases::recoverable(&connection, &all)?;
    let with_its_payment = |operation: Operation| {
        let payment = match &operation.target {
            Target::Payment { id, .. } => read::payment(&connection, &operation.tenant, *id)?,
            Target::Customer { .. } => None,
        };
        let (payment_system, why) = payment.map_or_else(Default::default, |payment| {
            let why = if let State::Unknown { failure } = payment.value.state {
                failure.operator_message
            } else {
                String::new()
            };
            (payment.value.payment_system, why)
        });
        Ok(Unresolved { operation, payment_system, why })
    };
    operations.into_iter().map(with_its_payment).collect()
}
