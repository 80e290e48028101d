//! The room of the journal that each tenant has used lately. While the disk has little room left, a
//! tenant that has used more than an even part begins no operation, so that one tenant cannot fill
//! the journal for the others.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use causeway::{refusal::Refusal, tenant::TenantName};
use causeway_domain::operation::Operation;
use tokio::time::Instant;

use crate::tenant_share::share_used_up;

/// Time after which half of the used room no longer counts.
const HALF_LIFE: Duration = Duration::from_secs(12 * 3600);
/// Bytes that every tenant may use in any case: short differences do not decide.
const FREE: u64 = 4 * 1024 * 1024;
/// Rows of an operation without the content of the request, in bytes: the operation, its payment,
/// history and events.
const ROWS: u64 = 6 * 1024;
/// How often the content of a request is in the rows.
const COPIES: u64 = 4;
/// Wait before a retry: the operator has to free space.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// Bytes that each tenant has written lately.
#[derive(Default)]
pub(crate) struct JournalShares(Mutex<Written>);

#[derive(Default)]
struct Written {
    bytes: HashMap<TenantName, u64>,
    halved: Option<Instant>,
}

impl JournalShares {
    /// Refuses a tenant above the even part of `tenants` tenants.
    pub(crate) fn admit(&self, tenant: &TenantName, tenants: usize) -> Result<(), Refusal> {
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = written.bytes.get(tenant).copied().unwrap_or_default();
        let all = written.bytes.values().fold(0_u64, |all, bytes| all.saturating_add(*bytes));
        let tenants = u64::try_from(tenants).unwrap_or(u64::MAX);
        let even = all.checked_div(tenants).unwrap_or(u64::MAX).saturating_add(FREE);
        if tenants <= 1 || own <= even {
            return Ok(());
        }
        let mib = |bytes: u64| bytes / 1024 / 1024;
        let what = format!(
            "the disk of the journal has little room left, and it wrote about {} of {} MiB lately; the operator \
             has to free some space",
            mib(own),
            mib(all)
        );
        Err(share_used_up(tenant, what, RETRY_AFTER))
    }

    /// Counts the rows of an operation that began.
    pub(crate) fn count(&self, operation: &Operation, now: Instant) {
        let body = operation.request.as_ref().map_or(0, |request| {
            let size = |(name, value): &(String, String)| name.len().saturating_add(value.len());
            request.form.iter().map(size).fold(0, usize::saturating_add)
        });
        let content = u64::try_from(body).unwrap_or(u64::MAX).saturating_mul(COPIES);
        self.add(&operation.tenant, content.saturating_add(ROWS), now);
    }

    fn add(&self, tenant: &TenantName, bytes: u64, now: Instant) {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *written.halved.get_or_insert(now);
        if now.saturating_duration_since(since) >= HALF_LIFE {
            written.halved = Some(now);
            written.bytes.values_mut().for_each(|bytes| *bytes /= 2);
        }
        let own = written.bytes.entry(tenant.clone()).or_default();
        *own = own.saturating_add(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn whoever_wrote_more_than_an_even_part_waits_and_the_others_go_on() {
        let tenant = |name: &str| TenantName::parse(name).unwrap();
        let (acme, globex) = (tenant("acme"), tenant("globex"));
        let (shares, start) = (JournalShares::default(), Instant::now());
        shares.add(&acme, 6 * MIB, start);
        shares.add(&globex, MIB, start);
        assert!(shares.admit(&acme, 2).is_ok(), "a short difference");
        shares.add(&acme, 94 * MIB, start);
        assert!(shares.admit(&globex, 2).is_ok());
        assert!(shares.admit(&acme, 1).is_ok(), "alone there is nobody to share with");
        let refused = shares.admit(&acme, 2).unwrap_err();
        assert_eq!((refused.reason(), refused.share_of()), ("OVERLOADED", Some("tenant acme")));
        assert_eq!(refused.retry_after(), Some(RETRY_AFTER));
        let later = start + HALF_LIFE;
        shares.add(&globex, 60 * MIB, later);
        assert!(shares.admit(&acme, 2).is_ok(), "a half of it is forgotten");
    }
}
