//! Compares payments with the processor: one payment with all that hangs on it, and all of a span
//! of time in both directions. Webhooks, polls, jobs and people end here.

/// One payment: look it up, and give money back that has to go back.
mod sync;
/// Money that has to go back.
pub(crate) mod compensate;
/// Recent payments and refunds, both ways.
pub(crate) mod sweep;

pub(crate) use sync::sync;

use std::sync::Arc;

use causeway::{order::Lookup, refusal::Refusal, tenant::TenantName};
use causeway_domain::{observation::Way, operation::Source, payment::Payment};

use crate::{engine::Engine, phase::before_begin};

impl Engine {
    /// Looks a payment up at the processor. Gives it as it is now, and whether something was new.
    pub async fn sync_payment(
        self: &Arc<Self>,
        tenant: &TenantName,
        lookup: &Lookup,
    ) -> Result<(Payment, bool), Refusal> {
        let found = self.journal.look_up(tenant, lookup).await.map_err(before_begin)?;
        let id = found.ok_or(Refusal::PaymentNotFound)?.id;
        let way = Way { source: Source::Recovery, reference: None };
        let synced = sync(self, tenant, id, &way).await?;
        Ok((synced.payment, synced.changed))
    }
}
