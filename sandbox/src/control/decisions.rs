//! Decisions that neither the caller nor the customer makes: Stripe cancels a PaymentIntent, and a bank decides
//! about a dispute.

use serde::Deserialize;
use serde_json::json;

use crate::control::{ControlError, ControlRequest, ControlResult};
use crate::lock::lock;
use crate::objects::payment_intent::StripesReason;
use crate::shared::{RequestIds, Shared};
use crate::state::{Account, WorkContext};
use crate::stripe_enum::StripeEnum;

/// The PaymentIntent that Stripe cancels, and the reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancellation {
    payment_intent: String,
    reason: Option<String>,
}

/// The dispute, and whether the account wins the dispute.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    dispute: String,
    won: bool,
}

/// Cancels a PaymentIntent as Stripe does by itself.
pub(super) fn cancel(request: &ControlRequest<'_>) -> ControlResult {
    let Cancellation { payment_intent, reason } = request.body()?;
    let reason = match reason {
        None => StripesReason::Automatic,
        Some(reason) => StripesReason::parse(&reason).ok_or(ControlError::Value {
            name: "reason",
            value: reason,
            wanted: "automatic, expired, failed_invoice or void_invoice",
        })?,
    };
    if request.shared.cancel_by_stripe(&payment_intent, reason).is_none() {
        return Err(ControlError::Missing(format!("no {payment_intent} is there that could be canceled")));
    }
    Ok(json!({ "payment_intent": payment_intent, "reason": reason.as_str() }))
}

/// Decides a dispute, also a dispute that was decided otherwise before.
pub(super) fn decide_dispute(request: &ControlRequest<'_>) -> ControlResult {
    let Decision { dispute, won } = request.body()?;
    if request.shared.decide_dispute(&dispute, won).is_none() {
        return Err(ControlError::Missing(format!("no {dispute} is there that could be decided so")));
    }
    Ok(json!({ "dispute": dispute, "won": won }))
}

impl Shared {
    /// Cancels a PaymentIntent for a reason of Stripe's, unless the PaymentIntent has ended or is processing.
    pub(crate) fn cancel_by_stripe(&self, id: &str, reason: StripesReason) -> Option<()> {
        let owns = |account: &Account| account.payment_intents.get(id).is_some();
        self.change(owns, |work| work.cancel_by_stripe(id, reason))
    }

    /// Decides a dispute, unless the dispute is decided so already or is an inquiry.
    pub(crate) fn decide_dispute(&self, id: &str, won: bool) -> Option<()> {
        let owns = |account: &Account| account.disputes.get(id).is_some();
        self.change(owns, |work| work.turn_dispute(id, won))
    }

    /// Changes the account that owns an object, if any account does.
    fn change(
        &self,
        owns: impl Fn(&Account) -> bool,
        change: impl FnOnce(&mut WorkContext<'_>) -> Option<()>,
    ) -> Option<()> {
        let mut state = lock(&self.state);
        let now = state.current_time(&self.clock);
        state.do_due_work(now);
        let owner = state.accounts.values().find(|account| owns(account))?.mode.clone();
        change(&mut self.work(&mut state, &owner, now, RequestIds::default()))
    }
}
