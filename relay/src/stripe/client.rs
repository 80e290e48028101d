//! Asks Stripe, and asks again where that is safe.

use std::{sync::Arc, time::Duration};

use causeway::surroundings::Surroundings;

use super::{
    classify::{Class, classify},
    error::{ErrorAnswer, ErrorBody, StripeError},
    idempotency::IdempotencyKey,
    request::StripeRequest,
    transport::{Https, Incoming, NoAnswer, Outgoing, Transport},
};
use crate::settings::PaymentSystem;

/// The first pause before a repetition; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A Stripe account and the way to it.
pub struct StripeClient {
    system: PaymentSystem,
    transport: Arc<dyn Transport>,
    surroundings: Surroundings,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// Stripe did it, and this is the object.
    Done {
        /// JSON, as it came.
        object: serde_json::Value,
        /// `Request-Id`, for Stripe's support.
        request: String,
    },
    /// Stripe said no, and nothing was done.
    Refused {
        /// Why.
        error: Box<StripeError>,
        /// `Request-Id`, for Stripe's support.
        request: String,
    },
    /// Nobody knows.
    Unknown {
        /// What was seen instead of an answer, for the operator.
        why: String,
    },
}

/// What came of asking once.
enum Once {
    Final(Asked),
    Again(String),
}

impl StripeClient {
    /// Over HTTPS.
    pub fn over_https(
        system: PaymentSystem,
        surroundings: Surroundings,
    ) -> Result<StripeClient, reqwest::Error> {
        let transport = Arc::new(Https::new(&system.api_base, system.connect_timeout)?);
        Ok(StripeClient { system, transport, surroundings })
    }

    /// Over a way that was handed in.
    pub fn over(
        system: PaymentSystem,
        transport: Arc<dyn Transport>,
        surroundings: Surroundings,
    ) -> StripeClient {
        StripeClient { system, transport, surroundings }
    }

    /// Whether no real money moves.
    pub fn test_mode(&self) -> bool {
        self.system.test_mode
    }

    /// Sends a request under its key, up to `max_network_retries` times again. All
    /// tries carry the same key and the same bytes, so Stripe does it once.
    pub async fn ask(&self, request: &StripeRequest, key: &IdempotencyKey) -> Asked {
        let mut pause = FIRST_PAUSE;
        let mut tries: u64 = 0;
        loop {
            match self.ask_once(request, key).await {
                Once::Final(asked) => return asked,
                Once::Again(why) if tries >= self.system.max_network_retries => {
                    tracing::warn!(
                        path = request.path,
                        "Stripe gave no answer, and recovery has to ask again: {why}"
                    );
                    return Asked::Unknown { why };
                }
                Once::Again(why) => {
                    tracing::info!(path = request.path, "Stripe is asked again: {why}");
                    tokio::time::sleep(self.jittered(pause)).await;
                    tries = tries.saturating_add(1);
                    pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Between half of the pause and all of it.
    fn jittered(&self, pause: Duration) -> Duration {
        let half = pause / 2;
        let spread = u64::try_from(half.as_millis()).unwrap_or_default();
        half.saturating_add(Duration::from_millis(self.surroundings.up_to(spread)))
    }

    async fn ask_once(&self, request: &StripeRequest, key: &IdempotencyKey) -> Once {
        let outgoing = Outgoing {
            body: Some(request.body()),
            url: format!("{}{}", self.system.api_base, request.path),
            key: self.system.secret_key.expose(),
            idempotency_key: Some(key.as_str()),
            timeout: self.system.timeout,
        };
        match self.transport.send(outgoing).await {
            Ok(incoming) => read(&incoming),
            Err(no_answer @ (NoAnswer::NotSent(_) | NoAnswer::MaybeSent(_))) => {
                Once::Again(no_answer.to_string())
            }
        }
    }
}

fn read(incoming: &Incoming) -> Once {
    let header = |name: &str| incoming.headers.get(name).and_then(|value| value.to_str().ok());
    let request = header("request-id").unwrap_or_default().to_owned();
    if (200..300).contains(&incoming.status) {
        // Whatever it says, it said "done": repeating it under the same key is safe.
        return match serde_json::from_slice::<serde_json::Value>(&incoming.body) {
            Ok(object) if object.is_object() => Once::Final(Asked::Done { object, request }),
            _ => Once::Again(format!("HTTP {} with a body that is not a JSON object", incoming.status)),
        };
    }
    let should_retry = match header("stripe-should-retry") {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    let parsed = serde_json::from_slice::<ErrorAnswer>(&incoming.body);
    let understood = parsed.is_ok();
    let body = parsed.map_or_else(|_| ErrorBody::default(), |answer| answer.error);
    let status = incoming.status;
    let said = || {
        let limited = header("stripe-rate-limited-reason").map(|why| format!(", {why}")).unwrap_or_default();
        format!("HTTP {status} {}{limited}: {}", body.code(), body.message.as_deref().unwrap_or("no message"))
    };
    match classify(status, &body, should_retry) {
        // A proxy's 4xx is not Stripe's: only an error in Stripe's form is believed.
        Class::Definitive if !understood => {
            Once::Again(format!("HTTP {status} with a body that is not Stripe's"))
        }
        Class::Definitive => {
            Once::Final(Asked::Refused { error: Box::new(StripeError { status, body }), request })
        }
        Class::RetrySameKey => Once::Again(said()),
        Class::Unknown => {
            tracing::error!(status, request, "Stripe's answer leaves the outcome open: {}", said());
            Once::Final(Asked::Unknown { why: said() })
        }
    }
}
