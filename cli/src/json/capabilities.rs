//! What can be done, as JSON.

use causeway::v1;
use serde_json::Value;

use super::{Object, money};

/// The answer to GetCapabilities.
pub(crate) fn capabilities(response: &v1::GetCapabilitiesResponse) -> Value {
    let name = |name: &String| Value::from(name.as_str());
    Object::default()
        .list("operations", &response.operations, name)
        .list("refused_operations", &response.refused_operations, name)
        .list("payment_systems", &response.payment_systems, system)
        .list("currencies", &response.currencies, assignment)
        .text("contract_version", &response.contract_version)
        .text("stripe_version", &response.stripe_version)
        .text("relay_version", &response.relay_version)
        .done()
}

fn system(system: &v1::PaymentSystem) -> Value {
    Object::default()
        .text("name", &system.name)
        .text("processor", &system.processor)
        .with("test_mode", system.test_mode)
        .word("capture_mode", system.capture_mode, v1::CaptureMode::as_str_name)
        .with("active", system.active)
        .text("publishable_key", &system.publishable_key)
        .done()
}

fn assignment(assignment: &v1::CurrencyAssignment) -> Value {
    Object::default()
        .text("currency", &assignment.currency)
        .text("payment_system", &assignment.payment_system)
        .message("minimum", assignment.minimum.as_ref(), money)
        .message("maximum", assignment.maximum.as_ref(), money)
        .with("decimals", assignment.decimals)
        .done()
}
