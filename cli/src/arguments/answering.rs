//! When a call is answered.

use causeway::v1;
use clap::Args;

/// When the answer comes.
#[derive(Debug, Args)]
pub(crate) struct Answering {
    /// Answers with PENDING as soon as it is written down; the outcome comes as an event
    #[arg(id = "answer_at_once", long = "async")]
    at_once: bool,
}

impl Answering {
    /// For the message.
    pub(crate) fn to_wire(&self) -> v1::AnswerMode {
        if self.at_once { v1::AnswerMode::Async } else { v1::AnswerMode::Unspecified }
    }
}
