//! A payment, and how what Stripe says moves it. Pure: no clock, disk or network.

use causeway::{
    money::Money,
    order::{OrderFailure, PaymentId, authorize::CaptureMode},
    tenant::TenantName,
    text::{Note, RequestId},
    v1::PaymentStatus,
};
use jiff::Timestamp;

/// What Stripe told beside the state.
pub mod facts;
/// Why something was not approved.
pub mod failure;
/// How an observation moves a payment.
pub mod observe;
/// What was agreed: the order after the rules.
pub mod terms;
/// Money on its way back.
pub mod refund;
/// What payers' banks take back.
pub mod dispute;
/// Which events a payment makes, and which it has made.
pub mod event_projection;
/// A payment as billing sees it.
pub mod wire;

pub use dispute::{Dispute, DisputeState};
pub use event_projection::{AlarmKind, EmittedEvents};
pub use facts::{Action, Card, Facts};
pub use refund::{Refund, RefundState};
pub use terms::Terms;

use crate::tenant::PaymentSystem;
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
    /// A release under way, or one that nobody knows the outcome of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_release: Option<OpenRelease>,
    /// Money on its way back, oldest first.
    pub refunds: Vec<Refund>,
    /// What payers' banks take back, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// Who authorized it.
    #[serde(default)]
    pub origin: Origin,
    /// Why billing gave it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<GivenUp>,
    /// What Stripe showed that does not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradictions: Vec<Contradiction>,
    /// PaymentIntents whose holds were renewed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_intents: Vec<String>,
    /// Whether one of those is still to be given back.
    #[serde(default)]
    pub former_held: bool,
    /// Whether it was warned that the hold ends soon.
    #[serde(default)]
    pub warned: bool,
    /// When Stripe was first seen to know nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Timestamp>,
    /// Which events there were.
    #[serde(default, rename = "told")]
    pub emitted: EmittedEvents,
}

/// Who authorized a payment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Origin {
    /// We did.
    #[default]
    Internal,
    /// Another system did, and we took it over.
    External,
}

/// Why billing gave a payment up.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct GivenUp {
    /// Why.
    pub reason: OrderFailure,
    /// Why, in billing's words.
    pub note: Option<Note>,
    /// When.
    pub at: Timestamp,
    /// Which request it was.
    pub request_id: RequestId,
    /// Whether money was held or taken then.
    #[serde(default)]
    pub held: bool,
}

/// Something that Stripe showed and that does not fit with what is known here.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Contradiction {
    /// Which alarm it is.
    pub code: AlarmKind,
    /// What is the matter, in a sentence.
    pub what: String,
}

/// Where a payment stands.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum State {
    /// Commit down; the answer is not there yet.
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

/// A capture that has begun and not ended.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OpenCapture {
    /// Which request it was.
    pub request_id: RequestId,
    /// How much.
    pub amount: Money,
    /// False while it is under way; true once nobody knows its outcome.
    pub unknown: bool,
    /// When it was asked for; `None`: by an earlier version.
    #[serde(default)]
    pub asked: Option<Timestamp>,
}

/// A release that has begun and not ended.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OpenRelease {
    /// Which request it was.
    pub request_id: RequestId,
    /// False while it is under way; true once nobody knows its outcome.
    pub unknown: bool,
}

impl Payment {
    /// A payment that an order starts.
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
            given_up: None,
            contradictions: vec![],
            former_intents: vec![],
            former_held: false,
            warned: false,
            missed: None,
            emitted: EmittedEvents::default(),
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
        let gone = self.refunded_minor(RefundState::counts).saturating_add(self.disputed_minor(|state| {
            // Stripe refunds nothing that is under dispute, and what is lost is gone.
            state.holds_money()
        }));
        captured.saturating_sub(gone)
    }

    /// What banks hold or have taken back, in minor units.
    pub fn disputed_minor(&self, which: impl Fn(DisputeState) -> bool) -> u64 {
        let amounts = self.disputes.iter().filter(|dispute| which(dispute.state));
        amounts.map(|dispute| dispute.amount.minor()).fold(0, u64::saturating_add)
    }

    /// By how much it is above what is owed, in minor units.
    pub fn overpaid_minor(&self) -> u64 {
        let Some(due) = self.order.amount_due else { return 0 };
        let paid = match &self.state {
            State::Captured { captured } => *captured,
            State::Authorized { .. } => self.order.amount,
            State::Started
            | State::ActionRequired { .. }
            | State::Pending
            | State::Declined { .. }
            | State::Unknown { .. }
            | State::Released
            | State::Expired { .. }
            | State::NotCharged
            | State::Canceled => return 0,
        };
        paid.minor().saturating_sub(due.minor())
    }

    /// Whether money is held or taken that is not back or on its way.
    pub fn holds_money(&self) -> bool {
        matches!(self.state, State::Authorized { .. }) || self.left_minor() > 0
    }

    /// Whether something is still to be decided, so that it is looked at now and then.
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
        state || refund || follow_up || self.former_held || self.must_compensate()
    }

    /// Whether billing gave it up and the money is still to be given back. A refund that
    /// came back is not made again by itself: it would come back again.
    pub fn must_compensate(&self) -> bool {
        self.given_up.as_ref().is_some_and(|given| {
            let tried = |refund: &&Refund| !refund.is_foreign() && refund.created >= given.at;
            self.holds_money() && self.refunds.iter().filter(tried).all(|refund| refund.state.counts())
        })
    }

    /// Notes what does not fit, once.
    pub fn contradict(&mut self, code: AlarmKind, what: String) {
        let contradiction = Contradiction { code, what };
        if !self.contradictions.contains(&contradiction) {
            self.contradictions.push(contradiction);
        }
    }

    /// Whether Stripe keeps the key of one of its requests for another one. What that one did
    /// cannot be found by our marks, so that nothing is found proves nothing.
    pub fn has_reused_key(&self) -> bool {
        self.contradictions.iter().any(|contradiction| contradiction.code == AlarmKind::KeyReused)
    }

    /// Whether Stripe or the payer have still to decide, or another card may be given after a
    /// decline.
    pub fn may_go_on(&self) -> bool {
        matches!(self.state, State::ActionRequired { .. } | State::Pending | State::Declined { .. })
    }

    /// Whether the payment has gone so far that Stripe keeps the card it was asked to.
    pub fn keeps_card(&self) -> bool {
        self.order.store_card.is_some()
            && self.facts.card.is_some()
            && matches!(self.state, State::Authorized { .. } | State::Captured { .. })
    }

    /// The refund that a request started.
    pub fn refund_of(&self, request_id: &RequestId) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.is_of(request_id))
    }

    /// All of Stripe's ids of it, to find it by.
    pub fn processor_ids(&self) -> impl Iterator<Item = &str> {
        let own = [&self.facts.payment_intent, &self.facts.charge, &self.facts.balance_transaction];
        let refunds =
            self.refunds.iter().flat_map(|refund| [&refund.processor_id, &refund.balance_transaction]);
        let disputes = self.disputes.iter().map(|dispute| &dispute.id);
        let former = self.former_intents.iter();
        own.into_iter().chain(refunds).flatten().chain(disputes).chain(former).map(String::as_str)
    }
}
