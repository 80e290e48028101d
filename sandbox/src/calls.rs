//! The log of calls: everything that was received, byte for byte but for what is masked, and what was answered.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::access::header::masked;
use crate::fault::Fault;

/// One request as it came in. Masked are the secret in `Authorization`, and of a card its number, save the
/// last four digits, and its security code.
#[derive(Clone, Debug)]
pub struct Call {
    /// When, by the sandbox's clock.
    pub at: Timestamp,
    /// The method, `POST`.
    pub method: String,
    /// The path, `/v1/payment_intents`.
    pub path: String,
    /// The query, without the question mark.
    pub query: String,
    /// The headers in order, with lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body as it was received.
    pub body: Vec<u8>,
    /// The fault that hit this call.
    pub fault: Option<Fault>,
    /// What the sandbox answered. If a fault spoiled it on the way, the caller received something else, or
    /// nothing. There is none before the sandbox has made one, and none if the caller hung up before that.
    pub answer: Option<Answer>,
}

/// What was answered to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// The value of a header, if it came.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

/// The headers for the log, with the secret masked.
pub(crate) fn logged(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |(name, value): (&HeaderName, &HeaderValue)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = if name == AUTHORIZATION { masked(&text) } else { text.into_owned() };
        (name.as_str().to_owned(), text)
    };
    headers.iter().map(shown).collect()
}
