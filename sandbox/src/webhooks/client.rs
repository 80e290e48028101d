//! The HTTP client for deliveries, and the outcome of each delivery.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Error, RequestBuilder, Response};

use crate::webhooks::delivery::DeliveryOutcome;

/// The longest time that an endpoint has for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// The largest part of an answer that is read, in bytes, so that the connection can be used again.
const MAX_BODY_READ: usize = 64 * 1024;

/// A delivery as an HTTP request.
#[derive(Debug)]
pub(crate) struct WebhookRequest {
    /// The URL of the endpoint.
    pub(crate) url: String,
    /// The value of the header `Stripe-Signature`.
    pub(crate) signature: Option<String>,
    /// The event as JSON.
    pub(crate) body: String,
}

/// A client for HTTP, which is created with the first delivery.
#[derive(Debug, Default)]
pub(crate) struct WebhookClient {
    client: OnceLock<Result<Client, Error>>,
}

impl WebhookClient {
    /// Posts a delivery, and returns the outcome.
    pub(crate) async fn post(&self, delivery: WebhookRequest) -> DeliveryOutcome {
        let client = match self.client.get_or_init(build_client) {
            Ok(client) => client,
            Err(error) => return DeliveryOutcome::Unreachable { reason: error_chain(error) },
        };
        match request(client, delivery).send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                discard_body(response).await;
                DeliveryOutcome::Answered { status }
            }
            Err(error) if error.is_timeout() => DeliveryOutcome::TimedOut,
            Err(error) => DeliveryOutcome::Unreachable { reason: error_chain(&error) },
        }
    }
}

/// A redirect is an answer like any other, and retries are the dispatcher's decision.
fn build_client() -> Result<Client, Error> {
    Client::builder()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .timeout(ANSWER_TIMEOUT)
        .tcp_nodelay(true)
        .build()
}

fn request(client: &Client, delivery: WebhookRequest) -> RequestBuilder {
    let request = client
        .post(delivery.url)
        .header("content-type", "application/json; charset=utf-8")
        .header("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .header("accept", "*/*")
        .header("cache-control", "no-cache")
        .body(delivery.body);
    match delivery.signature {
        Some(signature) => request.header("stripe-signature", signature),
        None => request,
    }
}

/// Reads the rest of the answer. The body has no effect on the outcome, and neither has a broken
/// connection.
async fn discard_body(mut response: Response) {
    let mut length = 0_usize;
    while length < MAX_BODY_READ
        && let Ok(Some(part)) = response.chunk().await
    {
        length = length.saturating_add(part.len());
    }
}

/// The text of an error and of all causes.
fn error_chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
