//! Errors before and after the beginning of an operation. Before, a refusal may state that no
//! operation was started; after, no error may state so, because money may have moved.

use causeway::{money::SumError, refusal::Refusal};
use causeway_ports::journal::JournalError;

/// The refusal for a journal error before the operation began: no operation was started.
pub(crate) fn before_begin(error: JournalError) -> Refusal {
    tracing::error!(%error, "the journal cannot be used, so no operation begins; check the disk of the journal");
    match error {
        JournalError::Unavailable(_) => Refusal::JournalUnavailable,
        JournalError::Full(_) => Refusal::JournalFull,
        JournalError::Corrupt(_) => Refusal::JournalDamaged,
    }
}

/// The refusal for amounts that have no sum or no order: the row of the payment is damaged.
pub(crate) fn damaged(error: SumError) -> Refusal {
    tracing::error!(%error, "the amounts of a payment have no sum, so its row in the journal is damaged; compare it with Stripe's dashboard");
    Refusal::JournalDamaged
}

/// The refusal for a journal error while the request id is looked up: an earlier call of the same
/// request may have begun an operation.
pub(crate) fn before_lookup(error: JournalError) -> Refusal {
    tracing::error!(%error, "the journal cannot be read, so the outcome of a request is not known; check the disk of the journal");
    match error {
        JournalError::Unavailable(_) | JournalError::Full(_) => Refusal::AnswerLost,
        JournalError::Corrupt(_) => Refusal::JournalDamaged,
    }
}

/// The refusal for an error after a processor call without money, such as a customer registration:
/// a repetition of the request id continues the call.
pub(crate) fn after_contact(refusal: Refusal) -> Refusal {
    let promises = matches!(refusal, Refusal::JournalUnavailable | Refusal::JournalFull);
    if promises { Refusal::AnswerLost } else { refusal }
}

/// An error after an operation began. The processor may have received the request, so billing gets
/// the outcome by repeating the request id, and the error never claims that no operation was started.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AfterBegin {
    /// The journal could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The payment system of the operation is no longer in the settings, or has another account.
    #[error("the settings have no payment system {0} as it was when the operation began")]
    PaymentSystemMissing(String),
    /// The journal holds an operation that cannot be continued.
    #[error("the operation cannot be continued: {0}")]
    Broken(&'static str),
}

impl From<SumError> for AfterBegin {
    fn from(error: SumError) -> AfterBegin {
        AfterBegin::Journal(error.into())
    }
}

impl From<AfterBegin> for Refusal {
    fn from(error: AfterBegin) -> Refusal {
        tracing::error!(%error, "an operation that began has no answer; a repetition of the request id resumes the operation");
        match error {
            AfterBegin::Journal(JournalError::Unavailable(_) | JournalError::Full(_)) => Refusal::AnswerLost,
            AfterBegin::PaymentSystemMissing(payment_system) => {
                Refusal::PaymentSystemMissing { payment_system, began: true }
            }
            AfterBegin::Journal(JournalError::Corrupt(_)) | AfterBegin::Broken(_) => Refusal::Internal,
        }
    }
}
