//! The HTTP transport: one request, and one answer or the reason for a missing answer. The only code
//! that opens connections to Stripe.

use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use zeroize::Zeroizing;

/// A form in the wire format. A form may hold card data, so the memory is overwritten on drop. (The
/// copies inside the HTTP library are outside the relay's control.)
pub type Body = Zeroizing<String>;

/// A call in the form for the transport.
pub struct Outgoing<'a> {
    /// The form of a POST; `None` for a GET or DELETE.
    pub body: Option<Body>,
    /// DELETE instead of GET, without a body.
    pub deletes: bool,
    /// The URL, as in `https://api.stripe.com/v1/payment_intents`
    pub url: String,
    /// The secret key of the account.
    pub key: &'a str,
    /// The idempotency key, only with a body.
    pub idempotency_key: Option<&'a str>,
    /// Maximum time of the whole call.
    pub timeout: Duration,
}

/// An answer with any status.
pub struct Incoming {
    /// HTTP status of the answer.
    pub status: u16,
    /// All headers of the answer.
    pub headers: HeaderMap,
    /// The whole body, at most 4 MiB.
    pub body: Bytes,
}

impl Incoming {
    /// Whether Stripe limits the rate of calls. A lock timeout has the same status 429, without the
    /// header, and is no sign of a high rate.
    pub fn is_rate_limit(&self) -> bool {
        self.status == 429 && self.headers.contains_key("stripe-rate-limited-reason")
    }
}

/// The reason for a missing answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// No connection was established, so no request was sent.
    #[error("no connection could be made: {0}")]
    NotSent(String),
    /// The request was sent, or may have been sent.
    #[error("the connection broke: {0}")]
    MaybeSent(String),
}

/// A transport to Stripe.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and reads the whole answer.
    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, NoAnswer>;
}

/// Maximum size of an answer; Stripe's answers have a few thousand bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// The error of a client for HTTPS that cannot be created.
pub use reqwest::Error as HttpsError;

/// HTTPS over the library reqwest.
pub struct Https(reqwest::Client);

impl Https {
    /// Creates the client. Redirects are off, so that the secret key reaches no other host. Proxies
    /// come from the environment, except for an address with plain `http://`, which is a local sandbox.
    /// The library makes no repetitions of its own, because `StripeClient` repeats.
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
        while let Some(chunk) =
            response.chunk().await.map_err(|error| NoAnswer::MaybeSent(innermost_cause(&error)))?
        {
            if body.len().saturating_add(chunk.len()) > MAX_ANSWER {
                return Err(NoAnswer::MaybeSent(format!("the answer is larger than {MAX_ANSWER} bytes")));
            }
            body.extend_from_slice(&chunk);
            causeway_runtime::failpoint!("relay.stripe.body_begun");
        }
        causeway_runtime::failpoint!("relay.stripe.body_read");
        Ok(Incoming { status, headers, body: body.freeze() })
    }
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    if error.is_connect() {
        NoAnswer::NotSent(innermost_cause(error))
    } else {
        NoAnswer::MaybeSent(innermost_cause(error))
    }
}

/// The innermost cause, which has the most specific text: "connection refused", "operation timed out".
fn innermost_cause(error: &reqwest::Error) -> String {
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

    /// F30, F31: both answers have status 429, and only one is a rate limit.
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

    /// The address of a listener that reads, answers with the given bytes, and closes the connection.
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

    /// F28, F29, F08: the request certainly did not reach Stripe only where no connection was established.
    #[tokio::test]
    async fn errors_before_the_first_byte_are_told_from_later_errors() {
        let nobody = {
            let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            closed.local_addr().unwrap()
        };
        let (mute, other) = (listener(b"").await, listener(b"this is not TLS").await);
        let half = listener(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\": ").await;
        let client = Https::new("http://", Duration::from_secs(2)).unwrap();
        for (place, received) in [
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
            assert_eq!(matches!(why, NoAnswer::MaybeSent(_)), received, "{place}: {why}");
        }
    }
}
