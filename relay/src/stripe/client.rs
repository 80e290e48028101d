//! Asks Stripe, and asks again where that is safe.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway::{card::RawCard, surroundings::Surroundings};
use jiff::SignedDuration;

use super::{
    classify::{Class, classify},
    error::{ErrorAnswer, StripeError},
    idempotency::IdempotencyKey,
    json,
    limiter::{Limiter, Permit},
    priority::{self, Priority},
    request::StripeRequest,
    transport::{Body, Https, Incoming, NoAnswer, Outgoing, Transport},
};
use crate::{
    customer::Profile,
    processor::Processor,
    settings::{PaymentSystem, processor::StripeAccess},
};

/// The first pause before a repetition; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A Stripe account and the way to it.
pub struct StripeClient {
    account: String,
    test_mode: bool,
    access: StripeAccess,
    transport: Arc<dyn Transport>,
    limiter: Arc<Limiter>,
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
    /// Nobody knows, and Stripe keeps what it said as the answer to this key: asking again
    /// tells nothing more.
    Kept {
        /// What it said, for the operator.
        why: String,
    },
    /// Stripe keeps the key for a request with other parameters: this one was not looked
    /// at, and nobody here knows what became of that one.
    KeyReused {
        /// What Stripe said, for the operator.
        why: String,
    },
}

impl Asked {
    /// Whether there was no answer, so that asking again may tell.
    pub fn is_silence(&self) -> bool {
        matches!(self, Asked::Unknown { .. })
    }
}

/// Whether Stripe may have heard of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// No try has reached it.
    Nothing,
    /// A try may have.
    Maybe,
}

/// A call, as it is repeated.
#[derive(Clone)]
enum Call<'a> {
    Get,
    Delete,
    Post(Body, &'a IdempotencyKey),
}

/// What came of asking once.
enum Once {
    Final(Asked),
    Again { why: String, heard: Heard },
}

impl StripeClient {
    /// Over HTTPS. `limiter` is the account's: whoever asks the same account has the same.
    pub fn over_https(
        system: &PaymentSystem,
        access: &StripeAccess,
        limiter: Arc<Limiter>,
        surroundings: Surroundings,
    ) -> Result<StripeClient, reqwest::Error> {
        let transport = Arc::new(Https::new(&access.api_base, access.connect_timeout)?);
        Ok(StripeClient::over(transport, system, access, limiter, surroundings))
    }

    /// Over any way to Stripe.
    pub fn over(
        transport: Arc<dyn Transport>,
        system: &PaymentSystem,
        access: &StripeAccess,
        limiter: Arc<Limiter>,
        surroundings: Surroundings,
    ) -> StripeClient {
        StripeClient {
            account: system.account.clone(),
            test_mode: system.test_mode,
            access: access.clone(),
            transport,
            limiter,
            surroundings,
        }
    }

    /// Asks until there is an answer or the repetitions are used up.
    async fn repeat(&self, path: &str, call: Call<'_>, heard: &mut Heard) -> Asked {
        let priority = call.priority(path, *heard);
        let mut pause = FIRST_PAUSE;
        let mut tries: u64 = 0;
        loop {
            let fresh = causeway_runtime::bug!("new_key_on_retry")
                .then(|| IdempotencyKey::once(self.surroundings.uuid()));
            let call = match (call.clone(), &fresh) {
                (Call::Post(body, _), Some(fresh)) if tries > 0 => Call::Post(body, fresh),
                (call, _) => call,
            };
            let once = self.send(path, call, priority).await;
            if matches!(once, Once::Again { heard: Heard::Maybe, .. }) {
                *heard = Heard::Maybe;
            }
            match once {
                Once::Final(asked) => return asked,
                Once::Again { why, .. } if tries >= self.access.max_network_retries => {
                    tracing::warn!(path, "Stripe gave no answer, and recovery has to ask again: {why}");
                    return Asked::Unknown { why };
                }
                Once::Again { why, .. } => {
                    tracing::info!(path, "Stripe is asked again: {why}");
                    causeway_runtime::failpoint!("relay.stripe.before_retry");
                    tokio::time::sleep(self.jittered(pause)).await;
                    tries = tries.saturating_add(1);
                    pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// F35: with a key that Stripe refuses, nothing new need begin.
    fn notice_key(&self, status: u16) {
        if status == 401 {
            tracing::error!(
                account = self.account,
                "Stripe refuses the secret key of a payment system; put a good one into the settings"
            );
        }
        self.limiter.key_is_refused(status == 401);
    }

    /// Waits for its turn, as long as a call may take.
    async fn permit(&self, path: &str, call: &Call<'_>, priority: Priority) -> Option<Permit> {
        let turn = self.limiter.enter(priority, priority::endpoint(call.method(), path));
        tokio::time::timeout(self.access.timeout, turn).await.ok().flatten()
    }

    /// Between half of the pause and all of it.
    fn jittered(&self, pause: Duration) -> Duration {
        let half = pause / 2;
        let spread = u64::try_from(half.as_millis()).unwrap_or_default();
        half.saturating_add(Duration::from_millis(self.surroundings.up_to(spread)))
    }

    async fn send(&self, path: &str, call: Call<'_>, priority: Priority) -> Once {
        let Some(permit) = self.permit(path, &call, priority).await else {
            let why = "too many calls to this account were waiting before it".to_owned();
            return Once::Final(Asked::Unknown { why });
        };
        let deletes = matches!(call, Call::Delete);
        let (body, key) = match call {
            Call::Get | Call::Delete => (None, None),
            Call::Post(body, key) => (Some(body), Some(key)),
        };
        let outgoing = Outgoing {
            body,
            deletes,
            url: format!("{}{path}", self.access.api_base),
            key: self.access.secret_key.expose(),
            idempotency_key: key.map(IdempotencyKey::as_str),
            timeout: self.access.timeout,
        };
        causeway_runtime::failpoint!("relay.stripe.before_send");
        match self.transport.send(outgoing).await {
            Ok(incoming) => {
                permit.answered();
                self.notice_key(incoming.status);
                if incoming.is_rate_limit() {
                    tracing::warn!(
                        path,
                        "Stripe says that calls come too fast; this account is asked more slowly for a while"
                    );
                    self.limiter.slow_down();
                }
                read(&incoming, key.is_some())
            }
            Err(no_answer) => {
                let heard =
                    if matches!(no_answer, NoAnswer::NotSent(_)) { Heard::Nothing } else { Heard::Maybe };
                Once::Again { why: no_answer.to_string(), heard }
            }
        }
    }
}

impl Call<'_> {
    fn priority(&self, path: &str, heard: Heard) -> Priority {
        match self {
            Call::Get => Priority::of_get(path),
            // Jobs clear up.
            Call::Delete => Priority::Recovery,
            Call::Post(..) => Priority::of_post(path, heard),
        }
    }

    fn method(&self) -> &'static str {
        match self {
            Call::Get => "GET",
            Call::Delete => "DELETE",
            Call::Post(..) => "POST",
        }
    }
}

#[async_trait]
impl Processor for StripeClient {
    fn account(&self) -> &str {
        &self.account
    }

    fn test_mode(&self) -> bool {
        self.test_mode
    }

    fn longest_answer(&self) -> SignedDuration {
        let times = u32::try_from(self.access.max_network_retries).unwrap_or(u32::MAX).saturating_add(1);
        // Each waits in the line first, as long at the most.
        let once = self.access.timeout.saturating_mul(2).saturating_add(LONGEST_PAUSE);
        SignedDuration::try_from(once.saturating_mul(times)).unwrap_or(SignedDuration::MAX)
    }

    fn limiter(&self) -> Option<&Arc<Limiter>> {
        Some(&self.limiter)
    }

    /// Once Stripe may have heard, only an answer that Stripe gives from behind its
    /// idempotency layer says that nothing was done: a refused key, say, tells nothing
    /// of an earlier try.
    async fn ask(&self, request: &StripeRequest, key: &IdempotencyKey, heard: Heard) -> Asked {
        let mut heard = heard;
        let fresh = causeway_runtime::bug!("random_idempotency_key")
            .then(|| IdempotencyKey::once(self.surroundings.uuid()));
        let key = fresh.as_ref().unwrap_or(key);
        let body = Body::new(request.body());
        let asked = self.repeat(&request.path, Call::Post(body, key), &mut heard).await;
        match asked {
            Asked::Refused { error, .. } if heard == Heard::Maybe && !error.is_behind_the_key() => {
                Asked::Unknown {
                    why: format!(
                        "HTTP {} to a repetition, which tells nothing of the first try",
                        error.status
                    ),
                }
            }
            asked @ (Asked::Done { .. }
            | Asked::Refused { .. }
            | Asked::Unknown { .. }
            | Asked::Kept { .. }
            | Asked::KeyReused { .. }) => asked,
        }
    }

    async fn examine(&self, path: &str) -> Asked {
        self.repeat(path, Call::Get, &mut Heard::Nothing).await
    }

    async fn remove(&self, path: &str) -> Asked {
        self.repeat(path, Call::Delete, &mut Heard::Nothing).await
    }

    async fn tokenize(&self, card: &RawCard, holder: &Profile, key: &IdempotencyKey) -> Asked {
        let body = super::card::form(card, holder);
        self.repeat(super::card::PATH, Call::Post(body, key), &mut Heard::Nothing).await
    }
}

/// `keeps`: what is answered is kept under a key.
fn read(incoming: &Incoming, keeps: bool) -> Once {
    let header = |name: &str| incoming.headers.get(name).and_then(|value| value.to_str().ok());
    let request = header("request-id").unwrap_or_default().to_owned();
    let maybe = |why: String| Once::Again { why, heard: Heard::Maybe };
    if (200..300).contains(&incoming.status) {
        // Whatever it says, it said "done": repeating it under the same key is safe.
        return match json::read(&incoming.body) {
            Ok(object) if object.is_object() => Once::Final(Asked::Done { object, request }),
            _ => maybe(format!("HTTP {} with a body that is not a JSON object", incoming.status)),
        };
    }
    let should_retry = match header("stripe-should-retry") {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    let parsed = ErrorAnswer::read(&incoming.body);
    let understood = parsed.as_ref().is_some_and(|answer| answer.error.is_stripes());
    let body = parsed.map(|answer| answer.error).unwrap_or_default();
    let status = incoming.status;
    let said = || {
        let limited = header("stripe-rate-limited-reason").map(|why| format!(", {why}")).unwrap_or_default();
        format!("HTTP {status} {}{limited}: {}", body.code(), body.message.as_deref().unwrap_or("no message"))
    };
    match classify(status, &body, should_retry) {
        // A proxy's 4xx is not Stripe's: only an error in Stripe's form is believed.
        Class::Definitive if !understood || request.is_empty() => {
            maybe(format!("HTTP {status} with an answer that is not Stripe's"))
        }
        Class::Definitive => {
            Once::Final(Asked::Refused { error: Box::new(StripeError { status, body }), request })
        }
        // Too fast: turned away before anything was looked at.
        Class::RetrySameKey if status == 429 => Once::Again { why: said(), heard: Heard::Nothing },
        Class::RetrySameKey => maybe(said()),
        Class::Unknown => {
            let said = said();
            tracing::error!(status, request, "Stripe's answer leaves the outcome open: {said}");
            let why = format!("the idempotency key stands for a request with other parameters: {said}");
            // A 500 of somebody between us and Stripe is kept by nobody.
            let kept = keeps && status == 500 && understood && !request.is_empty();
            Once::Final(match body.kind.as_str() {
                "idempotency_error" => Asked::KeyReused { why },
                _ if kept => Asked::Kept { why: said },
                _ => Asked::Unknown { why: said },
            })
        }
    }
}
