//! The wire: one POST or GET, one answer or the reason why there is none. The
//! only place that goes out.

use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use zeroize::Zeroizing;

/// A form, as it goes on the wire. It may hold a card, so it is overwritten when it
/// goes. (The HTTP library's copies are not ours to overwrite.)
pub type Body = Zeroizing<String>;

/// A call, as it is sent.
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

/// An answer, as it came.
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

/// Why there is no client for HTTPS.
pub use reqwest::Error as HttpsError;

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
            .header("Stripe-Version", crate::API_VERSION)
            .timeout(outgoing.timeout);
        if let Some(key) = outgoing.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        let mut response = request.send().await.map_err(|error| no_answer(&error))?;
        causeway_runtime::failpoint!("relay.stripe.headers_read");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| NoAnswer::MaybeSent(told(&error)))? {
            if body.len().saturating_add(chunk.len()) > MOST_ANSWER {
                return Err(NoAnswer::MaybeSent(format!("the answer is larger than {MOST_ANSWER} bytes")));
            }
            body.extend_from_slice(&chunk);
            causeway_runtime::failpoint!("relay.stripe.body_begun");
        }
        causeway_runtime::failpoint!("relay.stripe.body_read");
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

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

    /// The address of a listener that reads, answers with these bytes, and hangs up.
    async fn listener(says: &'static [u8]) -> std::net::SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                drop(connection.read(&mut [0; 4096]).await);
                drop(connection.write_all(says).await);
            }
        });
        address
    }

    /// F28, F29, F08: only where no connection came about has Stripe certainly not heard.
    #[tokio::test]
    async fn what_cannot_have_been_heard_is_told_apart() {
        let nobody = {
            let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            closed.local_addr().unwrap()
        };
        let (mute, other) = (listener(b"").await, listener(b"this is not TLS").await);
        let half = listener(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\": ").await;
        let client = Https::new("http://", Duration::from_secs(2)).unwrap();
        for (place, heard) in [
            (format!("http://{nobody}"), false),
            ("http://nowhere.invalid".to_owned(), false),
            (format!("https://{other}"), false),
            (format!("http://{mute}"), true),
            (format!("http://{half}"), true),
        ] {
            let body = Some(Body::new("amount=1250".to_owned()));
            let (url, timeout) = (format!("{place}/v1/payment_intents"), Duration::from_secs(5));
            let outgoing =
                Outgoing { body, deletes: false, url, key: "sk", idempotency_key: Some("k"), timeout };
            let why = client.send(outgoing).await.map(drop).unwrap_err();
            assert_eq!(matches!(why, NoAnswer::MaybeSent(_)), heard, "{place}: {why}");
        }
    }
}
