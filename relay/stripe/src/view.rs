//! The fields of Stripe's objects that the relay reads. Parsing is lenient, because Stripe adds fields
//! and values at any time; unused fields are not declared.

use causeway_domain::payment::Card;
use serde::Deserialize;

use crate::{
    error::ErrorBody,
    ids,
    json::StripeJson,
    texts::{Entries, Id, PageUrl, Word},
};

/// A PaymentIntent (docs.stripe.com/api/payment_intents/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Intent {
    /// Id of the PaymentIntent, "pi_…".
    #[serde(deserialize_with = "ids::intent")]
    pub id: Id,
    /// Open enum: there are values that the documentation does not list.
    pub status: Word,
    /// The whole amount, in Stripe's units.
    pub amount: u64,
    /// The captured amount, in Stripe's units.
    #[serde(default)]
    pub amount_received: u64,
    /// ISO 4217 code in lower case.
    pub currency: Word,
    /// Secret for the payer's browser.
    #[serde(default)]
    pub client_secret: Option<Id>,
    /// The payer's next step, such as 3-D Secure.
    #[serde(default)]
    pub next_action: Option<NextAction>,
    /// Charge of the last attempt; an id where not expanded.
    #[serde(default)]
    pub latest_charge: Option<ChargeOrId>,
    /// The PaymentMethod of the last attempt.
    #[serde(default)]
    pub payment_method: Option<ObjectOrId>,
    /// The error of the last failed attempt.
    #[serde(default)]
    pub last_payment_error: Option<ErrorBody>,
    /// The reason of the cancellation.
    #[serde(default)]
    pub cancellation_reason: Option<Word>,
    /// Creation time, Unix seconds.
    #[serde(default)]
    pub created: i64,
    /// Mode: manual, automatic or automatic_async.
    #[serde(default)]
    pub capture_method: Option<Word>,
    /// The customer that pays.
    #[serde(default)]
    pub customer: Option<ObjectOrId>,
    /// Whether real money moves, not test money.
    #[serde(default)]
    pub livemode: Option<bool>,
    /// With correlation metadata, where the relay created the PaymentIntent.
    #[serde(default)]
    pub metadata: Entries,
}

/// The next step of the payer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct NextAction {
    /// Open enum: "redirect_to_url", "use_stripe_sdk", …
    #[serde(rename = "type")]
    pub kind: Word,
    /// Present only for the kind "redirect_to_url".
    #[serde(default)]
    pub redirect_to_url: Option<RedirectToUrl>,
}

/// The page to which the browser is redirected.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct RedirectToUrl {
    /// URL of the page.
    #[serde(default)]
    pub url: Option<PageUrl>,
}

/// An expanded charge or its id.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum ChargeOrId {
    /// Id of a charge that was not expanded.
    Id(Id),
    /// A charge that was expanded.
    Charge(Box<Charge>),
}

/// A charge (docs.stripe.com/api/charges/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Charge {
    /// Id of the charge, "ch_…".
    pub id: Id,
    /// Whether the issuer approved the charge, as a hold or as a payment.
    #[serde(default)]
    pub paid: bool,
    /// Whether the charge is or was disputed.
    #[serde(default)]
    pub disputed: bool,
    /// The refunded amount, in Stripe's units.
    #[serde(default)]
    pub amount_refunded: u64,
    /// Id "txn_…" of the capture; absent before the capture.
    #[serde(default)]
    pub balance_transaction: Option<ObjectOrId>,
    /// Details of the method that paid.
    #[serde(default)]
    pub payment_method_details: Option<PaymentMethodDetails>,
}

/// An expanded object or its id.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum ObjectOrId {
    /// Id of an object that was not expanded.
    Id(Id),
    /// An object that was expanded.
    Object {
        /// Id of the expanded object.
        id: Id,
    },
}

impl ObjectOrId {
    /// The id of the object, expanded or not.
    pub(crate) fn into_id(self) -> String {
        match self {
            ObjectOrId::Id(id) | ObjectOrId::Object { id } => id.into(),
        }
    }
}

/// Details of the method that paid a charge.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct PaymentMethodDetails {
    /// Present only for card payments.
    #[serde(default)]
    pub card: Option<CardDetails>,
}

/// The card of a charge or a PaymentMethod.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct CardDetails {
    /// Open enum of brands: "visa", …
    #[serde(default)]
    pub brand: Option<Word>,
    /// The last four digits of the number.
    #[serde(default)]
    pub last4: Option<Word>,
    /// Month of expiry, 1 to 12.
    #[serde(default)]
    pub exp_month: Option<i32>,
    /// Year of expiry, four digits.
    #[serde(default)]
    pub exp_year: Option<i32>,
    /// The wallet that holds the card, if any.
    #[serde(default)]
    pub wallet: Option<Wallet>,
    /// End of the hold, Unix seconds.
    #[serde(default)]
    pub capture_before: Option<i64>,
    /// The issuer's authorization code.
    #[serde(default)]
    pub authorization_code: Option<Word>,
    /// The card network's id of the transaction.
    #[serde(default)]
    pub network_transaction_id: Option<Word>,
    /// The results of the issuer's checks.
    #[serde(default)]
    pub checks: Option<CardChecks>,
}

/// The results of the issuer's checks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct CardChecks {
    /// Result: pass, fail, unavailable or unchecked.
    #[serde(default)]
    pub address_line1_check: Option<Word>,
    /// Result: pass, fail, unavailable or unchecked.
    #[serde(default)]
    pub address_postal_code_check: Option<Word>,
    /// Result: pass, fail, unavailable or unchecked.
    #[serde(default)]
    pub cvc_check: Option<Word>,
}

/// A PaymentMethod (docs.stripe.com/api/payment_methods/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct PaymentMethod {
    /// Id of the PaymentMethod, "pm_…".
    #[serde(default, deserialize_with = "ids::any")]
    pub id: Id,
    /// Open enum: "card", "sepa_debit", …
    #[serde(rename = "type", default)]
    pub kind: Word,
    /// Present only for cards, also in wallets.
    #[serde(default)]
    pub card: Option<CardDetails>,
    /// The customer to which the PaymentMethod is attached.
    #[serde(default)]
    pub customer: Option<ObjectOrId>,
}

impl PaymentMethod {
    /// The type on allowlists: for a card in a wallet, the wallet's type.
    pub(crate) fn allowlisted_as(&self) -> &str {
        let wallet = self.card.as_ref().and_then(|card| card.wallet.as_ref());
        wallet.map_or(self.kind.as_str(), |wallet| wallet.kind.as_str())
    }
}

/// The wallet that holds a card.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Wallet {
    /// Open enum: "apple_pay", "google_pay", …
    #[serde(rename = "type", default)]
    pub kind: Word,
}

/// A SetupIntent (docs.stripe.com/api/setup_intents/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct SetupIntent {
    /// Id of the SetupIntent, "seti_…".
    #[serde(deserialize_with = "ids::setup")]
    pub id: Id,
    /// Open enum, as in "succeeded", "requires_action".
    pub status: Word,
    /// Secret for the payer's browser.
    #[serde(default)]
    pub client_secret: Option<Id>,
    /// Metadata, with the relay's correlation metadata.
    #[serde(default)]
    pub metadata: Entries,
    /// The next step of the payer.
    #[serde(default)]
    pub next_action: Option<NextAction>,
    /// The customer for the verified card.
    #[serde(default)]
    pub customer: Option<ObjectOrId>,
    /// The PaymentMethod of the card.
    #[serde(default)]
    pub payment_method: Option<ObjectOrId>,
    /// The error of the last failed attempt.
    #[serde(default)]
    pub last_setup_error: Option<ErrorBody>,
}

/// A customer (docs.stripe.com/api/customers/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Customer {
    /// Id of the customer, "cus_…".
    #[serde(deserialize_with = "ids::any")]
    pub id: Id,
    /// Whether the customer was deleted.
    #[serde(default)]
    pub deleted: bool,
}

/// Whether a text may be the last four digits of a card number.
fn is_last4(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl CardDetails {
    /// The card data that the relay may store.
    pub(crate) fn shown(&self) -> Card {
        Card {
            brand: self.brand.as_ref().map_or("unknown", Word::as_str).to_owned(),
            last4: self
                .last4
                .as_ref()
                .map(Word::as_str)
                .filter(|last4| is_last4(last4))
                .unwrap_or_default()
                .to_owned(),
            exp_month: self.exp_month.unwrap_or_default(),
            exp_year: self.exp_year.unwrap_or_default(),
        }
    }
}

/// A refund (docs.stripe.com/api/refunds/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Refund {
    /// Id of the refund, "re_…" or "pyr_…".
    #[serde(deserialize_with = "ids::refund")]
    pub id: Id,
    /// The refunded amount, in Stripe's units.
    pub amount: u64,
    /// ISO 4217 code in lower case.
    pub currency: Word,
    /// Open enum: pending, requires_action, succeeded, failed, canceled.
    #[serde(default)]
    pub status: Option<Word>,
    /// Id "txn_…" of the refund.
    #[serde(default)]
    pub balance_transaction: Option<ObjectOrId>,
    /// The reason of the failure.
    #[serde(default)]
    pub failure_reason: Option<Word>,
    /// Id "txn_…" of the money's return after a failure.
    #[serde(default)]
    pub failure_balance_transaction: Option<ObjectOrId>,
    /// The PaymentIntent of the refund.
    #[serde(default)]
    pub payment_intent: Option<ObjectOrId>,
    /// Reason: duplicate, fraudulent, requested_by_customer, expired_uncaptured_charge.
    #[serde(default)]
    pub reason: Option<Word>,
    /// Creation time, Unix seconds.
    #[serde(default)]
    pub created: i64,
    /// With correlation metadata, where the relay created the refund.
    #[serde(default)]
    pub metadata: Entries,
}

/// A dispute (docs.stripe.com/api/disputes/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Dispute {
    /// Id of the dispute, "du_…" or "dp_…".
    #[serde(deserialize_with = "ids::dispute")]
    pub id: Id,
    /// The disputed amount, in Stripe's units.
    pub amount: u64,
    /// ISO 4217 code in lower case.
    pub currency: Word,
    /// Open enum, as in "needs_response", "lost".
    pub status: Word,
    /// Open enum of reasons: "fraudulent", …
    #[serde(default)]
    pub reason: Option<Word>,
    /// Creation time, Unix seconds.
    #[serde(default)]
    pub created: i64,
    /// State of the evidence against the dispute.
    #[serde(default)]
    pub evidence_details: Option<EvidenceDetails>,
    /// Movements of the balance: withdrawals and reinstatements.
    #[serde(default)]
    pub balance_transactions: Vec<ObjectOrId>,
}

/// State of the evidence against a dispute.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct EvidenceDetails {
    /// Deadline for evidence, Unix seconds.
    #[serde(default)]
    pub due_by: Option<i64>,
    /// How often evidence was submitted.
    #[serde(default)]
    pub submission_count: u32,
}

/// An event (docs.stripe.com/api/events/object).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Event {
    /// Id of the event, "evt_…".
    #[serde(deserialize_with = "ids::event")]
    pub id: Id,
    /// Open enum: "payment_intent.succeeded", …
    #[serde(rename = "type")]
    pub kind: Word,
    /// Creation time of the event, Unix seconds.
    pub created: i64,
    /// Whether real money moves, not test money.
    #[serde(default)]
    pub livemode: bool,
    /// The account, for an event of a connected account.
    #[serde(default)]
    pub account: Option<Id>,
    /// The object of the event.
    pub data: EventData,
}

/// The object of an event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct EventData {
    /// The object at the time of the event. The shape depends on the API version, so the relay takes
    /// only hints from the object.
    pub object: StripeJson,
}
