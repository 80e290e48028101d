//! Payouts that fail: the bank returns the amount, played by a test.

use serde::Deserialize;
use serde_json::json;

use crate::control::{ControlError, ControlRequest, ControlResult};
use crate::lock::lock;
use crate::objects::payout::PayoutFailure;
use crate::shared::{RequestIds, Shared};
use crate::stripe_enum::StripeEnum;

/// The reason of the bank; `could_not_process` by default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    failure_code: Option<String>,
}

/// Fails a payout that did not fail before and was not canceled.
pub(super) fn fail(request: &ControlRequest<'_>) -> ControlResult {
    let Failure { failure_code } = request.body()?;
    let failure = match failure_code.as_deref().map(PayoutFailure::parse) {
        None => PayoutFailure::CouldNotProcess,
        Some(Some(failure)) => failure,
        Some(None) => {
            return Err(ControlError::Value {
                name: "failure_code",
                value: failure_code.unwrap_or_default(),
                wanted: "one of Stripe's, such as account_closed or no_account",
            });
        }
    };
    if request.shared.fail_payout(request.id, failure).is_none() {
        return Err(ControlError::Missing(format!("there is no payout {} that can fail", request.id)));
    }
    Ok(json!({ "payout": request.id, "failure_code": failure.as_str() }))
}

impl Shared {
    /// Fails a payout of any account, and returns none if there is no such payout.
    fn fail_payout(&self, id: &str, failure: PayoutFailure) -> Option<()> {
        let mut state = lock(&self.state);
        let now = state.current_time(&self.clock);
        let mode = state.owner_of(|account| account.payouts.get(id).is_some())?;
        self.work(&mut state, &mode, now, RequestIds::default()).fail_payout(id, failure)
    }
}
