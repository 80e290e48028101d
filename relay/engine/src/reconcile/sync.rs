//! Look-up of one payment at the processor, with compensation of a late success.

use std::sync::Arc;

use causeway::{refusal::Refusal, request::PaymentId, tenant::TenantName};
use causeway_domain::observation::Provenance;

use super::compensate::compensate_late_success;
use crate::{
    engine::Engine,
    inspect::{Synced, inspect},
    phase::{before_begin, damaged},
};

/// Looks up a payment at the processor and applies the observation. A payment that was given up and
/// succeeded late is compensated.
pub(crate) async fn sync(
    engine: &Arc<Engine>,
    tenant: &TenantName,
    id: PaymentId,
    provenance: &Provenance,
) -> Result<Synced, Refusal> {
    let synced = inspect(engine, tenant, id, provenance).await?;
    if !synced.payment.must_compensate().map_err(damaged)? {
        return Ok(synced);
    }
    compensate_late_success(engine, tenant, id).await?;
    let now = engine.journal.payment(tenant, id).await.map_err(before_begin)?;
    Ok(now.map_or(synced, |now| Synced { payment: now.value, changed: true }))
}
