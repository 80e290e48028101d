//! Answers of Stripe before the object is parsed.

use causeway::pan::holds_card_number;
use causeway_domain::observation::Purpose;
use causeway_ports::processor::{Delivery, ProcessorReply};

use crate::{
    classify::{Class, classify},
    client::Owner,
    endpoint::ObjectKind,
    error::{ErrorAnswer, ErrorBody, StripeError},
    expected::{Disbelief, Expected},
    json::{self, StripeJson},
    snapshot,
    texts::{Id, Sentence, Word},
    transport::Incoming,
};

/// The answer to a call, with the object as JSON.
#[derive(Debug)]
pub(crate) enum RawReply {
    /// Stripe executed the call and returned the object.
    Done {
        /// The object as JSON, not yet believed.
        object: StripeJson,
        /// The `Request-Id`, for Stripe's support.
        request: String,
    },
    /// Stripe refused the call, and the call had no effect.
    Refused {
        /// The error in Stripe's format.
        error: Box<StripeError>,
        /// The `Request-Id`, for Stripe's support.
        request: String,
    },
    /// No credible answer: the call may have had an effect.
    Unknown {
        /// The reason for the missing answer, for the operator.
        why: String,
    },
    /// An error that Stripe keeps as the answer to this idempotency key: a repetition reveals no more.
    Kept {
        /// Stripe's message, for the operator.
        why: String,
    },
    /// Stripe keeps the idempotency key for a request with other parameters. Stripe did not execute
    /// this request, and the outcome of the other request is unknown here.
    KeyReused {
        /// Stripe's message, for the operator.
        why: String,
    },
}

/// The context of a call, for parsing the answer.
pub(crate) struct Context<'a> {
    /// Kind of the object in the answer.
    pub(crate) kind: ObjectKind,
    /// What the answer has to show before it is believed.
    pub(crate) expected: Expected<'a>,
    /// Tenant and payment system, for log lines.
    pub(crate) owner: &'a Owner,
    /// The purpose of the call, for a refusal.
    pub(crate) purpose: Purpose,
    /// The customer that the request named.
    pub(crate) customer: Option<&'a str>,
}

impl RawReply {
    /// Parses the object of the reply. An object that does not parse as the expected kind, or that cannot be
    /// the answer to the request, is neither success nor failure.
    pub(crate) fn read(self, context: &Context<'_>) -> ProcessorReply {
        match self {
            RawReply::Done { object, request } => {
                if let Some(kind) = context.expected.type_left_out(&object) {
                    return context.not_enabled(kind, request);
                }
                let object = match context.expected.believe(object) {
                    Ok(object) => object,
                    Err(why) => return context.disbelieved(&why, request),
                };
                match snapshot::read_object(context.kind, object) {
                    Ok(object) => ProcessorReply::Succeeded { object, request },
                    Err(error) => ProcessorReply::Unreadable {
                        why: format!(
                            "Stripe answered with an object that does not read as expected: {}",
                            json::reason(&error)
                        ),
                        foreign: false,
                        request,
                    },
                }
            }
            RawReply::Refused { error, request } => {
                if let Err(why) = context.expected.believe_refusal(&error.whole) {
                    return context.disbelieved(&why, request);
                }
                let rejection = Box::new(error.into_rejection(context.purpose, context.customer));
                ProcessorReply::Rejected { rejection, request }
            }
            RawReply::Unknown { why } => ProcessorReply::NoAnswer { why },
            RawReply::Kept { why } => ProcessorReply::PersistedError { why },
            RawReply::KeyReused { why } => ProcessorReply::KeyConflict { why },
        }
    }
}

impl Context<'_> {
    /// The reply for an intent without the requested type of PaymentMethod, which Stripe leaves out where
    /// the type is not enabled. No money moved.
    fn not_enabled(&self, kind: &str, request: String) -> ProcessorReply {
        let message = format!(
            "Stripe left out the payment method type {kind}, because it is not enabled for this payment; enable it \
             in Stripe's dashboard (Settings, Payment methods)"
        );
        let body = ErrorBody {
            kind: Word::cut("invalid_request_error"),
            message: Some(Sentence::cut(&message)),
            ..ErrorBody::default()
        };
        let error = StripeError { status: 200, body, whole: StripeJson::default() };
        let rejection = Box::new(error.into_rejection(self.purpose, self.customer));
        ProcessorReply::Rejected { rejection, request }
    }

    /// The reply for an object that is not believed.
    pub(crate) fn disbelieved(&self, why: &Disbelief, request: String) -> ProcessorReply {
        let why = not_ours(self.owner, &request, why);
        ProcessorReply::Unreadable { why, foreign: true, request }
    }
}

/// Reports an object that cannot be the answer to its request, and gives the sentence for the operator.
pub(crate) fn not_ours(owner: &Owner, request: &str, why: &Disbelief) -> String {
    tracing::error!(
        tenant = owner.tenant,
        payment_system = owner.payment_system,
        request,
        "Stripe showed an object that cannot be the answer to the request, and the object is not believed; \
         compare the payment with Stripe's dashboard: {why}"
    );
    format!("Stripe answered with an object that cannot be the answer: {why}")
}

/// The result of one try.
pub(crate) enum Attempt {
    /// The result is final; no repetition follows.
    Final(RawReply),
    /// The call may be repeated under the same key.
    Again {
        /// The observation, for the operator.
        why: String,
        /// Whether the try may have reached Stripe.
        delivery: Delivery,
    },
}

impl Attempt {
    /// Reads an answer. `stores_card`: the call has an idempotency key, under which Stripe keeps the answer.
    pub(crate) fn read(incoming: &Incoming, stores_card: bool, owner: &Owner) -> Attempt {
        let header = |name: &str| incoming.headers.get(name).and_then(|value| value.to_str().ok());
        let request = header("request-id").and_then(Id::parse).filter(|id| !holds_card_number(id.as_str()));
        let request = String::from(request.unwrap_or_default());
        let maybe = |why: String| Attempt::Again { why, delivery: Delivery::MaybeSent };
        if (200..300).contains(&incoming.status) {
            // The status proves success whatever the body is, and a repetition under the same key is safe.
            return match StripeJson::read(&incoming.body) {
                Ok(object) if object.value().is_object() => {
                    Attempt::Final(RawReply::Done { object, request })
                }
                _ => maybe(format!("HTTP {} with a body that is not a JSON object", incoming.status)),
            };
        }
        let should_retry = match header("stripe-should-retry") {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        let parsed = ErrorAnswer::read(&incoming.body);
        let understood = parsed.as_ref().is_some_and(|(answer, _)| answer.error.is_stripes());
        let (body, whole) = parsed.map(|(answer, whole)| (answer.error, whole)).unwrap_or_default();
        let status = incoming.status;
        let said = || {
            let limited = header("stripe-rate-limited-reason").filter(|why| !holds_card_number(why));
            let limited = limited.map(|why| format!(", {}", Word::cut(why).as_str())).unwrap_or_default();
            let message = body.message.as_ref().map_or("no message", Sentence::as_str);
            format!("HTTP {status} {}{limited}: {message}", body.code())
        };
        match classify(status, &body, should_retry) {
            // A proxy may answer with a 4xx: a refusal is credible only in Stripe's format.
            Class::Definitive if !understood || request.is_empty() => {
                maybe(format!("HTTP {status} with an answer that is not Stripe's"))
            }
            Class::Definitive => Attempt::Final(RawReply::Refused {
                error: Box::new(StripeError { status, body, whole }),
                request,
            }),
            // A rate limit: Stripe refused the call before any processing.
            Class::RetrySameKey if status == 429 => {
                Attempt::Again { why: said(), delivery: Delivery::NotSent }
            }
            Class::RetrySameKey => maybe(said()),
            Class::Unknown => {
                let said = said();
                tracing::error!(
                    tenant = owner.tenant,
                    payment_system = owner.payment_system,
                    status,
                    request,
                    "the answer of Stripe leaves the outcome unknown: {said}"
                );
                let why = format!("the idempotency key stands for a request with other parameters: {said}");
                // A 500 of a proxy is not kept under the key.
                let kept = stores_card && status == 500 && understood && !request.is_empty();
                Attempt::Final(match body.kind.as_str() {
                    "idempotency_error" => RawReply::KeyReused { why },
                    _ if kept => RawReply::Kept { why: said },
                    _ => RawReply::Unknown { why: said },
                })
            }
        }
    }
}
