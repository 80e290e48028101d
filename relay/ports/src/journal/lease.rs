//! Leases: a relay acquires the right to work on an operation by compare-and-set on the epoch.

use causeway::tenant::TenantName;
use jiff::Timestamp;
use uuid::Uuid;

/// The request of a relay for the lease of an operation.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The relay's id of the operation.
    pub operation: Uuid,
    /// The epoch at the time of the read; another epoch fails the claim.
    pub epoch: u64,
    /// Id of the claiming relay.
    pub owner: Uuid,
    /// The present moment, against which leases lapse.
    pub now: Timestamp,
    /// End of the lease, unless the relay renews the lease.
    pub until: Timestamp,
    /// Whether the claimer is about to repeat the request to the processor.
    pub sends: bool,
}

/// A selection of operations for recovery, the longest overdue first. The tenants take turns: the first
/// operation of each tenant, then the second of each, and so on.
#[derive(Debug, Clone)]
pub struct Recoverable {
    /// The tenant; `None` for all tenants.
    pub tenant: Option<TenantName>,
    /// Upper bound of the due time; `None` for all operations with an unknown outcome.
    pub by: Option<Timestamp>,
    /// Maximum number of operations.
    pub most: u32,
}
