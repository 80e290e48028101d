//! What a customer does at their bank.

use serde::Deserialize;
use serde_json::json;

use crate::control::{Ask, Told, Trouble};
use crate::hosted;

/// Which intent, and how it ends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authentication {
    intent: String,
    passes: bool,
}

/// Lets the customer pass or fail.
pub(super) fn authenticate(ask: &Ask<'_>) -> Told {
    let Authentication { intent, passes } = ask.body()?;
    if hosted::authenticate(ask.shared, &intent, passes).is_none() {
        return Err(Trouble::Missing(format!("no {intent} waits for its customer")));
    }
    Ok(json!({ "intent": intent, "passes": passes }))
}
