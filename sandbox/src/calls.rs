//! The log of calls: everything that was received, byte for byte but for what is masked, and what was answered.

use std::collections::VecDeque;

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

/// The newest calls, as many as are kept.
#[derive(Debug)]
pub(crate) struct Calls {
    newest: VecDeque<Call>,
    most: usize,
    /// How many there were before the oldest that is kept.
    gone: usize,
}

impl Calls {
    /// A log of so many calls at the most.
    pub(crate) fn of(most: usize) -> Self {
        Self { newest: VecDeque::new(), most, gone: 0 }
    }

    /// Notes a call, and returns its number.
    pub(crate) fn push(&mut self, call: Call) -> usize {
        if self.newest.len() >= self.most && self.newest.pop_front().is_some() {
            self.gone = self.gone.saturating_add(1);
        }
        self.newest.push_back(call);
        self.made().saturating_sub(1)
    }

    /// Notes what was answered to a call, if that is still known.
    pub(crate) fn answered(&mut self, number: usize, answer: Answer) {
        let place = number.checked_sub(self.gone);
        if let Some(call) = place.and_then(|place| self.newest.get_mut(place)) {
            call.answer = Some(answer);
        }
    }

    /// How many calls there were.
    pub(crate) fn made(&self) -> usize {
        self.gone.saturating_add(self.newest.len())
    }

    /// The calls that are kept.
    pub(crate) fn kept(&self) -> Vec<Call> {
        self.newest.iter().cloned().collect()
    }
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
