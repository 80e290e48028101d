//! The wire: one POST or GET, one answer or the reason why there is none. The
//! only place that goes out.

use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use zeroize::Zeroizing;

/// A form, as it goes on the wire. It may hold a card, so it is overwritten when it
/// goes. (What the HTTP library copies of it is not ours to overwrite.)
pub type Body = Zeroizing<String>;

/// What is sent.
pub struct Outgoing<'a> {
    /// POST where there is a body, otherwise GET or DELETE.
    pub body: Option<Body>,
    /// DELETE instead of GET.
    pub deletes: bool,
    /// `https://api.stripe.com/v1/payment_intents`
    pub url: String,
    /// The secret key.
    pub key: &'a str,
    /// Only with a body.
    pub idempotency_key: Option<&'a str>,
    /// How long it may take in all.
    pub timeout: Duration,
}

/// What came back.
pub struct Incoming {
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// All of the body.
    pub body: Bytes,
}

impl Incoming {
    /// Whether Stripe says that calls come too fast. A lock that is waited for has the same
    /// status and says nothing of how fast we are.
    pub fn is_rate_limit(&self) -> bool {
        self.status == 429 && self.headers.contains_key("stripe-rate-limited-reason")
    }
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// No connection was made, so nothing was sent.
    #[error("no connection could be made: {0}")]
    NotSent(String),
    /// It was sent, or may have been.
    #[error("the connection broke: {0}")]
    MaybeSent(String),
}

/// A way to Stripe.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends once and waits for the whole answer.
    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, NoAnswer>;
}

/// The most that an answer may be; Stripe's have a few thousand bytes.
const MOST_ANSWER: usize = 4 * 1024 * 1024;

/// HTTPS by reqwest.
pub struct Https(reqwest::Client);

impl Https {
    /// Redirects are off: a key goes to the host it was meant for, or nowhere.
    /// Proxies are those of the environment, but for a sandbox on this machine.
    /// Repetitions are the client's business.
    pub fn new(api_base: &str, connect_timeout: Duration) -> Result<Https, reqwest::Error> {
        let builder = reqwest::Client::builder();
        let builder = if api_base.starts_with("http://") { builder.no_proxy() } else { builder };
        let client = builder
            .connect_timeout(connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("causeway-relay/", env!("CARGO_PKG_VERSION")))
            .pool_idle_timeout(Duration::from_secs(55))
            .tcp_nodelay(true)
            .build()?;
        Ok(Https(client))
    }
}

#[async_trait]
impl Transport for Https {
    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, NoAnswer> {
        let mut request = match outgoing.body {
            Some(body) => self
                .0
                .post(outgoing.url)
                .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body.to_string()),
            None if outgoing.deletes => self.0.delete(outgoing.url),
            None => self.0.get(outgoing.url),
        };
        request = request
            .bearer_auth(outgoing.key)
            .header("Stripe-Version", super::API_VERSION)
            .timeout(outgoing.timeout);
        if let Some(key) = outgoing.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        let mut response = request.send().await.map_err(|error| no_answer(&error))?;
        causeway::failpoint!("relay.stripe.headers_read");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| NoAnswer::MaybeSent(told(&error)))? {
            if body.len().saturating_add(chunk.len()) > MOST_ANSWER {
                return Err(NoAnswer::MaybeSent(format!("the answer is larger than {MOST_ANSWER} bytes")));
            }
            body.extend_from_slice(&chunk);
            causeway::failpoint!("relay.stripe.body_begun");
        }
        causeway::failpoint!("relay.stripe.body_read");
        Ok(Incoming { status, headers, body: body.freeze() })
    }
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    if error.is_connect() { NoAnswer::NotSent(told(error)) } else { NoAnswer::MaybeSent(told(error)) }
}

/// The last cause says it best: "connection refused", "operation timed out".
fn told(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F30, F31: two answers with one status, of which only one is about how fast we are.
    #[test]
    fn a_lock_is_no_rate_limit() {
        let answer = |status, header: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(name) = header {
                headers.insert(name, "global-rate".parse().unwrap());
            }
            Incoming { status, headers, body: Bytes::new() }.is_rate_limit()
        };
        assert!(answer(429, Some("stripe-rate-limited-reason")));
        assert!(!answer(429, None));
        assert!(!answer(503, Some("stripe-rate-limited-reason")));
    }
}
