//! Snapshots of a processor's objects, and observations of the objects. An API answer, a webhook, a polled
//! event, a look-up and a pull all become one of these types.

use std::collections::BTreeMap;

use causeway::money::PositiveMoney;
use jiff::Timestamp;

use crate::{
    operation::Source,
    payment::{Action, Card, DisputeState, failure::Failure},
};

/// Definitive refusals of a processor, with the reason.
mod rejection;
/// Objects in the bodies of events.
mod event_object;

pub use event_object::{ChargeHint, EventObject};
pub use rejection::{Rejection, RejectionReason};

/// An observation at the processor: a snapshot of an object, a refusal, or the absence of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// Snapshot of a PaymentIntent without refunds and disputes.
    Intent(Box<IntentSnapshot>),
    /// Snapshot of a PaymentIntent together with refunds and disputes.
    Pulled(Box<Pulled>),
    /// Snapshot of a refund at the processor.
    Refund(Box<RefundSnapshot>),
    /// Snapshot of a SetupIntent: the verification of a card.
    Setup(Box<SetupSnapshot>),
    /// Snapshot of a PaymentMethod, attached or not.
    Method(Box<MethodSnapshot>),
    /// Snapshot of a customer at the processor.
    Customer(CustomerSnapshot),
    /// A definitive refusal of the request.
    Refused(Box<Rejection>),
    /// No answer, or an answer that cannot be believed: the outcome is unknown.
    Lost {
        /// Description of the failure, for the operator.
        why: String,
    },
    /// An answer that cannot be the answer to the request: the outcome is unknown, and the operator gets
    /// an alarm.
    Unbelieved {
        /// What the answer shows and what was expected, for the operator.
        why: String,
    },
    /// An error that the processor stores as the answer to the idempotency key, such as HTTP 500.
    Kept {
        /// The processor's own error message.
        why: String,
    },
    /// The idempotency key belongs to a request with other parameters, and the outcome of the
    /// other request is unknown.
    KeyReused {
        /// The processor's own error message.
        why: String,
    },
}

impl Observation {
    /// Whether a retry of the request may yield an answer.
    pub fn is_silence(&self) -> bool {
        matches!(self, Observation::Lost { .. } | Observation::Unbelieved { .. })
    }

    /// Whether the processor repeats the same answer for the lifetime of the idempotency key, and the
    /// answer leaves the outcome unknown.
    pub fn spends_the_key(&self) -> bool {
        matches!(self, Observation::Kept { .. } | Observation::KeyReused { .. })
    }
}

/// A pull: a PaymentIntent with refunds and disputes.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulled {
    /// The PaymentIntent without refunds and disputes.
    pub intent: IntentSnapshot,
    /// All refunds of the PaymentIntent, oldest first.
    pub refunds: Vec<RefundSnapshot>,
    /// All disputes of the PaymentIntent, oldest first.
    pub disputes: Vec<DisputeSnapshot>,
}

/// Provenance of an observation, for the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Source of the observation in the timeline.
    pub source: Source,
    /// Id of the processor's event or request, with which people find the record at the processor.
    pub reference: Option<String>,
}

/// Metadata of an object at the processor, by name.
pub type Metadata = BTreeMap<String, String>;

/// Names of the correlation metadata that connects objects at the processor with the journal. Stored
/// objects carry the names, so a name never changes.
pub mod correlation {
    /// The relay's id of the payment.
    pub const PAYMENT: &str = "causeway_payment";
    /// The relay's id of the operation; on a refund the refund's id.
    pub const OPERATION: &str = "causeway_operation";
    /// Idempotency key of the request that created the object.
    pub const KEY: &str = "causeway_key";
    /// The relay's token of the card.
    pub const CARD: &str = "causeway_card";
}

/// An amount as the processor shows the amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAmount {
    /// The amount; `None`: zero, an unknown currency, or units that are no amount of the currency.
    pub money: Option<PositiveMoney>,
    /// The amount in the processor's own units, for messages and for comparing two amounts of one object.
    pub units: u64,
    /// The currency code as the processor shows the code; Stripe shows lower case.
    pub currency: String,
}

impl ShownAmount {
    /// Whether the processor shows exactly the given amount.
    pub fn is(&self, money: PositiveMoney) -> bool {
        self.money == Some(money)
    }
}

/// The status of a PaymentIntent (docs.stripe.com/payments/paymentintents/lifecycle).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentStatus {
    /// The attempt failed, or no attempt was made yet.
    RequiresPaymentMethod,
    /// The PaymentIntent is created and not confirmed.
    RequiresConfirmation,
    /// The payer has to act, for example authenticate with 3-D Secure.
    RequiresAction,
    /// The amount is held and waits for a capture.
    RequiresCapture,
    /// The money was taken from the payer.
    Succeeded,
    /// The PaymentIntent is canceled; no capture is possible.
    Canceled,
    /// Any other word, such as `processing`: neither paid nor failed.
    Other(String),
}

impl IntentStatus {
    /// The status in the processor's word.
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

    /// Parses the processor's status; also accepts the names from before 2019.
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

    /// Whether only a new attempt can advance the PaymentIntent.
    pub fn waits_for_a_method(&self) -> bool {
        matches!(self, IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation)
    }
}

/// Snapshot of a PaymentIntent (docs.stripe.com/api/payment_intents/object).
#[derive(Debug, Clone, PartialEq)]
pub struct IntentSnapshot {
    /// Id of the PaymentIntent, "pi_…"
    pub id: String,
    /// Status of the PaymentIntent.
    pub status: IntentStatus,
    /// The requested amount, to hold or to take.
    pub amount: ShownAmount,
    /// The amount that was taken so far.
    pub received: ShownAmount,
    /// Client secret for Stripe.js in the payer's browser.
    pub client_secret: Option<String>,
    /// The next step of the payer; an empty `kind` where no step is due.
    pub action: Action,
    /// The charge of the latest attempt; only the id where the charge is not expanded.
    pub charge: Option<ChargeOrId>,
    /// Id "pm_…" of the PaymentMethod that paid or tried to pay.
    pub payment_method: Option<String>,
    /// Reason why the latest attempt failed; `None`: no failed attempt is shown.
    pub failure: Option<Failure>,
    /// Whether the processor canceled the PaymentIntent by time, and no request canceled the PaymentIntent.
    pub lapsed: bool,
    /// Time of creation in Unix seconds.
    pub created: i64,
    /// Whether a hold needs a separate capture request; `None`: not shown.
    pub manual_capture: Option<bool>,
    /// Id "cus_…" of the paying customer.
    pub customer: Option<String>,
    /// Whether real money moves; `None`: not shown.
    pub livemode: Option<bool>,
    /// Metadata; contains correlation metadata where the relay created the object.
    pub metadata: Metadata,
}

/// An expanded charge, or only the id of a charge.
#[derive(Debug, Clone, PartialEq)]
pub enum ChargeOrId {
    /// The id "ch_…" of a charge that is not expanded.
    Id(String),
    /// The snapshot of an expanded charge.
    Charge(Box<ChargeSnapshot>),
}

/// Snapshot of a charge: one attempt to pay.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargeSnapshot {
    /// Id of the charge, "ch_…"
    pub id: String,
    /// Whether the issuer approved the charge, as a hold or as a captured charge.
    pub paid: bool,
    /// Whether the charge has or had a dispute.
    pub disputed: bool,
    /// Id "txn_…" of the capture's balance transaction; absent before the capture.
    pub balance_transaction: Option<String>,
    /// The card that paid; `None` where the charge shows no card.
    pub card: Option<ChargedCard>,
}

/// The card of a charge, with the issuer's checks.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargedCard {
    /// Brand, last four digits, expiry of the card.
    pub card: Card,
    /// Time at which the hold lapses.
    pub capture_before: Option<Timestamp>,
    /// Authorization code of the issuing bank.
    pub authorization_code: Option<String>,
    /// Id of the transaction at the card network.
    pub network_transaction_id: Option<String>,
    /// Result of the address check: pass, fail, unavailable, unchecked.
    pub avs_line1: Option<String>,
    /// Result of the postal code check; same words as the address check.
    pub avs_postal_code: Option<String>,
    /// Result of the security code check; same words as the address check.
    pub cvc: Option<String>,
}

/// Status of a refund at the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundStatus {
    /// The money went back to the payer.
    Succeeded,
    /// The refund failed; the reason in the processor's word.
    Failed(String),
    /// The refund was canceled at the processor.
    Canceled,
    /// The refund is pending, or has a status that the relay does not know.
    Pending,
}

/// Snapshot of a refund (docs.stripe.com/api/refunds/object).
#[derive(Debug, Clone, PartialEq)]
pub struct RefundSnapshot {
    /// Id of the refund, "re_…" or "pyr_…"
    pub id: String,
    /// The amount of the refund.
    pub amount: ShownAmount,
    /// Status of the refund.
    pub status: RefundStatus,
    /// Id "txn_…" of the refund's balance transaction.
    pub balance_transaction: Option<String>,
    /// Id "txn_…" of the balance transaction by which a failed refund came back.
    pub failure_balance_transaction: Option<String>,
    /// Id "pi_…" of the refunded PaymentIntent.
    pub payment_intent: Option<String>,
    /// Reason: duplicate, fraudulent, requested_by_customer, expired_uncaptured_charge.
    pub reason: Option<String>,
    /// Time of creation in Unix seconds.
    pub created: i64,
    /// Metadata; contains correlation metadata where the relay created the object.
    pub metadata: Metadata,
}

/// Snapshot of a dispute (docs.stripe.com/api/disputes/object).
#[derive(Debug, Clone, PartialEq)]
pub struct DisputeSnapshot {
    /// Id of the dispute, "du_…" or "dp_…"
    pub id: String,
    /// The amount under dispute.
    pub amount: ShownAmount,
    /// Status of the dispute in the processor's word.
    pub status: String,
    /// State of the dispute; `None`: the relay does not know the status.
    pub state: Option<DisputeState>,
    /// Reason of the dispute, in the processor's word.
    pub reason: String,
    /// Time of creation in Unix seconds.
    pub created: i64,
    /// Deadline for evidence; `None`: not shown.
    pub due_by: Option<Timestamp>,
    /// How often evidence was submitted to the bank.
    pub submissions: u32,
    /// Ids "txn_…" of the withdrawal and the reinstatement of the money.
    pub balance_transactions: Vec<String>,
}

/// Status of a SetupIntent (docs.stripe.com/api/setup_intents/object).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupStatus {
    /// The card is verified and can be stored.
    Succeeded,
    /// The payer has to act, for example authenticate with 3-D Secure.
    RequiresAction,
    /// The verification of the card failed.
    RequiresPaymentMethod,
    /// The SetupIntent is canceled before a verification.
    Canceled,
    /// Any other word, such as `processing`.
    Other,
}

/// Snapshot of a SetupIntent: the verification of a card.
#[derive(Debug, Clone, PartialEq)]
pub struct SetupSnapshot {
    /// Id of the SetupIntent, "seti_…"
    pub id: String,
    /// Status of the SetupIntent.
    pub status: SetupStatus,
    /// The next step of the payer; an empty `kind` where no step is due.
    pub action: Action,
    /// Id "cus_…" of the customer that owns the card.
    pub customer: Option<String>,
    /// Id "pm_…" of the card's PaymentMethod.
    pub payment_method: Option<String>,
    /// Reason why the latest attempt failed; a generic failure where the processor shows none.
    pub failure: Failure,
}

/// Snapshot of a PaymentMethod at the processor.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodSnapshot {
    /// Id of the PaymentMethod, "pm_…"
    pub id: String,
    /// The processor's type: "card", "sepa_debit", …
    pub kind: String,
    /// Type in the tenants' allowlists: for a card in a wallet, the wallet's type.
    pub allowlisted_as: String,
    /// Card data; `None` for every type except cards.
    pub card: Option<Card>,
    /// Id "cus_…" of the customer to which the PaymentMethod is attached.
    pub customer: Option<String>,
}

/// Snapshot of a customer at the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSnapshot {
    /// Id of the customer, "cus_…"
    pub id: String,
    /// Whether the customer was deleted at the processor.
    pub deleted: bool,
}

/// Purpose of a request, which selects the words of a refusal for the payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A payment of the given amount. The payer is present, or at least concerned.
    Payment(PositiveMoney),
    /// The storage of a card.
    Card,
    /// A capture, a refund or a deletion. The payer may have been charged before.
    FollowUp,
}
