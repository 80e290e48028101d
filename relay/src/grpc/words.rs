//! Results of card operations as the statuses that portals know: successfully tokenized, failed to
//! deliver, …

use causeway::{refusal::Refusal, v1};

/// The answer of a card operation. A processor that gave no answer before the operation began is
/// also an answer: failed to deliver.
pub(super) fn delivered(
    answer: Result<v1::CardOperationResult, Refusal>,
) -> Result<v1::CardOperationResult, Refusal> {
    let silent = match answer {
        Err(silent @ Refusal::ProcessorSilent { .. }) => silent,
        answer => return answer,
    };
    let failure = v1::Failure {
        code: silent.reason().to_owned(),
        advice: v1::Advice::SameRequest.into(),
        operator_message: silent.to_string(),
        payer_message: "Your card could not be saved. Please try again later.".to_owned(),
        ..Default::default()
    };
    let outcome = v1::Outcome::Unknown.into();
    Ok(v1::CardOperationResult { outcome, failure: Some(failure), ..Default::default() })
}

/// The status of a Tokenize, by outcome.
pub(super) fn tokenized(outcome: v1::Outcome) -> v1::TokenizationStatus {
    match outcome {
        v1::Outcome::Approved => v1::TokenizationStatus::SuccessfullyTokenized,
        v1::Outcome::Pending => v1::TokenizationStatus::Pending,
        v1::Outcome::ActionRequired => v1::TokenizationStatus::AdditionalActionRequired,
        v1::Outcome::Declined => v1::TokenizationStatus::FailedToTokenize,
        v1::Outcome::Unknown | v1::Outcome::Unspecified => v1::TokenizationStatus::FailedToDeliver,
    }
}

/// The status of a DeleteCard, by outcome.
pub(super) fn deleted(outcome: v1::Outcome) -> v1::DeletionStatus {
    match outcome {
        v1::Outcome::Approved => v1::DeletionStatus::SuccessfullyDeleted,
        v1::Outcome::Declined => v1::DeletionStatus::FailedToDelete,
        v1::Outcome::Pending
        | v1::Outcome::ActionRequired
        | v1::Outcome::Unknown
        | v1::Outcome::Unspecified => v1::DeletionStatus::FailedToDeliver,
    }
}
