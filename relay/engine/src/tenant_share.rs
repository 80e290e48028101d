//! The refusal for a tenant that has used up its share of a resource of the relay.

use std::time::Duration;

use causeway::{
    refusal::{Limit, Refusal},
    tenant::TenantName,
};

/// The refusal for a tenant whose share of the relay is used up.
pub(crate) fn share_used_up(tenant: &TenantName, what: String, retry_after: Duration) -> Refusal {
    Limit::Share { whose: format!("tenant {tenant}"), what, retry_after }.into()
}
