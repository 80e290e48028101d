//! The reasons why a request to the control API or to the Rust handle is refused.

use crate::access::permissions::{Level, Resource};
use crate::objects::account::CAPABILITIES;
use crate::stripe_enum::alternatives;

/// A refusal that the Rust handle and the control API share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The clock would have to go back.
    #[error("the clock goes forward only: it is {now} now, and {to} is over")]
    Backwards {
        /// The current time, in unix seconds.
        now: i64,
        /// The requested time, in unix seconds.
        to: i64,
    },
    /// The clock would go too far.
    #[error("the clock goes no further than a hundred years at a time")]
    TooFar,
    /// A text that is not an API key.
    #[error("{shown} is no key: sk_test_…, sk_live_…, rk_… and pk_… are")]
    NotAKey {
        /// The text, masked like a key.
        shown: String,
    },
    /// Permissions for a key that is not a restricted key.
    #[error("only restricted keys, rk_…, have permissions: {shown} may do what its kind may")]
    NotRestricted {
        /// The key, with the secret masked.
        shown: String,
    },
    /// A text that is not the id of an account.
    #[error("{text} is no account: accounts are acct_…")]
    NotAnAccount {
        /// The text as the caller sent the text.
        text: String,
    },
    /// A text that is not a wallet.
    #[error("{text} is no wallet: klarna, paypal and link are; all other types are always enabled")]
    NotAWallet {
        /// The text as the caller sent the text.
        text: String,
    },
    /// A permission for an unknown resource.
    #[error("there is no permission for {0}: there are some for {known}", known = alternatives::<Resource>())]
    UnknownResource(String),
    /// A capability that accounts of the sandbox do not have.
    #[error("there is no capability {0}: there is {known}", known = CAPABILITIES.join(", "))]
    UnknownCapability(String),
    /// An unknown level of a permission.
    #[error("{0} is no level of a permission: {known} are", known = alternatives::<Level>())]
    UnknownLevel(String),
}

/// The reason why an HTTP request to the control API fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// A path without an endpoint (404).
    #[error("there is nothing at {path}; there is {}", known.join(", "))]
    Path { path: String, known: Vec<&'static str> },
    /// A method that the path does not have (405).
    #[error("{path} takes {}, and not {method}", allowed.join(", "))]
    Method { method: String, path: String, allowed: Vec<&'static str> },
    /// A parameter that the query does not have.
    #[error("there is no parameter {name} here; {}", listed(known))]
    Parameter { name: String, known: &'static [&'static str] },
    /// A value that the parameter cannot have.
    #[error("{name} cannot be {value}: it is {wanted}")]
    Value { name: &'static str, value: String, wanted: &'static str },
    /// A body that is not the expected JSON object.
    #[error("the body has to be one JSON object: {0}")]
    Body(String),
    /// A field that the kind of fault does not have.
    #[error("the fault {kind} has no field {name}; {}", listed(known))]
    FaultField { kind: &'static str, name: String, known: &'static [&'static str] },
    /// Fields that exclude each other, or a missing field.
    #[error("{0}")]
    Fields(&'static str),
    /// An object that does not exist (404).
    #[error("{0}")]
    Missing(String),
    /// A refusal that the Rust handle shares.
    #[error(transparent)]
    Refusal(#[from] Refusal),
}

impl ControlError {
    /// The HTTP status code of the answer.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Path { .. } | Self::Missing(_) => 404,
            Self::Method { .. } => 405,
            Self::Parameter { .. }
            | Self::Value { .. }
            | Self::Body(_)
            | Self::FaultField { .. }
            | Self::Fields(_)
            | Self::Refusal(_) => 400,
        }
    }
}

/// The part of the message that lists the known names.
fn listed(known: &[&str]) -> String {
    if known.is_empty() { "there is none".to_owned() } else { format!("there is {}", known.join(", ")) }
}
