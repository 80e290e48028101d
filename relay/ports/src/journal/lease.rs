//! How the right to work on an operation is taken: by comparing and setting.

use causeway::tenant::TenantName;
use jiff::Timestamp;
use uuid::Uuid;

/// A relay takes an operation up.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Which operation.
    pub operation: Uuid,
    /// The epoch in which it was read.
    pub epoch: u64,
    /// Who.
    pub owner: Uuid,
    /// Now.
    pub now: Timestamp,
    /// Until when, unless it is renewed.
    pub until: Timestamp,
    /// Whether it is about to be sent to Stripe again.
    pub sends: bool,
}

/// A selection of operations for recovery, those that are due longest first.
#[derive(Debug, Clone)]
pub struct Recoverable {
    /// Whose; `None`: everybody's.
    pub tenant: Option<TenantName>,
    /// Due by this moment; `None`: all whose outcome nobody knows.
    pub by: Option<Timestamp>,
    /// How many at most.
    pub most: u32,
}
