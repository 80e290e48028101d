//! Why something cannot be done.

use crate::access::permissions::{Level, Resource};
use crate::words::one_of;

/// What the sandbox cannot do, whether the handle asks or somebody over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The clock would have to go back.
    #[error("the clock goes forward only: it is {now} now, and {to} is over")]
    Backwards {
        /// The time, in unix seconds.
        now: i64,
        /// What was asked for.
        to: i64,
    },
    /// The clock would go too far.
    #[error("the clock goes no further than a hundred years at a time")]
    TooFar,
    /// A text that is no key.
    #[error("{shown} is no key: sk_test_…, sk_live_…, rk_… and pk_… are")]
    NotAKey {
        /// The text, masked.
        shown: String,
    },
    /// Permissions for a key that has none.
    #[error("only restricted keys, rk_…, have permissions: {shown} may do what its kind may")]
    NotRestricted {
        /// The key, masked.
        shown: String,
    },
    /// A text that is no account.
    #[error("{text} is no account: accounts are acct_…")]
    NotAnAccount {
        /// The text.
        text: String,
    },
    /// A permission for something that has none.
    #[error("there is no permission for {0}: there are some for {known}", known = one_of::<Resource>())]
    UnknownResource(String),
    /// A level that permissions do not have.
    #[error("{0} is no level of a permission: {known} are", known = one_of::<Level>())]
    UnknownLevel(String),
}

/// What is wrong with what somebody asked over HTTP.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// A path that leads nowhere.
    #[error("there is nothing at {path}; there is {}", known.join(", "))]
    Path { path: String, known: Vec<&'static str> },
    /// A method that the path does not have.
    #[error("{path} takes {}, and not {method}", allowed.join(", "))]
    Method { method: String, path: String, allowed: Vec<&'static str> },
    /// A parameter that the query does not have.
    #[error("there is no parameter {name} here; {}", those(known))]
    Parameter { name: String, known: &'static [&'static str] },
    /// A value that a parameter cannot have.
    #[error("{name} cannot be {value}: it is {wanted}")]
    Value { name: &'static str, value: String, wanted: &'static str },
    /// A body that cannot be understood.
    #[error("the body has to be one JSON object: {0}")]
    Body(String),
    /// A field that a fault does not have.
    #[error("the fault {kind} has no field {name}; {}", those(known))]
    FaultField { kind: &'static str, name: String, known: &'static [&'static str] },
    /// Fields that do not go together, or one that is missing.
    #[error("{0}")]
    Fields(&'static str),
    /// Something that is not there.
    #[error("{0}")]
    Missing(String),
    /// Something that cannot be done.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Trouble {
    /// The HTTP status.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Path { .. } | Self::Missing(_) => 404,
            Self::Method { .. } => 405,
            Self::Parameter { .. }
            | Self::Value { .. }
            | Self::Body(_)
            | Self::FaultField { .. }
            | Self::Fields(_)
            | Self::Refused(_) => 400,
        }
    }
}

/// Which names there are.
fn those(known: &[&str]) -> String {
    if known.is_empty() { "there is none".to_owned() } else { format!("there is {}", known.join(", ")) }
}
