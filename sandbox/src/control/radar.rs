//! Radar, played by a test: a person opens a review, and a bank warns of fraud.

use serde::Deserialize;
use serde_json::json;

use crate::control::{ControlError, ControlRequest, ControlResult};
use crate::lock::lock;
use crate::objects::early_fraud_warning::FraudType;
use crate::shared::{RequestIds, Shared};

/// The payment to review.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewedPayment {
    payment_intent: String,
}

/// The charge of the warning, and the type of fraud; `misc` by default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Warning {
    charge: String,
    fraud_type: Option<FraudType>,
}

/// Opens the review of a payment that has a charge and no open review.
pub(super) fn review(request: &ControlRequest<'_>) -> ControlResult {
    let ReviewedPayment { payment_intent } = request.body()?;
    match request.shared.open_review(&payment_intent) {
        Some(review) => Ok(json!({ "payment_intent": payment_intent, "review": review })),
        None => Err(ControlError::Missing(format!(
            "there is no {payment_intent} with a charge and without an open review"
        ))),
    }
}

/// Makes an early fraud warning about a charge.
pub(super) fn warn(request: &ControlRequest<'_>) -> ControlResult {
    let Warning { charge, fraud_type } = request.body()?;
    match request.shared.warn_of_fraud(&charge, fraud_type.unwrap_or(FraudType::Misc)) {
        Some(warning) => Ok(json!({ "charge": charge, "early_fraud_warning": warning })),
        None => Err(ControlError::Missing(format!("there is no charge {charge}"))),
    }
}

impl Shared {
    /// Opens the review of a payment of any account, and returns the id of the review.
    fn open_review(&self, intent: &str) -> Option<String> {
        let mut state = lock(&self.state);
        let now = state.current_time(&self.clock);
        let mode = state.owner_of(|account| account.payment_intents.get(intent).is_some())?;
        let mut work = self.work(&mut state, &mode, now, RequestIds::default());
        work.open_review(intent).map(|review| review.id.clone())
    }

    /// Makes an early fraud warning about a charge of any account, and returns the id of the warning.
    fn warn_of_fraud(&self, charge: &str, fraud_type: FraudType) -> Option<String> {
        let mut state = lock(&self.state);
        let now = state.current_time(&self.clock);
        let mode = state.owner_of(|account| account.charges.get(charge).is_some())?;
        let mut work = self.work(&mut state, &mode, now, RequestIds::default());
        let charge = work.account.charges.snapshot(charge)?;
        Some(work.warn_of_fraud(&charge, fraud_type).id.clone())
    }
}
