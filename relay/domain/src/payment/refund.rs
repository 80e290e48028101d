//! Refunds of a payment, and the states of a refund.

use causeway::{
    money::PositiveMoney,
    request::RefundReason,
    text::{Note, PersonName, RequestId},
};
use jiff::Timestamp;

use super::failure::Failure;
use crate::{
    idempotency::IdempotencyKey,
    observation::{Metadata, correlation},
};

/// A refund of a part or of all of the captured money.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Refund {
    /// Id of the refund in the relay.
    pub id: uuid::Uuid,
    /// Request id of the refund command; `None`: the refund was made directly at Stripe, or the journal
    /// has lost the request.
    pub request_id: Option<RequestId>,
    /// The amount to refund, in the payment's currency.
    pub amount: PositiveMoney,
    /// Reason that Stripe's API knows.
    pub reason: Option<RefundReason>,
    /// Reason in the caller's own words; stays in the relay.
    pub note: Option<Note>,
    /// Time of the refund request; for a refund made directly at Stripe, Stripe's creation time.
    pub created: Timestamp,
    /// State of the refund.
    pub state: RefundState,
    /// Id at Stripe, "re_…" or "pyr_…"; `None` before Stripe's answer.
    pub processor_id: Option<String>,
    /// Id "txn_…" of the refund's balance transaction.
    pub balance_transaction: Option<String>,
    /// Id "txn_…" of the balance transaction by which a failed refund came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_balance_transaction: Option<String>,
    /// Idempotency key of the refund request. Stripe shows the key in the refund's metadata: the only way
    /// to attribute the refund after the journal has lost the refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Name of the requesting person, where the caller gives a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<PersonName>,
    /// The decision of a second person, where the tenant requires a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// The decision of a second person on a submitted refund.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Decision {
    /// Name of the deciding second person.
    pub by: PersonName,
    /// Request id of the decision command.
    pub request_id: RequestId,
}

/// State of a refund.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum RefundState {
    /// The refund waits for the decision of a second person.
    Submitted,
    /// The second person rejected the refund; Stripe was never asked.
    Rejected,
    /// Committed to the journal; no answer of the processor yet.
    Started,
    /// Stripe has accepted the refund, which may still fail.
    Pending,
    /// The money went back to the payer.
    Succeeded,
    /// The refund failed; the money is with the merchant again.
    Failed {
        /// Reason of the failure, with advice.
        failure: Failure,
    },
    /// The refund was canceled; the money is with the merchant again.
    Canceled,
    /// Stripe declined the refund request.
    Declined {
        /// Reason of the decline, with advice.
        failure: Failure,
    },
    /// The outcome is unknown: the money may have gone back.
    Unknown {
        /// Reason why the outcome is unknown.
        failure: Failure,
    },
}

impl Refund {
    /// Whether no request of the caller started the refund, as for a refund made directly at Stripe.
    pub fn is_foreign(&self) -> bool {
        self.request_id.is_none()
    }

    /// Whether the refund was requested under the given idempotency key.
    pub fn has_key(&self, key: &IdempotencyKey) -> bool {
        self.key.as_deref() == Some(key.as_str())
    }

    /// Whether the metadata of a refund at Stripe names this refund's id.
    pub fn is_marked_in(&self, metadata: &Metadata) -> bool {
        metadata.get(correlation::OPERATION).is_some_and(|mark| *mark == self.id.to_string())
    }

    /// Whether the metadata of a refund at Stripe names this refund's idempotency key.
    pub fn has_key_in(&self, metadata: &Metadata) -> bool {
        self.key.is_some() && metadata.get(correlation::KEY) == self.key.as_ref()
    }

    /// Whether the request has started the refund, or is the decision on the refund.
    pub fn is_of(&self, request_id: &RequestId) -> bool {
        let decided = self.decision.as_ref().is_some_and(|decision| decision.request_id == *request_id);
        decided || self.request_id.as_ref() == Some(request_id)
    }
}

impl RefundState {
    /// Whether the state is expected to change without a new command, so that reconciliation
    /// looks at the refund.
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

    /// Progress of the refund. A refund moves only to a higher rank, so that repeated and late observations
    /// change no state. A refund may still fail after success.
    pub fn rank(&self) -> u8 {
        match self {
            RefundState::Submitted | RefundState::Rejected | RefundState::Started => 0,
            // A declined refund may still advance when Stripe shows the refund after all.
            RefundState::Unknown { .. } | RefundState::Declined { .. } => 1,
            RefundState::Pending => 2,
            RefundState::Succeeded => 3,
            RefundState::Failed { .. } | RefundState::Canceled => 4,
        }
    }

    /// Whether the amount counts against the refundable rest: refunded, pending, submitted or unknown.
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
