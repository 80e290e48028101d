//! The customer's authentication at the bank, played by a test.

use serde::Deserialize;
use serde_json::json;

use crate::control::{ControlError, ControlRequest, ControlResult};
use crate::hosted;

/// The id of the intent, and the result of the authentication.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authentication {
    intent: String,
    passes: bool,
}

/// Lets the customer of an intent pass or fail the authentication.
pub(super) fn authenticate(ask: &ControlRequest<'_>) -> ControlResult {
    let Authentication { intent, passes } = ask.body()?;
    if hosted::authenticate(ask.shared, &intent, passes).is_none() {
        return Err(ControlError::Missing(format!("no {intent} waits for its customer")));
    }
    Ok(json!({ "intent": intent, "passes": passes }))
}
