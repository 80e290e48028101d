//! The view of an object for pages in browsers, without the fields that are only for the account's
//! owner.

use serde_json::{Map, Value};

/// The fields of a PaymentIntent that pages receive.
const OF_PAYMENT: &[&str] = &[
    "id",
    "object",
    "amount",
    "amount_details",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "excluded_payment_method_types",
    "last_payment_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_configuration_details",
    "payment_method_types",
    "processing",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "status",
];

/// The fields of a SetupIntent that pages receive.
const OF_SETUP: &[&str] = &[
    "id",
    "object",
    "automatic_payment_methods",
    "cancellation_reason",
    "client_secret",
    "created",
    "description",
    "excluded_payment_method_types",
    "last_setup_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_configuration_details",
    "payment_method_types",
    "status",
    "usage",
];

/// The object with the fields for pages only. PaymentMethods inside the object are reduced as well.
pub(crate) fn for_pages(object: Value) -> Value {
    let fields = match object.get("object").and_then(Value::as_str) {
        Some("payment_intent") => OF_PAYMENT,
        Some("setup_intent") => OF_SETUP,
        Some("payment_method") => return without(object, &["customer", "metadata"]),
        _ => return object,
    };
    let visible = object.as_object().into_iter().flatten();
    let visible = visible.filter(|(name, _)| fields.contains(&name.as_str()));
    let mut visible: Map<_, _> = visible.map(|(name, value)| (name.clone(), value.clone())).collect();
    for name in ["last_payment_error", "last_setup_error"] {
        if let Some(method) = visible.get_mut(name).and_then(|error| error.get_mut("payment_method")) {
            *method = for_pages(method.take());
        }
    }
    if let Some(method) = visible.get_mut("payment_method") {
        *method = for_pages(method.take());
    }
    Value::Object(visible)
}

fn without(mut object: Value, names: &[&str]) -> Value {
    if let Some(fields) = object.as_object_mut() {
        names.iter().for_each(|name| drop(fields.remove(*name)));
    }
    object
}
