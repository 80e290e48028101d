//! What Stripe says, as observations of an object. Whatever the way it came, an answer,
//! a webhook, a polled event, a look-up or a pull, it is one of these.

use crate::{
    journal::Source,
    stripe::{
        client::Asked,
        error::StripeError,
        view::{Customer, Dispute, Intent, PaymentMethod, Refund, SetupIntent},
    },
};

/// Something that was seen at Stripe.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// A PaymentIntent as it is.
    Intent(Box<Intent>),
    /// A PaymentIntent as it is, with all that hangs on it.
    Pulled(Box<Pulled>),
    /// A refund as it is.
    Refund(Box<Refund>),
    /// A SetupIntent as it is.
    Setup(Box<SetupIntent>),
    /// A PaymentMethod as it is.
    Method(Box<PaymentMethod>),
    /// A customer as they are.
    Customer(Customer),
    /// A definitive no to what was asked.
    Refused(Box<StripeError>),
    /// Nothing that could be believed.
    Lost {
        /// What was seen instead.
        why: String,
    },
    /// The same, and it is all that will ever be answered to this key.
    Kept {
        /// What Stripe said.
        why: String,
    },
    /// The idempotency key stands for another request, of which nobody here knows.
    KeyReused {
        /// What Stripe said.
        why: String,
    },
}

impl Observation {
    /// Whether it tells nothing, not even that nothing more is going to be told.
    pub fn is_silence(&self) -> bool {
        matches!(self, Observation::Lost { .. })
    }

    /// Whether Stripe has said it for as long as it keeps the key, and it tells nothing.
    pub fn spends_the_key(&self) -> bool {
        matches!(self, Observation::Kept { .. } | Observation::KeyReused { .. })
    }
}

/// A PaymentIntent with its refunds and disputes.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulled {
    /// It.
    pub intent: Intent,
    /// All of its refunds, oldest first.
    pub refunds: Vec<Refund>,
    /// All of its disputes, oldest first.
    pub disputes: Vec<Dispute>,
}

/// Which way news came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Who told.
    pub source: Source,
    /// Stripe's event or request that told, for people who look for it there.
    pub reference: Option<String>,
}

/// What kind of object an operation is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Authorize, Capture, ReleaseHold, Confirm.
    Intent,
    /// Refund.
    Refund,
    /// Tokenize.
    Setup,
    /// DeleteCard.
    Method,
    /// SetDefaultCard.
    Customer,
}

/// What came of asking, as an observation, with Stripe's `Request-Id`. An object
/// that does not read as the expected one is not believed: it is neither success
/// nor failure.
pub fn of(asked: Asked, expected: Expected) -> (Observation, Option<String>) {
    match asked {
        Asked::Done { object, request } => {
            let read = match expected {
                Expected::Intent => serde_json::from_value(object).map(Box::new).map(Observation::Intent),
                Expected::Refund => serde_json::from_value(object).map(Box::new).map(Observation::Refund),
                Expected::Setup => serde_json::from_value(object).map(Box::new).map(Observation::Setup),
                Expected::Method => serde_json::from_value(object).map(Box::new).map(Observation::Method),
                Expected::Customer => serde_json::from_value(object).map(Observation::Customer),
            };
            let lost = |error: serde_json::Error| Observation::Lost {
                why: format!("Stripe answered with an object that does not read as expected: {error}"),
            };
            (read.unwrap_or_else(lost), Some(request))
        }
        Asked::Refused { error, request } => (Observation::Refused(error), Some(request)),
        Asked::Unknown { why } => (Observation::Lost { why }, None),
        Asked::Kept { why } => (Observation::Kept { why }, None),
        Asked::KeyReused { why } => (Observation::KeyReused { why }, None),
    }
}
