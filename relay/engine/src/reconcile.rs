//! Comparison of payments with the processor: a single payment with refunds and disputes, or all
//! payments of a period in both directions. Events, polls, jobs and manual syncs use this module.

/// Look-up of one payment, with compensation of a late success.
mod sync;
/// Compensation of payments that succeeded late.
pub(crate) mod compensate;
/// Comparison of recent payments and refunds in both directions.
pub(crate) mod sweep;

pub(crate) use sync::sync;

use std::sync::Arc;

use causeway::{refusal::Refusal, request::Lookup, tenant::TenantName};
use causeway_domain::{observation::Provenance, operation::Source, payment::Payment};

use crate::{engine::Engine, phase::before_begin};

impl Engine {
    /// Looks up a payment at the processor. Returns the current payment and whether the payment has
    /// changed.
    pub async fn sync_payment(
        self: &Arc<Self>,
        tenant: &TenantName,
        lookup: &Lookup,
    ) -> Result<(Payment, bool), Refusal> {
        let found = self.journal.look_up(tenant, lookup).await.map_err(before_begin)?;
        let id = found.ok_or(Refusal::PaymentNotFound)?.id;
        let provenance = Provenance { source: Source::Recovery, reference: None };
        let synced = sync(self, tenant, id, &provenance).await?;
        Ok((synced.payment, synced.changed))
    }
}
