//! Snapshots of a processor's objects, and observations of them. Whatever the way an object
//! was seen, an API answer, a webhook, a polled event, a look-up or a pull, it is one of these.

use std::collections::BTreeMap;

use causeway::money::Money;
use jiff::Timestamp;

use crate::{
    operation::Source,
    payment::{Action, Card, DisputeState, failure::Failure},
};

/// A processor's no.
mod rejection;
/// The objects of events.
mod event_object;

pub use event_object::{ChargeHint, EventObject};
pub use rejection::{Rejection, RejectionReason};

/// An observation of something at the processor.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// A PaymentIntent as it is.
    Intent(Box<IntentSnapshot>),
    /// A PaymentIntent as it is, with its refunds and disputes.
    Pulled(Box<Pulled>),
    /// A refund as it is.
    Refund(Box<RefundSnapshot>),
    /// A SetupIntent as it is.
    Setup(Box<SetupSnapshot>),
    /// A PaymentMethod as it is.
    Method(Box<MethodSnapshot>),
    /// A customer as they are.
    Customer(CustomerSnapshot),
    /// A definitive no to what was asked.
    Refused(Box<Rejection>),
    /// No answer that could be believed.
    Lost {
        /// What was seen instead, for the operator.
        why: String,
    },
    /// An error that the processor keeps as the answer to the idempotency key.
    Kept {
        /// The processor's words.
        why: String,
    },
    /// The idempotency key stands for another request, whose outcome is not known here.
    KeyReused {
        /// The processor's words.
        why: String,
    },
}

impl Observation {
    /// Whether asking again may tell more.
    pub fn is_silence(&self) -> bool {
        matches!(self, Observation::Lost { .. })
    }

    /// Whether the processor answers the same for as long as it keeps the key, and the answer
    /// tells nothing of the outcome.
    pub fn spends_the_key(&self) -> bool {
        matches!(self, Observation::Kept { .. } | Observation::KeyReused { .. })
    }
}

/// A PaymentIntent with its refunds and disputes.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulled {
    /// The PaymentIntent.
    pub intent: IntentSnapshot,
    /// All of its refunds, oldest first.
    pub refunds: Vec<RefundSnapshot>,
    /// All of its disputes, oldest first.
    pub disputes: Vec<DisputeSnapshot>,
}

/// The way by which an observation came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The source for the timeline.
    pub source: Source,
    /// The processor's event or request, for people who look for it there.
    pub reference: Option<String>,
}

/// Metadata of an object.
pub type Metadata = BTreeMap<String, String>;

/// Names of the metadata by which objects at the processor are correlated with ours.
pub mod correlation {
    /// Our id of the payment.
    pub const PAYMENT: &str = "causeway_payment";
    /// Our id of the operation.
    pub const OPERATION: &str = "causeway_operation";
    /// The idempotency key under which the object was asked for.
    pub const KEY: &str = "causeway_key";
    /// Our token of the card.
    pub const CARD: &str = "causeway_card";
}

/// An amount as the processor shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAmount {
    /// The amount; `None`: zero, or no amount of the currency.
    pub money: Option<Money>,
    /// The number in the processor's own units, for people and for comparing two amounts of one
    /// object.
    pub units: u64,
    /// The currency code as shown, lower case.
    pub currency: String,
}

impl ShownAmount {
    /// Whether it is this amount.
    pub fn is(&self, money: Money) -> bool {
        self.money == Some(money)
    }
}

/// The status of a PaymentIntent (docs.stripe.com/payments/paymentintents/lifecycle).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentStatus {
    /// The attempt failed, or there was none yet.
    RequiresPaymentMethod,
    /// Created and not confirmed.
    RequiresConfirmation,
    /// The payer has to act.
    RequiresAction,
    /// Held.
    RequiresCapture,
    /// Taken.
    Succeeded,
    /// Canceled.
    Canceled,
    /// Any other word, such as `processing`: neither paid nor failed.
    Other(String),
}

impl IntentStatus {
    /// The processor's word.
    pub fn as_str(&self) -> &str {
        match self {
            IntentStatus::RequiresPaymentMethod => "requires_payment_method",
            IntentStatus::RequiresConfirmation => "requires_confirmation",
            IntentStatus::RequiresAction => "requires_action",
            IntentStatus::RequiresCapture => "requires_capture",
            IntentStatus::Succeeded => "succeeded",
            IntentStatus::Canceled => "canceled",
            IntentStatus::Other(word) => word,
        }
    }

    /// Reads the processor's word; the old names of before 2019 are read too.
    pub fn parse(word: &str) -> IntentStatus {
        match word {
            "requires_payment_method" | "requires_source" => IntentStatus::RequiresPaymentMethod,
            "requires_confirmation" => IntentStatus::RequiresConfirmation,
            "requires_action" | "requires_source_action" => IntentStatus::RequiresAction,
            "requires_capture" => IntentStatus::RequiresCapture,
            "succeeded" => IntentStatus::Succeeded,
            "canceled" => IntentStatus::Canceled,
            other => IntentStatus::Other(other.to_owned()),
        }
    }

    /// Whether there is nothing to go on with but another attempt.
    pub fn waits_for_a_method(&self) -> bool {
        matches!(self, IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation)
    }
}

/// A PaymentIntent.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentSnapshot {
    /// "pi_…"
    pub id: String,
    /// Where it stands.
    pub status: IntentStatus,
    /// The amount that was asked for.
    pub amount: ShownAmount,
    /// The amount that was taken.
    pub received: ShownAmount,
    /// For the payer's browser.
    pub client_secret: Option<String>,
    /// What the payer has to do; empty where there is nothing.
    pub action: Action,
    /// The last attempt; an id where it was not expanded.
    pub charge: Option<ChargeOrId>,
    /// "pm_…" of what paid, or tried to.
    pub payment_method: Option<String>,
    /// Why the last attempt failed, where one did.
    pub failure: Option<Failure>,
    /// Whether it was canceled by time and not by anybody's call.
    pub lapsed: bool,
    /// When it was made, Unix seconds.
    pub created: i64,
    /// Whether a hold has to be captured by a call of its own; `None`: not shown.
    pub manual_capture: Option<bool>,
    /// "cus_…" of who pays.
    pub customer: Option<String>,
    /// Whether real money moves.
    pub livemode: Option<bool>,
    /// With our correlation metadata, where it is ours.
    pub metadata: Metadata,
}

/// An expanded charge or its id.
#[derive(Debug, Clone, PartialEq)]
pub enum ChargeOrId {
    /// Not expanded.
    Id(String),
    /// Expanded.
    Charge(Box<ChargeSnapshot>),
}

/// A charge.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargeSnapshot {
    /// "ch_…"
    pub id: String,
    /// Whether the issuer agreed to it, as a hold or as a charge.
    pub paid: bool,
    /// Whether there is a dispute, or was one.
    pub disputed: bool,
    /// "txn_…" of the capture; absent before.
    pub balance_transaction: Option<String>,
    /// The card that paid.
    pub card: Option<ChargedCard>,
}

/// The card of a charge.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargedCard {
    /// Brand, last four digits, expiry.
    pub card: Card,
    /// When the hold lapses.
    pub capture_before: Option<Timestamp>,
    /// The issuer's code.
    pub authorization_code: Option<String>,
    /// The network's id.
    pub network_transaction_id: Option<String>,
    /// Result of the address check: pass, fail, unavailable, unchecked.
    pub avs_line1: Option<String>,
    /// Result of the postal code check.
    pub avs_postal_code: Option<String>,
    /// Result of the security code check.
    pub cvc: Option<String>,
}

/// Where a refund stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundStatus {
    /// Given back.
    Succeeded,
    /// It failed, for this reason in the processor's word.
    Failed(String),
    /// Canceled.
    Canceled,
    /// On its way, and any word that is not known.
    Pending,
}

/// A refund.
#[derive(Debug, Clone, PartialEq)]
pub struct RefundSnapshot {
    /// "re_…" or "pyr_…"
    pub id: String,
    /// How much.
    pub amount: ShownAmount,
    /// Where it stands.
    pub status: RefundStatus,
    /// "txn_…"
    pub balance_transaction: Option<String>,
    /// "txn_…" by which it came back.
    pub failure_balance_transaction: Option<String>,
    /// "pi_…" of the payment.
    pub payment_intent: Option<String>,
    /// duplicate, fraudulent, requested_by_customer, expired_uncaptured_charge.
    pub reason: Option<String>,
    /// When it was made, Unix seconds.
    pub created: i64,
    /// With our correlation metadata, where it is ours.
    pub metadata: Metadata,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq)]
pub struct DisputeSnapshot {
    /// "du_…" or "dp_…"
    pub id: String,
    /// How much.
    pub amount: ShownAmount,
    /// The processor's word for where it stands.
    pub status: String,
    /// Where it stands; `None`: a word that is not known.
    pub state: Option<DisputeState>,
    /// Why, in the processor's word.
    pub reason: String,
    /// When it was opened, Unix seconds.
    pub created: i64,
    /// Until when it can be answered.
    pub due_by: Option<Timestamp>,
    /// How often evidence was sent.
    pub submissions: u32,
    /// "txn_…" of what was taken and what came back.
    pub balance_transactions: Vec<String>,
}

/// Where a SetupIntent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupStatus {
    /// The card is verified.
    Succeeded,
    /// The payer has to act.
    RequiresAction,
    /// The verification failed.
    RequiresPaymentMethod,
    /// Canceled.
    Canceled,
    /// Any other word, such as `processing`.
    Other,
}

/// A SetupIntent: the verification of a card.
#[derive(Debug, Clone, PartialEq)]
pub struct SetupSnapshot {
    /// "seti_…"
    pub id: String,
    /// Where it stands.
    pub status: SetupStatus,
    /// What the payer has to do; empty where there is nothing.
    pub action: Action,
    /// "cus_…" whose card.
    pub customer: Option<String>,
    /// "pm_…" of the card.
    pub payment_method: Option<String>,
    /// Why the last attempt failed.
    pub failure: Failure,
}

/// A PaymentMethod.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodSnapshot {
    /// "pm_…"
    pub id: String,
    /// The type: "card", "sepa_debit", …
    pub kind: String,
    /// The type that allowlists know it as: a card in a wallet is the wallet's.
    pub allowlisted_as: String,
    /// The card, only for cards.
    pub card: Option<Card>,
    /// "cus_…" whom it is stored with.
    pub customer: Option<String>,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSnapshot {
    /// "cus_…"
    pub id: String,
    /// Whether they were deleted.
    pub deleted: bool,
}

/// What an answer is for: a no is told in words that fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A payment of this amount. The payer is there, or at least concerned.
    Payment(Money),
    /// A card that is to be kept.
    Card,
    /// A capture, a refund or a deletion. The payer may have been charged before.
    FollowUp,
}
