//! The faults that can hit a call, and the rules that select the calls.

mod armed;
mod kinds;
mod rule;
mod serial;
mod selection;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use armed::ArmedRule;
pub(crate) use armed::Faults;
pub use kinds::FaultKind;
pub use rule::FaultRule;
use rule::Target;
pub(crate) use selection::select_fault;

/// A fault in a call. In JSON, a fault is an object with the name in the field `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The connection is reset before any effect.
    RefuseBefore,
    /// The call takes effect, and the connection is reset before the answer.
    LoseAnswer,
    /// The call takes effect, and the connection ends in the middle of the answer's body.
    CutBody,
    /// 429 with `Stripe-Rate-Limited-Reason`. The call has no effect.
    RateLimited {
        /// The limit that was reached.
        #[serde(default)]
        reason: RateLimit,
    },
    /// 429 without `Stripe-Rate-Limited-Reason`, for an object that is locked. The call has no effect.
    LockTimeout,
    /// 409, as if another call with the same key were in flight. The call has no effect.
    KeyInUse,
    /// 500, which is stored under the idempotency key.
    ServerError {
        /// Whether the call took effect all the same.
        effect: bool,
    },
    /// 502, not stored. The call has no effect.
    BadGateway,
    /// 503, not stored. The call has no effect.
    Unavailable,
    /// 504, not stored. The call has no effect.
    GatewayTimeout,
    /// 503 with `Stripe-Should-Retry`. The call has no effect.
    ShouldRetry(#[serde(with = "serial::retry")] bool),
    /// A wait, and then the effect. A caller that disconnects during the wait causes no effect.
    SlowBefore(#[serde(with = "serial::milliseconds")] Duration),
    /// The effect at once, and the answer after a wait. The effect stands if the caller disconnects.
    SlowAfter(#[serde(with = "serial::milliseconds")] Duration),
    /// No answer at all, until the caller disconnects or the sandbox stops.
    BlackHole {
        /// Whether the call takes effect.
        effect: bool,
    },
    /// The effect, and an answer with a body that is not JSON although the content type says JSON.
    BrokenJson,
    /// The effect, and a page of HTML as the answer.
    Html,
    /// The effect, and an answer with JSON that ends early, although the announced length is correct.
    Truncated,
    /// The effect, and an answer that is padded to the given size.
    Huge {
        /// The size of the answer, in bytes.
        bytes: u64,
    },
    /// The effect, and a well-formed answer that shows an object of another type.
    WrongObject,
}

/// The limit of Stripe that a call exceeded, as in `Stripe-Rate-Limited-Reason`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateLimit {
    /// Too many calls of the account at the same time.
    GlobalConcurrency,
    /// Too many calls of the account in a second.
    #[default]
    GlobalRate,
    /// Too many calls to one endpoint at the same time.
    EndpointConcurrency,
    /// Too many calls to one endpoint in a second.
    EndpointRate,
    /// Too many calls about one object.
    ResourceSpecific,
}

impl RateLimit {
    /// The value in the header.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::GlobalConcurrency => "global-concurrency",
            Self::GlobalRate => "global-rate",
            Self::EndpointConcurrency => "endpoint-concurrency",
            Self::EndpointRate => "endpoint-rate",
            Self::ResourceSpecific => "resource-specific",
        }
    }
}

impl Fault {
    /// 429 because of too many calls in a second.
    pub const RATE_LIMITED: Self = Self::RateLimited { reason: RateLimit::GlobalRate };
}
