//! A refusal as Stripe words it: a status, and the fields of the `error` object.

use serde_json::{Map, Value, json};

/// What Stripe answers instead of an object.
#[derive(Clone, Debug)]
pub(crate) struct StripeError {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The fields of the `error` object.
    fields: Map<String, Value>,
    /// Whether it does not link to the request in the dashboard, because no account is known.
    bare: bool,
    /// The id of the object that is not there.
    missing: Option<String>,
}

/// The result of anything that Stripe may refuse.
pub(crate) type Answer<T> = Result<T, StripeError>;

impl StripeError {
    /// A request that cannot be served as it is.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// A card that was refused.
    pub(crate) fn card(message: impl Into<String>) -> Self {
        Self::new(402, "card_error", message)
    }

    /// Any other refusal.
    pub(crate) fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        let mut fields = Map::new();
        fields.insert("type".to_owned(), json!(kind));
        fields.insert("message".to_owned(), json!(message.into()));
        Self { status, fields, bare: false, missing: None }
    }

    /// An object that is not there.
    pub(crate) fn missing(kind: &str, id: &str, param: &str) -> Self {
        let error = Self::invalid(format!("No such {kind}: '{id}'"));
        let error = error.status(404).code("resource_missing").param(param);
        Self { missing: Some(id.to_owned()), ..error }
    }

    /// The id of the object that is not there, if that is the reason.
    pub(crate) fn missing_id(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// The same refusal, with one of its fields changed.
    pub(crate) fn mapped(mut self, field: &str, change: impl FnOnce(Value) -> Value) -> Self {
        if let Some(value) = self.fields.remove(field) {
            self.fields.insert(field.to_owned(), change(value));
        }
        self
    }

    /// The same refusal with something to add.
    pub(crate) fn adding(mut self, more: &str) -> Self {
        if let Some(Value::String(message)) = self.fields.get_mut("message") {
            message.push_str(more);
        }
        self
    }

    /// The same refusal under another status.
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds the code, and the page that explains it.
    pub(crate) fn code(self, code: &str) -> Self {
        let page = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"));
        self.with("code", code).with("doc_url", page)
    }

    /// The same refusal, of a call of which no account or no endpoint is known.
    pub(crate) fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Whether it has this field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// Names the parameter that was at fault.
    pub(crate) fn param(self, param: impl Into<String>) -> Self {
        self.with("param", param.into())
    }

    /// Adds any field.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }

    /// The `error` object as `last_payment_error` shows it.
    pub(crate) fn as_last_error(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// The body of the answer. Almost every refusal links to the request in the dashboard.
    pub(crate) fn body(&self, log_url: &str) -> Value {
        let mut fields = self.fields.clone();
        if !self.bare {
            fields.insert("request_log_url".to_owned(), json!(log_url));
        }
        json!({ "error": fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_brings_its_page_along() {
        let error = StripeError::invalid("no").code("amount_too_small").param("amount");
        assert_eq!(
            error.body("https://log"),
            json!({"error": {
                "code": "amount_too_small",
                "doc_url": "https://stripe.com/docs/error-codes/amount-too-small",
                "message": "no",
                "param": "amount",
                "request_log_url": "https://log",
                "type": "invalid_request_error",
            }})
        );
        assert_eq!(StripeError::missing("charge", "ch_1", "id").status, 404);
    }
}
