//! The option for the moment of the answer: with the outcome, or at once.

use causeway::v1;
use clap::Args;

/// The moment at which a call is answered.
#[derive(Debug, Args)]
pub(crate) struct AnswerOption {
    /// Answers with PENDING as soon as the request is in the journal; the outcome comes as an event
    #[arg(id = "answer_at_once", long = "async")]
    at_once: bool,
}

impl AnswerOption {
    /// The option as the contract's `AnswerMode`.
    pub(crate) fn to_wire(&self) -> v1::AnswerMode {
        if self.at_once { v1::AnswerMode::Async } else { v1::AnswerMode::Unspecified }
    }
}
