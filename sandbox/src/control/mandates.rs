//! Mandates, played by a test: the owner of an account revokes or renews the agreement.

use serde::Deserialize;
use serde_json::json;

use crate::control::{ControlError, ControlRequest, ControlResult};
use crate::lock::lock;
use crate::objects::mandate::MandateStatus;
use crate::shared::{RequestIds, Shared};
use crate::stripe_enum::StripeEnum;

/// The new status of the mandate.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MandateChange {
    status: MandateStatus,
}

/// Changes the status of a mandate.
pub(super) fn change(request: &ControlRequest<'_>) -> ControlResult {
    let MandateChange { status } = request.body()?;
    if request.shared.change_mandate(request.id, status).is_none() {
        return Err(ControlError::Missing(format!("there is no mandate {}", request.id)));
    }
    Ok(json!({ "mandate": request.id, "status": status.as_str() }))
}

impl Shared {
    /// Changes the status of a mandate of any account, and returns none if there is no such mandate.
    fn change_mandate(&self, id: &str, status: MandateStatus) -> Option<()> {
        let mut state = lock(&self.state);
        let now = state.current_time(&self.clock);
        let mode = state.owner_of(|account| account.mandates.get(id).is_some())?;
        self.work(&mut state, &mode, now, RequestIds::default()).change_mandate(id, status)
    }
}
