//! A payment and the state transitions that Stripe's objects and answers cause. Pure: no
//! clock, disk or network.

use std::collections::BTreeSet;

use causeway::{
    money::PositiveMoney,
    request::{ImportRule, OrderFailure, PaymentId, authorize::CaptureMode},
    tenant::TenantName,
    text::{Note, RequestId},
    v1::PaymentStatus,
};
use jiff::Timestamp;

/// Facts that Stripe's objects show beside the state: ids, card data, bank checks.
pub mod facts;
/// The reason of a decline, a refusal or an unknown outcome.
pub mod failure;
/// Transitions: how an observation moves a payment.
pub mod observe;
/// The terms of a payment: the caller's request after the policy.
pub mod terms;
/// The operator's limits that admitted a payment.
pub mod limits;
/// Refunds of a payment, and the states of a refund.
pub mod refund;
/// Disputes: inquiries and chargebacks of payers' banks.
pub mod dispute;
/// The events that follow from a payment, and the events emitted so far.
pub mod event_projection;
/// Sums over the refunds and disputes of a payment.
mod sums;
/// The payment in the messages of the contract.
pub mod wire;

pub use dispute::{Dispute, DisputeState};
pub use event_projection::{AlarmKind, EmittedEvents};
pub use facts::{Action, Card, Facts};
pub use limits::Limits;
pub use refund::{Refund, RefundState};
pub use terms::Terms;

use crate::{policy::Judged, tenant::PaymentSystem};
use failure::Failure;

/// One authorization and the captures, releases, refunds and disputes that follow.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Payment {
    /// Id of the payment in the relay, a UUID.
    pub id: PaymentId,
    /// Name of the tenant that owns the payment.
    pub tenant: TenantName,
    /// Name of the payment system that processes the payment.
    pub payment_system: String,
    /// Id of the Stripe account, "acct_…", where the settings name one; otherwise empty.
    pub account: String,
    /// True for a payment in the processor's test mode: no real money moves.
    pub test_mode: bool,
    /// The terms: the caller's request after the policy.
    pub order: Terms,
    /// Capture mode of the request, or else of the payment system.
    pub capture_mode: CaptureMode,
    /// Time at which the payment was started.
    pub created: Timestamp,
    /// Time of the latest change of the payment.
    pub updated: Timestamp,
    /// State of the payment, with the data that belongs to one state only.
    pub state: State,
    /// Ids, card data and bank checks that Stripe's objects show beside the state.
    pub facts: Facts,
    /// A capture in flight, or a capture with an unknown outcome.
    pub open_capture: Option<OpenCapture>,
    /// A release in flight, or a release with an unknown outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_release: Option<OpenRelease>,
    /// Refunds of the payment, oldest first.
    pub refunds: Vec<Refund>,
    /// Disputes of the payment, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// The system that authorized the payment.
    #[serde(default)]
    pub origin: Origin,
    /// The operator's limits that admitted the payment. Boxed, because a payment is moved often.
    #[serde(default, skip_serializing_if = "Limits::are_unknown")]
    pub limits: Box<Limits>,
    /// Rules of the operator's that the import set aside, as the caller named them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accepted_rules: BTreeSet<ImportRule>,
    /// The caller's report that the order failed, or the relay's own record for a late success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<Abandoned>,
    /// Observations at Stripe that do not fit the payment; each raises an alarm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradictions: Vec<Contradiction>,
    /// Ids of PaymentIntents with a replaced or an unneeded hold after renewals, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_intents: Vec<String>,
    /// Whether the hold of a former PaymentIntent still has to be released.
    #[serde(default, rename = "former_held")]
    pub former_hold_open: bool,
    /// Whether the warning that the hold ends soon was recorded.
    #[serde(default)]
    pub warned: bool,
    /// Time of the first look-up since the latest request in which Stripe did not know the payment.
    #[serde(default, rename = "missed", skip_serializing_if = "Option::is_none")]
    pub first_not_found_at: Option<Timestamp>,
    /// Keys of the events emitted so far.
    #[serde(default, rename = "told")]
    pub emitted: EmittedEvents,
}

/// The system that authorized a payment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Origin {
    /// The relay authorized the payment.
    #[default]
    Internal,
    /// Another system authorized the payment, and an import took the payment over.
    External,
}

/// The record of an abandoned payment: the money has to go back to the payer.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Abandoned {
    /// Reason from the contract's list of order failures.
    pub reason: OrderFailure,
    /// Reason in the caller's own words.
    pub note: Option<Note>,
    /// Time at which the payment was given up.
    pub at: Timestamp,
    /// Request id of the command; for a late success the request id of the authorization.
    pub request_id: RequestId,
    /// Whether money was held or taken at that time.
    #[serde(default)]
    pub held: bool,
}

/// An observation at Stripe that does not fit the payment in the journal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Contradiction {
    /// Code of the alarm that the contradiction raises.
    pub code: AlarmKind,
    /// The contradiction in one sentence, for the operator.
    pub what: String,
}

/// State of a payment. [`State::status`] maps each state to the status of the contract.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum State {
    /// Committed to the journal; no answer of the processor yet.
    Started,
    /// The payer has to act, for example authenticate with 3-D Secure.
    ActionRequired {
        /// The step that the payer has to take.
        action: Action,
        /// Failure of the latest attempt: the payer was absent, or the attempt failed and the same
        /// PaymentIntent takes another attempt. `None`: no attempt has failed.
        failure: Option<Failure>,
    },
    /// Stripe is still processing: the payment is neither approved nor declined.
    Pending,
    /// The amount is held and can be captured.
    Authorized {
        /// Time at which the hold lapses, as Stripe shows; `None`: not shown.
        hold_expires: Option<Timestamp>,
    },
    /// The money was taken from the payer.
    Captured {
        /// The captured amount; Stripe released the rest of the hold.
        captured: PositiveMoney,
    },
    /// The bank or Stripe declined the payment.
    Declined {
        /// Reason of the decline, with advice.
        failure: Failure,
    },
    /// The outcome is unknown: money may have moved.
    Unknown {
        /// Reason why the outcome is unknown.
        failure: Failure,
    },
    /// The hold was released before a capture.
    Released,
    /// The hold lapsed without a capture.
    Expired {
        /// Time of the lapse; `None`: not shown.
        at: Option<Timestamp>,
    },
    /// The outcome was unknown, and a reconciliation showed that no money moved.
    NotCharged,
    /// Given up before the amount was held.
    Canceled,
}

impl State {
    /// Status on the wire and in the journal.
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

/// A capture that has begun and has no final outcome.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OpenCapture {
    /// Request id of the capture command.
    pub request_id: RequestId,
    /// The amount to capture.
    pub amount: PositiveMoney,
    /// False while the capture is in flight; true once the outcome of the capture is unknown.
    pub unknown: bool,
    /// Time of the capture request; `None` in rows of an earlier version.
    #[serde(default)]
    pub asked: Option<Timestamp>,
}

/// A release that has begun and has no final outcome.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OpenRelease {
    /// Request id of the release command.
    pub request_id: RequestId,
    /// False while the release is in flight; true once the outcome of the release is unknown.
    pub unknown: bool,
}

impl Payment {
    /// A new payment in [`State::Started`], with the account and mode of the payment system.
    pub fn start(
        id: PaymentId,
        tenant: &TenantName,
        system: &PaymentSystem,
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
            open_release: None,
            refunds: vec![],
            disputes: vec![],
            origin: Origin::Internal,
            limits: Box::default(),
            accepted_rules: BTreeSet::new(),
            given_up: None,
            contradictions: vec![],
            former_intents: vec![],
            former_hold_open: false,
            warned: false,
            first_not_found_at: None,
            emitted: EmittedEvents::default(),
        }
    }

    /// Keeps the allowlist by which another instrument was judged. The minimum stays the one that
    /// admitted the payment.
    pub fn admit_instrument(&mut self, judged: &Judged) {
        self.limits.brands.clone_from(&judged.limits().brands);
    }

    /// Status of the contract for the current state.
    pub fn status(&self) -> PaymentStatus {
        self.state.status()
    }

    /// The captured amount; `None` unless the state is captured.
    pub fn captured(&self) -> Option<PositiveMoney> {
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

    /// Whether a part of the payment is undecided, so that reconciliation looks the payment up.
    pub fn is_open(&self) -> bool {
        let state = match &self.state {
            State::Started | State::ActionRequired { .. } | State::Pending | State::Unknown { .. } => true,
            State::Authorized { .. }
            | State::Captured { .. }
            | State::Declined { .. }
            | State::Released
            | State::Expired { .. }
            | State::NotCharged
            | State::Canceled => false,
        };
        let refund = self.refunds.iter().any(|refund| refund.state.is_open());
        let follow_up = self.open_capture.is_some() || self.open_release.is_some();
        // A payment whose amounts have no sum is undecided too: the look-up shows the reason.
        state || refund || follow_up || self.former_hold_open || self.must_compensate() != Ok(false)
    }

    /// Records a contradiction; an equal contradiction is recorded once.
    pub fn contradict(&mut self, code: AlarmKind, what: String) {
        let contradiction = Contradiction { code, what };
        if !self.contradictions.contains(&contradiction) {
            self.contradictions.push(contradiction);
        }
    }

    /// Whether Stripe keeps an idempotency key of this payment for a request with other
    /// parameters. The effect of the other request cannot be found by correlation metadata, so
    /// an empty search proves no absence.
    pub fn has_reused_key(&self) -> bool {
        self.contradictions.iter().any(|contradiction| contradiction.code == AlarmKind::KeyReused)
    }

    /// Whether Stripe or the payer has still to decide, or another card may follow a decline.
    pub fn may_go_on(&self) -> bool {
        matches!(self.state, State::ActionRequired { .. } | State::Pending | State::Declined { .. })
    }

    /// Whether Stripe stores the card as requested: the card is known and the payment is held or captured.
    pub fn keeps_card(&self) -> bool {
        self.order.store_card.is_some()
            && self.facts.card.is_some()
            && matches!(self.state, State::Authorized { .. } | State::Captured { .. })
    }

    /// The refund that the request has started or decided on.
    pub fn refund_of(&self, request_id: &RequestId) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.is_of(request_id))
    }

    /// All Stripe ids of the payment: PaymentIntents, charge, balance transactions, refunds and disputes.
    /// The journal indexes the payment by these ids.
    pub fn processor_ids(&self) -> impl Iterator<Item = &str> {
        let own = [&self.facts.payment_intent, &self.facts.charge, &self.facts.balance_transaction];
        let refunds =
            self.refunds.iter().flat_map(|refund| [&refund.processor_id, &refund.balance_transaction]);
        let disputes = self.disputes.iter().map(|dispute| &dispute.id);
        let former = self.former_intents.iter();
        own.into_iter().chain(refunds).flatten().chain(disputes).chain(former).map(String::as_str)
    }
}
