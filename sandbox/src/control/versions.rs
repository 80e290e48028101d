//! The versions of Stripe's API that the sandbox plays, and the differences between the versions.

use serde_json::{Value, json};

use crate::control::{ControlRequest, ControlResult};
use crate::stripe_enum::StripeEnum;
use crate::version::changes::{CHANGES, Row};
use crate::version::{MAPPED, Version};

/// Answers each version with the changes that it brings, and with the versions that are played as it.
pub(super) fn list(request: &ControlRequest<'_>) -> ControlResult {
    request.query(&[])?;
    let versions: Vec<Value> = Version::ALL.iter().map(|version| show(*version)).collect();
    Ok(json!({ "versions": versions }))
}

fn show(version: Version) -> Value {
    let changes = CHANGES.iter().filter(|row| row.since == version);
    let also = MAPPED.iter().filter(|(played, _)| *played == version).flat_map(|(_, texts)| *texts);
    json!({
        "version": version.as_str(),
        "also": also.collect::<Vec<_>>(),
        "changes": changes.map(|row: &Row| row.text).collect::<Vec<_>>(),
    })
}
