//! The requests that we make, as forms.
//!
//! A request is complete when it is written to the journal: path and every field.
//! It is sent from there, so that a repetition after a crash is the same to the
//! byte. No card number is ever in one.

use causeway::{
    money::Money,
    order::{Authorize, RefundReason, authorize::CaptureMode},
};

use super::currency::{NotChargeable, units};

/// A POST to Stripe's API.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StripeRequest {
    /// `/v1/payment_intents`
    pub path: String,
    /// Names and values, in the order in which they are sent.
    pub form: Vec<(String, String)>,
}

/// Our own marks on Stripe's objects, by which they are found again.
pub struct Marks<'a> {
    /// Our id of the operation.
    pub operation: &'a str,
    /// Our id of the payment.
    pub payment: &'a str,
}

impl StripeRequest {
    fn new(path: String) -> StripeRequest {
        StripeRequest { path, form: vec![] }
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> StripeRequest {
        self.form.push((name.to_owned(), value.into()));
        self
    }

    fn with_some(self, name: &str, value: Option<impl ToString>) -> StripeRequest {
        match value {
            Some(value) => self.with(name, value.to_string()),
            None => self,
        }
    }

    /// Creates and confirms a PaymentIntent (docs.stripe.com/api/payment_intents/create).
    pub fn create_intent(
        order: &Authorize,
        capture_mode: CaptureMode,
        marks: &Marks<'_>,
    ) -> Result<StripeRequest, NotChargeable> {
        let mut request = StripeRequest::new("/v1/payment_intents".to_owned())
            .with("amount", units(order.amount)?.to_string())
            .with("currency", order.amount.currency().code().to_ascii_lowercase())
            .with("payment_method", order.payment_method.as_str())
            .with_some("customer", order.customer.as_ref())
            .with(
                "capture_method",
                match capture_mode {
                    CaptureMode::Manual => "manual",
                    // Not `automatic_async`: the balance transaction is in the answer this way.
                    CaptureMode::Automatic => "automatic",
                },
            )
            .with("confirm", "true")
            .with("automatic_payment_methods[enabled]", "true");
        request = match &order.return_url {
            Some(url) => request.with("return_url", url.as_str()),
            None => request.with("automatic_payment_methods[allow_redirects]", "never"),
        };
        if order.off_session {
            request = request.with("off_session", "true");
        }
        request = request
            .with_some("description", order.description.as_ref())
            .with_some("receipt_email", order.receipt_email.as_ref())
            .with_some("statement_descriptor_suffix", order.descriptor_suffix.as_ref());
        for (key, value) in &order.metadata {
            request = request.with(&format!("metadata[{key}]"), value.as_str());
        }
        request = request.with_some("metadata[causeway_reference]", order.reference.as_ref());
        Ok(request.marked(marks).with("expand[]", "latest_charge"))
    }

    /// Captures a PaymentIntent (docs.stripe.com/api/payment_intents/capture).
    pub fn capture(intent: &str, amount: Money) -> Result<StripeRequest, NotChargeable> {
        Ok(StripeRequest::new(format!("/v1/payment_intents/{intent}/capture"))
            .with("amount_to_capture", units(amount)?.to_string())
            .with("expand[]", "latest_charge"))
    }

    /// Refunds a PaymentIntent (docs.stripe.com/api/refunds/create).
    pub fn refund(
        intent: &str,
        amount: Money,
        reason: Option<RefundReason>,
        marks: &Marks<'_>,
    ) -> Result<StripeRequest, NotChargeable> {
        Ok(StripeRequest::new("/v1/refunds".to_owned())
            .with("payment_intent", intent)
            .with("amount", units(amount)?.to_string())
            .with_some("reason", reason.map(RefundReason::as_str))
            .marked(marks))
    }

    /// Where a PaymentIntent is looked up (docs.stripe.com/api/payment_intents/retrieve).
    pub fn intent_path(intent: &str) -> String {
        format!("/v1/payment_intents/{intent}?expand[]=latest_charge")
    }

    /// Where a refund is looked up (docs.stripe.com/api/refunds/retrieve).
    pub fn refund_path(refund: &str) -> String {
        format!("/v1/refunds/{refund}")
    }

    fn marked(self, marks: &Marks<'_>) -> StripeRequest {
        self.with("metadata[causeway_operation]", marks.operation)
            .with("metadata[causeway_payment]", marks.payment)
    }

    /// The body, as it goes on the wire.
    pub fn body(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.form).finish()
    }
}
