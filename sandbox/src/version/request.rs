//! The differences of requests: the parameters that a version does not take, and the defaults of a version.

use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::version::changes::Change;

/// The calls that create an intent.
const CREATE_PAYMENT: &str = "/v1/payment_intents";
const CREATE_SETUP: &str = "/v1/setup_intents";

/// The parameters that name the types of PaymentMethods of an intent.
const RULES: &[&str] = &["payment_method_types", "automatic_payment_methods", "allowed_payment_method_types"];

/// Refuses the parameters that the version of the call does not take.
pub(crate) fn check(form: &Form, method: &str, path: &str) -> StripeResult<()> {
    if method != "POST" || !(path.starts_with(CREATE_PAYMENT) || path.starts_with(CREATE_SETUP)) {
        return Ok(());
    }
    let version = form.version();
    const ALLOWED: &str = "allowed_payment_method_types";
    if !version.has(Change::AllowedTypes) && form.has(ALLOWED) {
        return Err(StripeError::invalid(format!("Received unknown parameter: {ALLOWED}"))
            .code("parameter_unknown")
            .param(ALLOWED));
    }
    const LISTED: &str = "payment_method_types";
    if version.has(Change::NoListedTypes) && form.has(LISTED) {
        return Err(StripeError::invalid(
            "The `payment_method_types` parameter is no longer supported on this API version. Use dynamic payment \
             methods, or specify `allowed_payment_method_types` or `excluded_payment_method_types` instead.",
        )
        .code("payment_method_types_no_longer_supported")
        .param(LISTED));
    }
    Ok(())
}

/// Adds the defaults of the version of the call, for parameters that the call does not send.
pub(crate) fn add_defaults(form: &mut Form, method: &str, path: &str) {
    if method != "POST" || ![CREATE_PAYMENT, CREATE_SETUP].contains(&path) {
        return;
    }
    let version = form.version();
    if !version.has(Change::DashboardTypes) && RULES.iter().all(|name| !form.has(name)) {
        form.add_default("payment_method_types[]", "card");
    }
    let is_payment = path == CREATE_PAYMENT;
    if is_payment && !version.has(Change::AsynchronousCapture) && !form.has("capture_method") {
        form.add_default("capture_method", "automatic");
    }
}
