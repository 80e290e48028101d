//! The objects that an account holds. Each file has the state of one, and its JSON as Stripe shows it.

pub(crate) mod balance_transaction;
pub(crate) mod billing_details;
pub(crate) mod card;
pub(crate) mod charge;
pub(crate) mod charge_details;
pub(crate) mod customer;
pub(crate) mod dispute;
pub(crate) mod intents;
pub(crate) mod mandate;
pub(crate) mod means;
pub(crate) mod options;
pub(crate) mod payment_intent;
pub(crate) mod payment_intent_view;
pub(crate) mod payment_method;
pub(crate) mod refund;
pub(crate) mod setup_attempt;
pub(crate) mod setup_intent;
pub(crate) mod shipping;
pub(crate) mod token;
pub(crate) mod webhook_endpoint;

use serde_json::Value;

use crate::metadata::Metadata;

/// Anything that has an id and can be shown.
pub(crate) trait Object: std::fmt::Debug + Send + Sync {
    /// The id, `pi_…`.
    fn id(&self) -> &str;
    /// When it came into being, in unix seconds.
    fn created(&self) -> i64;
    /// What the caller attached, where objects are searched by it.
    fn metadata(&self) -> Option<&Metadata> {
        None
    }
    /// The JSON, with the ids of other objects in the place of the objects.
    fn show(&self, seen: Seen) -> Value;
}

/// Where and when an object is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Whether the account's money would be real.
    pub(crate) livemode: bool,
    /// The moment, in unix seconds.
    pub(crate) now: i64,
}
