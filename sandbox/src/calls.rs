//! The log of calls: every request, byte for byte except for masked secrets, and every answer.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::access::header::masked_header;
use crate::bounded_log::{ENTRY_BYTES, LogEntry};
use crate::compressed_text::CompressedText;
use crate::fault::Fault;

/// One request as received. Three values are masked: the secret in `Authorization`, a card number except
/// for the last four digits, and a card's security code.
#[derive(Clone, Debug)]
pub struct Call {
    /// The time of the request, by the sandbox's clock.
    pub at: Timestamp,
    /// The HTTP method, such as `POST`.
    pub method: String,
    /// The path, such as `/v1/payment_intents`.
    pub path: String,
    /// The query, without the question mark.
    pub query: String,
    /// The headers in the order received, with lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body as received, apart from the masked card data.
    pub body: Vec<u8>,
    /// The fault that hit this call, if any.
    pub fault: Option<Fault>,
    /// The answer that the sandbox made. If a fault changed the answer during the transmission, the caller
    /// received another answer or none. `None` until the sandbox has made an answer, and if
    /// the caller disconnected before.
    pub answer: Option<Answer>,
}

/// The answer to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status code of the answer.
    pub status: u16,
    /// The body, before a fault changes the body.
    pub body: Vec<u8>,
}

/// A call in the log, with a compressed answer.
#[derive(Clone, Debug)]
pub(crate) struct LoggedCall {
    /// The call without the answer.
    pub(crate) request: Arc<Call>,
    /// The status and the body of the answer.
    pub(crate) answer: Option<(u16, CompressedText)>,
}

impl LoggedCall {
    /// A call that was not answered yet.
    pub(crate) fn begun(request: Call) -> Self {
        Self { request: Arc::new(request), answer: None }
    }

    /// The call with the answer.
    pub(crate) fn call(&self) -> Call {
        let answer =
            self.answer.as_ref().map(|(status, body)| Answer { status: *status, body: body.decompress() });
        Call { answer, ..(*self.request).clone() }
    }
}

impl LogEntry for LoggedCall {
    fn bytes(&self) -> usize {
        let Call { method, path, query, headers, body, at: _, fault: _, answer: _ } = &*self.request;
        let headers = headers.iter().flat_map(|(name, value)| [name.len(), value.len(), 48]);
        let answer = self.answer.iter().map(|(_, body)| body.bytes());
        let texts = [ENTRY_BYTES, method.len(), path.len(), query.len(), body.len()];
        texts.into_iter().chain(headers).chain(answer).fold(0, usize::saturating_add)
    }
}

impl Call {
    /// The value of the first header with this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

/// The headers for the log, with the secret masked.
pub(crate) fn logged(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |(name, value): (&HeaderName, &HeaderValue)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = if name == AUTHORIZATION { masked_header(&text) } else { text.into_owned() };
        (name.as_str().to_owned(), text)
    };
    headers.iter().map(shown).collect()
}
