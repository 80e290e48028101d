//! Stripe's objects, as far as they are read: leniently, since Stripe adds fields and
//! values as it likes, and nothing that is not used.

use causeway_domain::{observation::Metadata, payment::Card};
use serde::Deserialize;

use crate::{error::ErrorBody, ids};

/// A PaymentIntent (docs.stripe.com/api/payment_intents/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Intent {
    /// "pi_…"
    #[serde(deserialize_with = "ids::intent")]
    pub id: String,
    /// Open enum: there are values that the documentation does not list.
    pub status: String,
    /// In Stripe's units.
    pub amount: u64,
    /// In Stripe's units.
    #[serde(default)]
    pub amount_received: u64,
    /// Lower case.
    pub currency: String,
    /// For the payer's browser.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// The next step of the payer.
    #[serde(default)]
    pub next_action: Option<NextAction>,
    /// The last attempt. An id where it was not expanded.
    #[serde(default)]
    pub latest_charge: Option<ChargeOrId>,
    /// The PaymentMethod that paid, or tried to.
    #[serde(default)]
    pub payment_method: Option<ObjectOrId>,
    /// Why the last attempt failed.
    #[serde(default)]
    pub last_payment_error: Option<ErrorBody>,
    /// Why it was canceled.
    #[serde(default)]
    pub cancellation_reason: Option<String>,
    /// When it was made, Unix seconds.
    #[serde(default)]
    pub created: i64,
    /// manual, automatic, automatic_async.
    #[serde(default)]
    pub capture_method: Option<String>,
    /// The customer that pays.
    #[serde(default)]
    pub customer: Option<ObjectOrId>,
    /// Whether real money moves.
    #[serde(default)]
    pub livemode: Option<bool>,
    /// With our correlation metadata, where it is ours.
    #[serde(default)]
    pub metadata: Metadata,
}

/// The next step of the payer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct NextAction {
    /// Open enum: "redirect_to_url", "use_stripe_sdk", …
    #[serde(rename = "type")]
    pub kind: String,
    /// Only with "redirect_to_url".
    #[serde(default)]
    pub redirect_to_url: Option<RedirectToUrl>,
}

/// The page that the payer is sent to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct RedirectToUrl {
    /// The URL.
    #[serde(default)]
    pub url: Option<String>,
}

/// An expanded charge or its id.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum ChargeOrId {
    /// Not expanded.
    Id(String),
    /// Expanded.
    Charge(Box<Charge>),
}

/// A charge (docs.stripe.com/api/charges/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Charge {
    /// "ch_…"
    pub id: String,
    /// Whether the issuer agreed to it, as a hold or as a charge.
    #[serde(default)]
    pub paid: bool,
    /// Whether there is a dispute, or was one.
    #[serde(default)]
    pub disputed: bool,
    /// How much was given back, in Stripe's units.
    #[serde(default)]
    pub amount_refunded: u64,
    /// "txn_…" of the capture; absent before.
    #[serde(default)]
    pub balance_transaction: Option<ObjectOrId>,
    /// How it was paid.
    #[serde(default)]
    pub payment_method_details: Option<PaymentMethodDetails>,
}

/// An expanded object or its id.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum ObjectOrId {
    /// Not expanded.
    Id(String),
    /// Expanded.
    Object {
        /// Its id.
        id: String,
    },
}

impl ObjectOrId {
    /// The id, either way.
    pub(crate) fn into_id(self) -> String {
        match self {
            ObjectOrId::Id(id) | ObjectOrId::Object { id } => id,
        }
    }
}

/// How a charge was paid.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct PaymentMethodDetails {
    /// Only for cards.
    #[serde(default)]
    pub card: Option<CardDetails>,
}

/// The card of a charge.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct CardDetails {
    /// Open enum: "visa", …
    #[serde(default)]
    pub brand: Option<String>,
    /// Four digits.
    #[serde(default)]
    pub last4: Option<String>,
    /// 1 to 12.
    #[serde(default)]
    pub exp_month: Option<i32>,
    /// Four digits.
    #[serde(default)]
    pub exp_year: Option<i32>,
    /// The wallet that it is in.
    #[serde(default)]
    pub wallet: Option<Wallet>,
    /// When the hold lapses, Unix seconds.
    #[serde(default)]
    pub capture_before: Option<i64>,
    /// The issuer's code.
    #[serde(default)]
    pub authorization_code: Option<String>,
    /// The network's id.
    #[serde(default)]
    pub network_transaction_id: Option<String>,
    /// The results of the issuer's checks.
    #[serde(default)]
    pub checks: Option<CardChecks>,
}

/// The results of the issuer's checks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct CardChecks {
    /// pass, fail, unavailable, unchecked.
    #[serde(default)]
    pub address_line1_check: Option<String>,
    /// pass, fail, unavailable, unchecked.
    #[serde(default)]
    pub address_postal_code_check: Option<String>,
    /// pass, fail, unavailable, unchecked.
    #[serde(default)]
    pub cvc_check: Option<String>,
}

/// A PaymentMethod (docs.stripe.com/api/payment_methods/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct PaymentMethod {
    /// "pm_…"
    #[serde(default, deserialize_with = "ids::any")]
    pub id: String,
    /// Open enum: "card", "sepa_debit", …
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Only for cards.
    #[serde(default)]
    pub card: Option<CardDetails>,
    /// The customer that it is stored with.
    #[serde(default)]
    pub customer: Option<ObjectOrId>,
}

impl PaymentMethod {
    /// Which type of an allowlist it counts as: a card in a wallet is the wallet's.
    pub(crate) fn allowlisted_as(&self) -> &str {
        let wallet = self.card.as_ref().and_then(|card| card.wallet.as_ref());
        wallet.map_or(self.kind.as_str(), |wallet| wallet.kind.as_str())
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct List<T> {
    /// Newest first.
    pub data: Vec<T>,
    /// Whether there are more.
    #[serde(default)]
    pub has_more: bool,
}

/// The wallet that a card is in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Wallet {
    /// Open enum: "apple_pay", "google_pay", …
    #[serde(rename = "type", default)]
    pub kind: String,
}

/// A SetupIntent (docs.stripe.com/api/setup_intents/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct SetupIntent {
    /// "seti_…"
    #[serde(deserialize_with = "ids::setup")]
    pub id: String,
    /// Open enum.
    pub status: String,
    /// For the payer's browser.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// Ours among them.
    #[serde(default)]
    pub metadata: Metadata,
    /// The next step of the payer.
    #[serde(default)]
    pub next_action: Option<NextAction>,
    /// The customer whose card it is.
    #[serde(default)]
    pub customer: Option<ObjectOrId>,
    /// The card.
    #[serde(default)]
    pub payment_method: Option<ObjectOrId>,
    /// Why the last attempt failed.
    #[serde(default)]
    pub last_setup_error: Option<ErrorBody>,
}

/// A customer (docs.stripe.com/api/customers/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Customer {
    /// "cus_…"
    #[serde(deserialize_with = "ids::any")]
    pub id: String,
    /// Whether it was deleted.
    #[serde(default)]
    pub deleted: bool,
}

impl CardDetails {
    /// A card, as far as it may be kept.
    pub(crate) fn shown(&self) -> Card {
        Card {
            brand: self.brand.clone().unwrap_or_else(|| "unknown".to_owned()),
            last4: self.last4.clone().filter(|last4| last4.len() == 4).unwrap_or_default(),
            exp_month: self.exp_month.unwrap_or_default(),
            exp_year: self.exp_year.unwrap_or_default(),
        }
    }
}

/// A refund (docs.stripe.com/api/refunds/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Refund {
    /// "re_…"
    #[serde(deserialize_with = "ids::refund")]
    pub id: String,
    /// In Stripe's units.
    pub amount: u64,
    /// Lower case.
    pub currency: String,
    /// Open enum: pending, requires_action, succeeded, failed, canceled.
    #[serde(default)]
    pub status: Option<String>,
    /// "txn_…"
    #[serde(default)]
    pub balance_transaction: Option<ObjectOrId>,
    /// Why it failed.
    #[serde(default)]
    pub failure_reason: Option<String>,
    /// "txn_…" by which it came back.
    #[serde(default)]
    pub failure_balance_transaction: Option<ObjectOrId>,
    /// The PaymentIntent that is refunded.
    #[serde(default)]
    pub payment_intent: Option<ObjectOrId>,
    /// duplicate, fraudulent, requested_by_customer, expired_uncaptured_charge.
    #[serde(default)]
    pub reason: Option<String>,
    /// When it was made, Unix seconds.
    #[serde(default)]
    pub created: i64,
    /// With our correlation metadata, where it is ours.
    #[serde(default)]
    pub metadata: Metadata,
}

/// A dispute (docs.stripe.com/api/disputes/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Dispute {
    /// "du_…" or "dp_…"
    pub id: String,
    /// In Stripe's units.
    pub amount: u64,
    /// Lower case.
    pub currency: String,
    /// Open enum.
    pub status: String,
    /// Open enum: "fraudulent", …
    #[serde(default)]
    pub reason: Option<String>,
    /// Unix seconds.
    #[serde(default)]
    pub created: i64,
    /// How far the answer is.
    #[serde(default)]
    pub evidence_details: Option<EvidenceDetails>,
    /// The movements: taken, and given back.
    #[serde(default)]
    pub balance_transactions: Vec<ObjectOrId>,
}

/// How far the answer to a dispute is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct EvidenceDetails {
    /// Until when it can be answered, Unix seconds.
    #[serde(default)]
    pub due_by: Option<i64>,
    /// How often evidence was sent.
    #[serde(default)]
    pub submission_count: u32,
}

/// An event (docs.stripe.com/api/events/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Event {
    /// "evt_…"
    pub id: String,
    /// Open enum: "payment_intent.succeeded", …
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened, Unix seconds.
    pub created: i64,
    /// Whether real money moves.
    #[serde(default)]
    pub livemode: bool,
    /// The account, where it is a connected one.
    #[serde(default)]
    pub account: Option<String>,
    /// The object of the event.
    pub data: EventData,
}

/// An event with all that it came with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub(crate) struct WholeEvent {
    /// The part that is read.
    pub event: Event,
    /// All of it.
    pub whole: serde_json::Value,
}

impl TryFrom<serde_json::Value> for WholeEvent {
    type Error = serde_json::Error;

    fn try_from(value: serde_json::Value) -> Result<WholeEvent, serde_json::Error> {
        Ok(WholeEvent { event: Event::deserialize(&value)?, whole: value })
    }
}

/// The object of an event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct EventData {
    /// The object as it was then. Its shape depends on the version of the API, so
    /// nothing but hints is taken from it.
    pub object: serde_json::Value,
}
