//! A refusal in the form of Stripe: an HTTP status, and the fields of the `error` object.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The error that Stripe answers instead of an object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StripeError {
    /// The HTTP status code of the answer.
    pub(crate) status: u16,
    /// The fields of the `error` object.
    fields: Map<String, Value>,
    /// Whether the body has no link to the request in the dashboard, because no account is known.
    bare: bool,
    /// The id of the missing object.
    missing: Option<String>,
}

/// The result of an operation that Stripe may refuse.
pub(crate) type StripeResult<T> = Result<T, StripeError>;

impl StripeError {
    /// The refusal of an invalid request, with status 400.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// The refusal of a card, with status 402.
    pub(crate) fn card(message: impl Into<String>) -> Self {
        Self::new(402, "card_error", message)
    }

    /// A refusal with the given status and type.
    pub(crate) fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        let mut fields = Map::new();
        fields.insert("type".to_owned(), json!(kind));
        fields.insert("message".to_owned(), json!(message.into()));
        Self { status, fields, bare: false, missing: None }
    }

    /// The refusal of an unknown id, with status 404.
    pub(crate) fn missing(kind: &str, id: &str, param: &str) -> Self {
        let error = Self::invalid(format!("No such {kind}: '{id}'"));
        let error = error.status(404).code("resource_missing").param(param);
        Self { missing: Some(id.to_owned()), ..error }
    }

    /// The id of the missing object, if a missing object is the reason.
    pub(crate) fn missing_id(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// The same refusal, with one field changed.
    pub(crate) fn mapped(mut self, field: &str, change: impl FnOnce(Value) -> Value) -> Self {
        if let Some(value) = self.fields.remove(field) {
            self.fields.insert(field.to_owned(), change(value));
        }
        self
    }

    /// The same refusal, with text added to the message.
    pub(crate) fn adding(mut self, more: &str) -> Self {
        if let Some(Value::String(message)) = self.fields.get_mut("message") {
            message.push_str(more);
        }
        self
    }

    /// The same refusal with another status.
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds the code, and the URL of the page that explains the code.
    pub(crate) fn code(self, code: &str) -> Self {
        let page = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"));
        self.with("code", code).with("doc_url", page)
    }

    /// The same refusal without a link to the dashboard, for a call without a known account or endpoint.
    pub(crate) fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Whether the `error` object has the field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// Names the parameter at fault.
    pub(crate) fn param(self, param: impl Into<String>) -> Self {
        self.with("param", param.into())
    }

    /// Adds or replaces one field of the `error` object.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }

    /// The `error` object in the form of `last_payment_error`.
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
    fn a_code_adds_the_documentation_url() {
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
