//! The target of an operation: a payment, or a customer with stored cards. Every operation runs
//! the same way; reading, moving and answering differ.

use async_trait::async_trait;
use causeway::{order::PaymentId, tenant::TenantName};
use causeway_domain::{
    change::{Changes, Versioned},
    observation::{Observation, Purpose},
    operation::{CommandKind, Operation, Progress, Source, Target},
    payment::failure::Failure,
    transition::{Outcome, Transition},
};
use causeway_ports::{
    journal::{Journal, JournalError},
    processor::ObjectRef,
};
use jiff::Timestamp;
use prost::Message;

use crate::phase::AfterBegin;

/// A customer as the target of an operation.
mod customer;
/// A payment as the target of an operation.
pub(crate) mod payment;

/// The processor account of a payment or a customer.
pub struct AccountRef<'a> {
    /// The tenant.
    pub tenant: &'a TenantName,
    /// Name of the payment system.
    pub payment_system: &'a str,
    /// Its Stripe account at the beginning, or empty.
    pub account: &'a str,
    /// Whether it was in test mode at the beginning.
    pub test_mode: bool,
}

impl<'a> AccountRef<'a> {
    /// The name that idempotency keys are derived from.
    pub(crate) fn key_account(&self) -> &'a str {
        if self.account.is_empty() { self.payment_system } else { self.account }
    }
}

/// The transition of an aggregate: when it came about, and because of what.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// Because of what.
    pub source: Source,
}

/// The target of an operation.
#[async_trait]
pub trait Aggregate: Clone + PartialEq + Send + Sync + 'static {
    /// The answer to its operations.
    type Answer: Message + Default;

    /// Its commands.
    type Command: Copy + Eq + std::fmt::Debug + Send + Sync;

    /// The kind of an operation by a command.
    fn kind(command: Self::Command) -> CommandKind;

    /// The command of an operation; `None`: the operation has another target.
    fn command(operation: &Operation) -> Option<Self::Command>;

    /// The target of a command that this aggregate is; `card` is the stored card that it is about.
    fn target(&self, command: Self::Command, card: Option<causeway::text::CardToken>) -> Target;

    /// Reads the target of an operation.
    async fn read(
        journal: &dyn Journal,
        operation: &Operation,
    ) -> Result<Option<Versioned<Self>>, JournalError>;

    /// The aggregate in a change.
    fn of_changes(changes: &Changes) -> Option<&Self>;

    /// Its processor account.
    fn account(&self) -> AccountRef<'_>;

    /// What the processor's answer to an operation is for.
    fn purpose(&self, operation: &Operation) -> Purpose;

    /// The object at the processor that an operation makes or moves, once its id is known.
    fn object<'a>(&'a self, operation: &Operation) -> Option<ObjectRef<'a>>;

    /// The payment that has to be looked for as a whole, because the id of the operation's object is
    /// not known. `None`: there is nothing to look for.
    fn sought(&self, operation: &Operation) -> Option<PaymentId>;

    /// The outcome of an operation without an object to look at; `None`: open.
    fn settled(&self, operation: &Operation) -> Option<Outcome>;

    /// Step 5, pure: applies an observation.
    fn apply(self, operation: &Operation, seen: Observation, now: Timestamp) -> Transition<Self>;

    /// Notes when it changed, and the `Request-Id` of the answer that changed it.
    fn touch(&mut self, now: Timestamp, request: Option<&str>);

    /// The answer, as far as the aggregate alone can give it.
    fn answer(&self, operation: &Operation, outcome: &Outcome) -> Self::Answer;

    /// The changes of a transition, and the whole answer.
    async fn conclude(
        journal: &dyn Journal,
        operation: &Operation,
        before: Versioned<Self>,
        after: Transition<Self>,
        moment: Moment,
    ) -> Result<(Changes, Self::Answer), JournalError>;

    /// The outcome in an answer, and the code of its failure, for the log.
    fn outcome_of(answer: &Self::Answer) -> (causeway::v1::Outcome, Option<&str>);

    /// An outcome that is not known yet.
    fn unknown(why: &str) -> Failure;

    /// Marks an answer as one that was given before.
    fn repeated(answer: Self::Answer) -> Self::Answer;
}

/// The answer of an operation that is finished.
pub fn answered<A: Aggregate>(operation: &Operation) -> Result<Option<A::Answer>, AfterBegin> {
    let Progress::Finished { answer } = &operation.progress else { return Ok(None) };
    A::Answer::decode(answer.as_slice()).map(Some).map_err(|error| {
        tracing::error!(%error, operation = %operation.id, "a stored answer cannot be decoded");
        AfterBegin::Broken("its stored answer cannot be decoded")
    })
}

/// How far an operation is with an outcome. What is not decided can be asked again.
pub fn progress<A: Aggregate>(outcome: &Outcome, answer: &A::Answer) -> Progress {
    match outcome {
        Outcome::Unknown(_) => Progress::Unknown,
        Outcome::ActionRequired(_) | Outcome::Pending => Progress::Waiting,
        Outcome::Approved | Outcome::Declined(_) => Progress::Finished { answer: answer.encode_to_vec() },
    }
}
