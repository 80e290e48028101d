//! Who works on an operation. One at a time: a lease that is not renewed lapses, whoever
//! takes it up raises the epoch, and an outcome is only written under the epoch in which it
//! was asked for. At Stripe the idempotency key does the same.

use causeway::tenant::TenantName;
use jiff::Timestamp;
use uuid::Uuid;

/// The right to work on an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The relay that has it; `None`: nobody.
    pub owner: Option<Uuid>,
    /// Raised by each who takes the operation up.
    pub epoch: u64,
    /// The end of the lease; without an owner, when recovery looks at the operation.
    /// `None`: not by itself.
    pub due: Option<Timestamp>,
}

impl Lease {
    /// Of an operation that nobody has to work on.
    pub fn nobody() -> Lease {
        Lease { owner: None, epoch: 1, due: None }
    }
}

/// Somebody takes an operation up.
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

/// Which operations recovery is to take up, those that are due longest first.
#[derive(Debug, Clone)]
pub struct Recoverable {
    /// Whose; `None`: everybody's.
    pub tenant: Option<TenantName>,
    /// Due by this moment; `None`: all whose outcome nobody knows.
    pub by: Option<Timestamp>,
    /// How many at most.
    pub most: u32,
}
