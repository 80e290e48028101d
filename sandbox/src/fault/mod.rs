//! What can go wrong with a call, as an enum, and the rules by which it is made to go wrong.

mod armed;
mod kinds;
mod rule;
mod serial;
mod strike;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use armed::ArmedRule;
pub(crate) use armed::Faults;
pub use kinds::FaultKind;
pub use rule::FaultRule;
use rule::Target;
pub(crate) use strike::strike;

/// Something that goes wrong with a call. In JSON it is an object whose `kind` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The connection is reset before anything happens.
    RefuseBefore,
    /// The call takes effect, and the connection is reset before the answer.
    LoseAnswer,
    /// The call takes effect, and the connection ends in the middle of the answer's body.
    CutBody,
    /// 429 with `Stripe-Rate-Limited-Reason`. Nothing happens.
    RateLimited {
        /// Which limit was reached.
        #[serde(default)]
        reason: RateLimit,
    },
    /// 429 without that header, for an object that is locked. Nothing happens.
    LockTimeout,
    /// 409, as if another call with the same key were under way. Nothing happens.
    KeyInUse,
    /// 500, which is kept under the idempotency key.
    ServerError {
        /// Whether the call took effect all the same.
        effect: bool,
    },
    /// 502, not kept. Nothing happens.
    BadGateway,
    /// 503, not kept. Nothing happens.
    Unavailable,
    /// 504, not kept. Nothing happens.
    GatewayTimeout,
    /// 503 with `Stripe-Should-Retry`. Nothing happens.
    ShouldRetry(#[serde(with = "serial::retry")] bool),
    /// A wait, and then the effect. A caller who hangs up while waiting has caused nothing.
    SlowBefore(#[serde(with = "serial::milliseconds")] Duration),
    /// The effect at once, and the answer after a wait. The effect stands if the caller hangs up.
    SlowAfter(#[serde(with = "serial::milliseconds")] Duration),
    /// No answer at all, until the caller gives up or the sandbox stops.
    BlackHole {
        /// Whether the call takes effect.
        effect: bool,
    },
    /// The effect, and an answer that says it is JSON and is not.
    BrokenJson,
    /// The effect, and a page of HTML as the answer.
    Html,
    /// The effect, and an answer whose JSON ends early, although its length is announced correctly.
    Truncated,
    /// The effect, and an answer that is padded until it has so many bytes.
    Huge {
        /// How many.
        bytes: u64,
    },
    /// The effect, and an answer without a mistake that shows an object of another type.
    WrongObject,
}

/// Which of Stripe's limits a call ran into, as `Stripe-Rate-Limited-Reason` says it.
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
    /// The word in the header.
    pub(crate) fn word(self) -> &'static str {
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
