//! A processor's no.

use super::{IntentSnapshot, SetupSnapshot};
use crate::payment::{Card, failure::Failure};

/// Why the processor said no, as far as something follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectionReason {
    /// There is no such object.
    Missing,
    /// There is no such customer any more; the id where the request named one.
    MissingCustomer(Option<String>),
    /// The account may not send card numbers.
    RawCardsNotEnabled,
    /// Anything else.
    Other,
}

/// A definitive no: nothing was moved by the call.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection {
    /// HTTP status.
    pub status: u16,
    /// Why.
    pub reason: RejectionReason,
    /// The processor's sentence; empty where there is none.
    pub message: String,
    /// What it means to billing, the operator and the payer.
    pub failure: Failure,
    /// The card that was tried.
    pub card: Option<Card>,
    /// The PaymentIntent that the refused call has left behind.
    pub intent: Option<Box<IntentSnapshot>>,
    /// The SetupIntent that the refused call has left behind.
    pub setup: Option<Box<SetupSnapshot>>,
}

impl Rejection {
    /// Whether the object that was asked about is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self.reason, RejectionReason::Missing | RejectionReason::MissingCustomer(_))
    }
}
