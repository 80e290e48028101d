//! One payment: look it up at the processor, and give money back that has to go back.

use std::sync::Arc;

use causeway::{order::PaymentId, refusal::Refusal, tenant::TenantName};
use causeway_domain::observation::Way;

use super::compensate::compensate_late_success;
use crate::{
    engine::Engine,
    inspect::{Synced, inspect},
    phase::before_begin,
};

/// Looks a payment up at the processor and applies what is seen. Money that was given up and came
/// after all goes back.
pub(crate) async fn sync(
    engine: &Arc<Engine>,
    tenant: &TenantName,
    id: PaymentId,
    way: &Way,
) -> Result<Synced, Refusal> {
    let synced = inspect(engine, tenant, id, way).await?;
    if !synced.payment.must_compensate() {
        return Ok(synced);
    }
    compensate_late_success(engine, tenant, id).await?;
    let now = engine.journal.payment(tenant, id).await.map_err(before_begin)?;
    Ok(now.map_or(synced, |now| Synced { payment: now.value, changed: true }))
}
