//! A payment, and how what Stripe says moves it. Pure: no clock, disk or network.

use causeway::{
    link::credential::TenantName,
    money::Money,
    order::{PaymentId, RefundReason, authorize::CaptureMode},
    text::{Note, RequestId},
    v1::PaymentStatus,
};
use jiff::Timestamp;

/// Why something was not approved.
pub mod failure;
/// What Stripe says, as observations of an object.
pub mod observation;
/// How an observation moves a payment.
pub mod observe;
/// What was agreed: the order after the rules.
pub mod terms;
/// A payment as what an operation is about.
mod subject;
/// A payment as billing sees it.
pub mod wire;

pub use terms::Terms;

use failure::Failure;

/// One authorization and all that becomes of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Payment {
    /// Ours.
    pub id: PaymentId,
    /// Whose.
    pub tenant: TenantName,
    /// Name of the payment system that takes it.
    pub payment_system: String,
    /// The Stripe account, where the operator told it; otherwise empty.
    pub account: String,
    /// True when no real money moves.
    pub test_mode: bool,
    /// What billing asked for, after the rules.
    pub order: Terms,
    /// When it is captured: the order's word, or the payment system's.
    pub capture_mode: CaptureMode,
    /// When it was started.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// Where it stands, with what is true there and only there.
    pub state: State,
    /// What Stripe told beside that.
    pub facts: Facts,
    /// A capture under way, or one that nobody knows the outcome of.
    pub open_capture: Option<OpenCapture>,
    /// Money on its way back, oldest first.
    pub refunds: Vec<Refund>,
}

/// Where a payment stands.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum State {
    /// Written down; the answer is not there yet.
    Started,
    /// The payer has to act.
    ActionRequired {
        /// What.
        action: Action,
        /// Why nobody was asked at once, when nobody was there.
        failure: Option<Failure>,
    },
    /// Stripe is still working on it.
    Pending,
    /// Held.
    Authorized {
        /// Until then, as Stripe says.
        hold_expires: Option<Timestamp>,
    },
    /// Taken.
    Captured {
        /// So much; the rest of the hold was released.
        captured: Money,
    },
    /// The bank or Stripe said no.
    Declined {
        /// Why.
        failure: Failure,
    },
    /// Nobody knows yet.
    Unknown {
        /// Why not.
        failure: Failure,
    },
    /// The hold was given back.
    Released,
    /// The hold lapsed.
    Expired {
        /// When, as far as it is known.
        at: Option<Timestamp>,
    },
    /// Was unknown, and had no effect.
    NotCharged,
    /// Given up before a hold.
    Canceled,
}

impl State {
    /// Its name on the wire and in the journal.
    pub fn status(&self) -> PaymentStatus {
        match self {
            State::Started => PaymentStatus::Started,
            State::ActionRequired { .. } => PaymentStatus::ActionRequired,
            State::Pending => PaymentStatus::Pending,
            State::Authorized { .. } => PaymentStatus::Authorized,
            State::Captured { .. } => PaymentStatus::Captured,
            State::Declined { .. } => PaymentStatus::Declined,
            State::Unknown { .. } => PaymentStatus::Unknown,
            State::Released => PaymentStatus::Released,
            State::Expired { .. } => PaymentStatus::Expired,
            State::NotCharged => PaymentStatus::NotCharged,
            State::Canceled => PaymentStatus::Canceled,
        }
    }
}

/// What the payer has to do.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Action {
    /// Stripe's name of it.
    pub kind: String,
    /// For the payer's browser.
    pub client_secret: String,
    /// Where to go, if it is a redirect.
    pub redirect_url: String,
}

/// What Stripe told of a payment: ids, card, marks of the bank.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// "pi_…"
    pub payment_intent: Option<String>,
    /// "pm_…", as Stripe took it.
    #[serde(default)]
    pub payment_method: Option<String>,
    /// "ch_…"
    pub charge: Option<String>,
    /// "txn_…" of the capture.
    pub balance_transaction: Option<String>,
    /// `Request-Id` of the last answer.
    pub request: Option<String>,
    /// Brand, last four digits, month and year of expiry.
    pub card: Option<Card>,
    /// When the hold lapses, kept after it was captured or has lapsed.
    pub hold_expires: Option<Timestamp>,
    /// The issuer's code.
    pub authorization_code: Option<String>,
    /// Result of the address check.
    pub avs_line1: Option<String>,
    /// Result of the postal code check.
    pub avs_postal_code: Option<String>,
    /// Result of the security code check.
    pub cvc: Option<String>,
    /// The network's id.
    pub network_transaction_id: Option<String>,
}

/// A card, as far as it may be kept.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Card {
    /// Stripe's name of the brand.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// 1 to 12; 0 when Stripe did not say.
    pub exp_month: i32,
    /// Four digits; 0 when Stripe did not say.
    pub exp_year: i32,
}

/// A capture that has begun and not ended.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OpenCapture {
    /// Which request it was.
    pub request_id: RequestId,
    /// How much.
    pub amount: Money,
    /// False while it is under way; true once nobody knows its outcome.
    pub unknown: bool,
}

/// Money on its way back.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Refund {
    /// Ours.
    pub id: uuid::Uuid,
    /// Which request it was.
    pub request_id: RequestId,
    /// How much.
    pub amount: Money,
    /// Why, for Stripe.
    pub reason: Option<RefundReason>,
    /// Why, for ourselves.
    pub note: Option<Note>,
    /// When it was asked for.
    pub created: Timestamp,
    /// Where it stands.
    pub state: RefundState,
    /// "re_…"
    pub processor_id: Option<String>,
    /// "txn_…"
    pub balance_transaction: Option<String>,
}

/// Where a refund stands.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum RefundState {
    /// Written down; the answer is not there yet.
    Started,
    /// On its way.
    Pending,
    /// Given back.
    Succeeded,
    /// Failed.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// Canceled.
    Canceled,
    /// Stripe said no.
    Declined {
        /// Why.
        failure: Failure,
    },
    /// Nobody knows yet.
    Unknown {
        /// Why not.
        failure: Failure,
    },
}

impl RefundState {
    /// Whether the money counts as gone: given back, on its way, or perhaps.
    pub fn counts(&self) -> bool {
        match self {
            RefundState::Started
            | RefundState::Pending
            | RefundState::Succeeded
            | RefundState::Unknown { .. } => true,
            RefundState::Failed { .. } | RefundState::Canceled | RefundState::Declined { .. } => false,
        }
    }
}

impl Payment {
    /// A payment that an order starts.
    pub fn start(
        id: PaymentId,
        tenant: &TenantName,
        system: &crate::settings::PaymentSystem,
        order: Terms,
        now: Timestamp,
    ) -> Payment {
        Payment {
            id,
            tenant: tenant.clone(),
            payment_system: system.name.clone(),
            account: system.account.clone(),
            test_mode: system.test_mode,
            capture_mode: order.capture_mode.unwrap_or(system.capture_mode),
            order,
            created: now,
            updated: now,
            state: State::Started,
            facts: Facts::default(),
            open_capture: None,
            refunds: vec![],
        }
    }

    /// Where it stands, in one word.
    pub fn status(&self) -> PaymentStatus {
        self.state.status()
    }

    /// What has been taken.
    pub fn captured(&self) -> Option<Money> {
        match &self.state {
            State::Captured { captured } => Some(*captured),
            State::Started
            | State::ActionRequired { .. }
            | State::Pending
            | State::Authorized { .. }
            | State::Declined { .. }
            | State::Unknown { .. }
            | State::Released
            | State::Expired { .. }
            | State::NotCharged
            | State::Canceled => None,
        }
    }

    /// What has been given back for good, or is on its way, in minor units.
    pub fn refunded_minor(&self, which: impl Fn(&RefundState) -> bool) -> u64 {
        let amounts =
            self.refunds.iter().filter(|refund| which(&refund.state)).map(|refund| refund.amount.minor());
        amounts.fold(0, u64::saturating_add)
    }

    /// What can still be given back, in minor units.
    pub fn left_minor(&self) -> u64 {
        let captured = self.captured().map_or(0, Money::minor);
        captured.saturating_sub(self.refunded_minor(RefundState::counts))
    }

    /// The refund that a request started.
    pub fn refund_of(&self, request_id: &RequestId) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.request_id == *request_id)
    }

    /// All of Stripe's ids of it, to find it by.
    pub fn processor_ids(&self) -> impl Iterator<Item = &str> {
        let own = [&self.facts.payment_intent, &self.facts.charge, &self.facts.balance_transaction];
        let refunds =
            self.refunds.iter().flat_map(|refund| [&refund.processor_id, &refund.balance_transaction]);
        own.into_iter().chain(refunds).flatten().map(String::as_str)
    }
}
