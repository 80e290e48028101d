//! The objects of an account. Each file has the state of one kind of object, and the JSON as Stripe
//! shows it.

pub(crate) mod account;
pub(crate) mod balance;
pub(crate) mod balance_transaction;
pub(crate) mod bank_account;
pub(crate) mod billing_details;
pub(crate) mod card;
pub(crate) mod charge;
pub(crate) mod charge_details;
pub(crate) mod confirmation_token;
pub(crate) mod customer;
pub(crate) mod dispute;
pub(crate) mod early_fraud_warning;
pub(crate) mod event_destination;
pub(crate) mod intents;
pub(crate) mod mandate;
pub(crate) mod instrument;
pub(crate) mod options;
pub(crate) mod payment_intent;
pub(crate) mod payment_intent_view;
pub(crate) mod payment_method;
pub(crate) mod payment_method_domain;
pub(crate) mod payout;
pub(crate) mod refund;
pub(crate) mod review;
pub(crate) mod setup_attempt;
pub(crate) mod setup_intent;
pub(crate) mod shipping;
pub(crate) mod thin_event;
pub(crate) mod token;
pub(crate) mod wallet;
pub(crate) mod webhook_endpoint;

use serde_json::Value;

use crate::balance_sums::BalanceChange;
use crate::metadata::Metadata;

/// An object with an id and a JSON form.
pub(crate) trait Object: std::fmt::Debug + Send + Sync {
    /// The id, for example `pi_…`.
    fn id(&self) -> &str;
    /// The moment of creation, in unix seconds.
    fn created(&self) -> i64;
    /// The attached metadata, for the kinds of objects that can be searched by metadata.
    fn metadata(&self) -> Option<&Metadata> {
        None
    }
    /// Names the fields by which the objects of the kind are found, each with the value. The metadata is
    /// indexed as well.
    fn indexed(&self, _add: &mut dyn FnMut(&str, &str)) {}
    /// The change of the account's balance, if the object is one.
    fn balance_change(&self) -> Option<BalanceChange<'_>> {
        None
    }
    /// The object as JSON, with the ids of other objects in the place of the objects.
    fn show(&self, context: RenderContext) -> Value;
}

/// The mode and the moment in which an object is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RenderContext {
    /// Whether the account is in live mode.
    pub(crate) livemode: bool,
    /// The current moment, in unix seconds.
    pub(crate) now: i64,
}
