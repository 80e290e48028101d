//! Version 2 of the API, as far as the sandbox plays version 2: event destinations and thin events.

pub(crate) mod destinations;
pub(crate) mod events;

use serde_json::{Value, json};

use crate::error::{StripeError, StripeResult};
use crate::form::{Form, segments};

/// Refuses parameters that a call of version 2 does not have.
fn check_names(form: &Form, known: &[&str]) -> StripeResult<()> {
    let first = |name: &str| segments(name).first().copied().unwrap_or_default().to_owned();
    let unknown = form.names().map(first).find(|name| !known.contains(&name.as_str()));
    match unknown {
        Some(name) => Err(StripeError::invalid(format!("Received unknown parameter: {name}"))
            .code("parameter_unknown")
            .param(name)),
        None => Ok(()),
    }
}

/// A page of a list, as version 2 of the API shows lists.
fn page(data: Vec<Value>, next_page_url: Option<String>) -> Value {
    json!({ "data": data, "next_page_url": next_page_url, "previous_page_url": null })
}

/// The refusal of an unknown id, as version 2 of the API words the refusal.
fn not_found(id: &str) -> StripeError {
    StripeError::invalid(format!("Object not found: '{id}'.")).status(404).code("not_found")
}
