//! Definitive refusals of a processor, with the reason.

use super::{IntentSnapshot, SetupSnapshot};
use crate::payment::{Card, failure::Failure};

/// Reason of a refusal, as far as the relay acts on the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectionReason {
    /// The processor does not know the object.
    Missing,
    /// The processor does not know the customer any more; the id, where the request named a customer.
    MissingCustomer(Option<String>),
    /// The processor's account has no permission to send card numbers.
    RawCardsNotEnabled,
    /// Every other reason; the failure explains the refusal.
    Other,
}

/// A definitive refusal: the request moved no money.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection {
    /// HTTP status of the answer.
    pub status: u16,
    /// Reason on which the relay acts.
    pub reason: RejectionReason,
    /// The processor's own error message; empty where the answer has none.
    pub message: String,
    /// The refusal in words for the caller, the operator and the payer.
    pub failure: Failure,
    /// The card of the refused attempt.
    pub card: Option<Card>,
    /// The PaymentIntent that the refused request has left at the processor.
    pub intent: Option<Box<IntentSnapshot>>,
    /// The SetupIntent that the refused request has left at the processor.
    pub setup: Option<Box<SetupSnapshot>>,
}

impl Rejection {
    /// Whether the processor does not know the object or the customer of the request.
    pub fn is_missing(&self) -> bool {
        matches!(self.reason, RejectionReason::Missing | RejectionReason::MissingCustomer(_))
    }
}
