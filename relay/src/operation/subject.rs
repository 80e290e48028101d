//! What an operation is about: a payment, or a customer with cards. The story is the
//! same; what is read, moved and answered differs.

use async_trait::async_trait;
use causeway::{refusal::Refusal, tenant::TenantName};
use jiff::Timestamp;
use prost::Message;

use super::Desk;
use crate::{
    journal::{Changes, Journal, JournalError, Operation, Progress, Source, Versioned},
    payment::{
        failure::Failure,
        observation::{Expected, Observation},
        observe::Outcome,
    },
};

/// Where a payment or a customer is at home.
pub struct Home<'a> {
    /// Whose.
    pub tenant: &'a TenantName,
    /// Name of the payment system.
    pub payment_system: &'a str,
    /// Its Stripe account then, or empty.
    pub account: &'a str,
    /// Whether it was in test mode then.
    pub test_mode: bool,
}

/// A subject after an observation.
#[derive(Debug, Clone)]
pub struct Folded<S> {
    /// As it is now.
    pub it: S,
    /// What became of the operation.
    pub outcome: Outcome,
    /// What happened, in a sentence.
    pub note: String,
    /// Whether it was made straight at Stripe.
    pub foreign: bool,
}

/// What an operation is about.
#[async_trait]
pub trait Subject: Clone + PartialEq + Send + Sync + 'static {
    /// What its operations are answered with.
    type Answer: Message + Default;

    /// Reads the one that an operation is about.
    async fn read(
        journal: &dyn Journal,
        operation: &Operation,
    ) -> Result<Option<Versioned<Self>>, JournalError>;

    /// Where it is at home.
    fn home(&self) -> Home<'_>;

    /// What an operation of the kind is answered with.
    fn expected(operation: &Operation) -> Expected;

    /// Where the object is at the processor that an operation makes or moves, once its
    /// id is known.
    fn object(&self, operation: &Operation) -> Option<String>;

    /// Looks for the object of an operation whose id is not known, by our marks.
    async fn search(&self, desk: &Desk, operation: &Operation, source: Source) -> Result<(), Refusal>;

    /// What an operation has come to without an object to look at; `None`: that is open.
    fn settled(&self, operation: &Operation) -> Option<Outcome>;

    /// Step 5, pure: what was seen moves it.
    fn fold(self, operation: &Operation, seen: Observation, now: Timestamp) -> Folded<Self>;

    /// Notes when it changed, and Stripe's name of the answer that changed it.
    fn touch(&mut self, now: Timestamp, request: Option<&str>);

    /// The answer, as far as this alone can give it.
    fn answer(&self, operation: &Operation, outcome: &Outcome) -> Self::Answer;

    /// What is to be written of its move, when and because of whom, and the whole answer.
    async fn conclude(
        journal: &dyn Journal,
        operation: &Operation,
        before: Versioned<Self>,
        after: Folded<Self>,
        when: (Timestamp, Source),
    ) -> Result<(Changes, Self::Answer), JournalError>;

    /// What became of the operation, and of which failure's code, for the log.
    fn told(answer: &Self::Answer) -> (causeway::v1::Outcome, Option<&str>);

    /// That nobody knows the outcome of an operation yet, in words that fit.
    fn unknown(why: &str) -> Failure;

    /// Marks an answer as one that was given before.
    fn repeated(answer: Self::Answer) -> Self::Answer;
}

/// The answer of an operation that is finished.
pub fn answered<S: Subject>(operation: &Operation) -> Result<Option<S::Answer>, Refusal> {
    let Progress::Finished { answer } = &operation.progress else { return Ok(None) };
    S::Answer::decode(answer.as_slice()).map(Some).map_err(|error| {
        tracing::error!(%error, operation = %operation.id, "a stored answer cannot be read");
        Refusal::Internal
    })
}

/// How far an operation is with an outcome. What is not decided can be asked again.
pub fn progress<S: Subject>(outcome: &Outcome, answer: &S::Answer) -> Progress {
    match outcome {
        Outcome::Unknown(_) => Progress::Unknown,
        Outcome::ActionRequired(_) | Outcome::Pending => Progress::Waiting,
        Outcome::Approved | Outcome::Declined(_) => Progress::Finished { answer: answer.encode_to_vec() },
    }
}
