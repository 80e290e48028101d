//! Money on its way back.

use causeway::{
    money::Money,
    order::RefundReason,
    text::{Note, PersonName, RequestId},
};
use jiff::Timestamp;

use super::failure::Failure;
use crate::{
    idempotency::IdempotencyKey,
    observation::{Metadata, correlation},
};

/// Money on its way back.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Refund {
    /// Ours.
    pub id: uuid::Uuid,
    /// Which request it was; `None`: it was made elsewhere.
    pub request_id: Option<RequestId>,
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
    /// "txn_…" by which it came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_balance_transaction: Option<String>,
    /// The idempotency key under which it was asked for, which Stripe shows in its metadata:
    /// all that tells whose it is when the journal has lost it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Who asked, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<PersonName>,
    /// Who decided, and with which request, where a second person had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// What a second person said.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Decision {
    /// Who.
    pub by: PersonName,
    /// With which request.
    pub request_id: RequestId,
}

/// Where a refund stands.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum RefundState {
    /// It waits for a second person.
    Submitted,
    /// The second person said no.
    Rejected,
    /// Commit down; the answer is not there yet.
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

impl Refund {
    /// Whether it was made straight at Stripe.
    pub fn is_foreign(&self) -> bool {
        self.request_id.is_none()
    }

    /// Whether Stripe was asked for it under a key.
    pub fn has_key(&self, key: &IdempotencyKey) -> bool {
        self.key.as_deref() == Some(key.as_str())
    }

    /// Whether a refund at Stripe has the mark of this one.
    pub fn is_marked_in(&self, metadata: &Metadata) -> bool {
        metadata.get(correlation::OPERATION).is_some_and(|mark| *mark == self.id.to_string())
    }

    /// Whether a refund at Stripe was asked for under the key of this one.
    pub fn has_key_in(&self, metadata: &Metadata) -> bool {
        self.key.is_some() && metadata.get(correlation::KEY) == self.key.as_ref()
    }

    /// Whether a request has started it, or has decided that it is made.
    pub fn is_of(&self, request_id: &RequestId) -> bool {
        let decided = self.decision.as_ref().is_some_and(|decision| decision.request_id == *request_id);
        decided || self.request_id.as_ref() == Some(request_id)
    }
}

impl RefundState {
    /// Whether it may go on by itself.
    pub fn is_open(&self) -> bool {
        match self {
            RefundState::Started | RefundState::Pending | RefundState::Unknown { .. } => true,
            RefundState::Submitted
            | RefundState::Rejected
            | RefundState::Succeeded
            | RefundState::Failed { .. }
            | RefundState::Canceled
            | RefundState::Declined { .. } => false,
        }
    }

    /// How far it is: a refund moves to what is farther only, so that echoes and old news
    /// change nothing. A refund may still fail after it succeeded.
    pub fn rank(&self) -> u8 {
        match self {
            RefundState::Submitted | RefundState::Rejected | RefundState::Started => 0,
            // Also a no, should Stripe show the refund after all.
            RefundState::Unknown { .. } | RefundState::Declined { .. } => 1,
            RefundState::Pending => 2,
            RefundState::Succeeded => 3,
            RefundState::Failed { .. } | RefundState::Canceled => 4,
        }
    }

    /// Whether the money counts as gone: given back, on its way, or perhaps.
    pub fn counts(&self) -> bool {
        match self {
            RefundState::Submitted
            | RefundState::Started
            | RefundState::Pending
            | RefundState::Succeeded
            | RefundState::Unknown { .. } => true,
            RefundState::Rejected
            | RefundState::Failed { .. }
            | RefundState::Canceled
            | RefundState::Declined { .. } => false,
        }
    }
}
