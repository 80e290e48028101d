//! Errors before an operation began, and after. Before, a refusal may promise that nothing was
//! started; after, none may: money may have moved.

use causeway::refusal::Refusal;
use causeway_ports::journal::JournalError;

/// The refusal of a journal error that came before the operation began: nothing was started.
pub(crate) fn before_begin(error: JournalError) -> Refusal {
    tracing::error!(%error, "the journal cannot be used, and a request is refused before it began");
    match error {
        JournalError::Unavailable(_) => Refusal::JournalUnavailable,
        JournalError::Full(_) => Refusal::JournalFull,
        JournalError::Corrupt(_) => Refusal::JournalDamaged,
    }
}

/// The refusal of a journal error that came before it is known whether the request has an operation:
/// an earlier call of the same request may have begun one.
pub(crate) fn before_lookup(error: JournalError) -> Refusal {
    tracing::error!(%error, "the journal cannot be read, so it is not known whether a request has begun");
    match error {
        JournalError::Unavailable(_) | JournalError::Full(_) => Refusal::AnswerLost,
        JournalError::Corrupt(_) => Refusal::JournalDamaged,
    }
}

/// The refusal of an error after the processor was asked for something without money, as for a
/// customer: asking again with the same request id takes it up.
pub(crate) fn after_contact(refusal: Refusal) -> Refusal {
    let promises = matches!(refusal, Refusal::JournalUnavailable | Refusal::JournalFull);
    if promises { Refusal::AnswerLost } else { refusal }
}

/// An error after an operation began. The processor may have been asked, so whatever becomes of
/// this error, billing learns the outcome by the same request id and never hears that nothing was
/// started.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AfterBegin {
    /// The journal could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The settings do not have the payment system any more.
    #[error("the settings have no payment system {0} as it was when the operation began")]
    PaymentSystemMissing(String),
    /// The journal holds an operation that cannot be gone on with.
    #[error("the operation cannot be gone on with: {0}")]
    Broken(&'static str),
}

impl From<AfterBegin> for Refusal {
    fn from(error: AfterBegin) -> Refusal {
        tracing::error!(%error, "an operation that began could not be answered; the same request id takes it up");
        match error {
            AfterBegin::Journal(JournalError::Unavailable(_) | JournalError::Full(_)) => Refusal::AnswerLost,
            AfterBegin::PaymentSystemMissing(payment_system) => {
                Refusal::PaymentSystemMissing { payment_system, began: true }
            }
            AfterBegin::Journal(JournalError::Corrupt(_)) | AfterBegin::Broken(_) => Refusal::Internal,
        }
    }
}
