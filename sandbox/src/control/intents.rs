//! The customer's authentication at the bank, played by a test.

use serde::Deserialize;
use serde_json::json;

use crate::bank_page;
use crate::control::{ControlError, ControlRequest, ControlResult};

/// The id of the intent, and the result of the authentication.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authentication {
    intent: String,
    passes: bool,
}

/// Lets the customer of an intent pass or fail the authentication.
pub(super) fn authenticate(request: &ControlRequest<'_>) -> ControlResult {
    let Authentication { intent, passes } = request.body()?;
    if bank_page::authenticate(request.shared, &intent, passes).is_none() {
        return Err(ControlError::Missing(format!("no {intent} waits for its customer")));
    }
    Ok(json!({ "intent": intent, "passes": passes }))
}
