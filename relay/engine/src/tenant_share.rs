//! The share of one tenant in a resource of the relay: the places, and the refusal.

use std::time::Duration;

use causeway::{
    refusal::{Limit, Refusal},
    tenant::TenantName,
};
use causeway_runtime::shares::Shares;

/// Places of which each tenant has some reserved, and one tenant of several has half at most.
pub(crate) fn halves(most: usize, tenants: usize) -> Shares<TenantName> {
    let half = if tenants > 1 { most.div_ceil(2) } else { most };
    Shares::new(most, tenants, most).with_most_of_one(half)
}

/// The refusal for a tenant whose share of the relay is used up.
pub(crate) fn share_used_up(tenant: &TenantName, what: String, retry_after: Duration) -> Refusal {
    Limit::Share { whose: format!("tenant {tenant}"), what, retry_after }.into()
}
