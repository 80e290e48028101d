//! The target of an operation: a payment, or a customer with stored cards. Every operation follows the
//! same sequence; the trait `Aggregate` holds the differences in reading, transition and answer.

use async_trait::async_trait;
use causeway::{money::SumError, request::PaymentId, tenant::TenantName};
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

/// Implementation of [`Aggregate`] for a customer.
mod customer;
/// Implementation of [`Aggregate`] for a payment.
pub(crate) mod payment;

/// The processor account of a payment or a customer, as of the creation of the aggregate.
pub struct AccountRef<'a> {
    /// The tenant that owns the aggregate.
    pub tenant: &'a TenantName,
    /// Name of the payment system in the tenant's settings.
    pub payment_system: &'a str,
    /// Stripe account id at the creation of the aggregate; empty if the settings named none.
    pub account: &'a str,
    /// Whether the payment system was in test mode at the creation of the aggregate.
    pub test_mode: bool,
}

impl<'a> AccountRef<'a> {
    /// The account part of an idempotency key: the Stripe account id, or else the payment system's name.
    pub(crate) fn key_account(&self) -> &'a str {
        if self.account.is_empty() { self.payment_system } else { self.account }
    }
}

/// Time and source of an aggregate's transition.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Time of the transition, by the wall clock.
    pub at: Timestamp,
    /// Source of the transition, as written to the timeline.
    pub source: Source,
}

/// The behaviour in which the two targets of an operation differ.
#[async_trait]
pub trait Aggregate: Clone + PartialEq + Send + Sync + 'static {
    /// The wire message that answers an operation on the aggregate.
    type Answer: Message + Default;

    /// The commands that the aggregate accepts.
    type Command: Copy + Eq + std::fmt::Debug + Send + Sync;

    /// The stored kind of an operation for a command.
    fn kind(command: Self::Command) -> CommandKind;

    /// The command of an operation; `None` if the operation has the other kind of target.
    fn command(operation: &Operation) -> Option<Self::Command>;

    /// The target of a command on this aggregate; `card` is the stored card that the command affects.
    fn target(&self, command: Self::Command, card: Option<causeway::text::CardToken>) -> Target;

    /// Reads the current version of an operation's target; `None` if the journal has no such target.
    async fn read(
        journal: &dyn Journal,
        operation: &Operation,
    ) -> Result<Option<Versioned<Self>>, JournalError>;

    /// The aggregate of this kind in a set of changes.
    fn of_changes(changes: &Changes) -> Option<&Self>;

    /// The processor account of this aggregate.
    fn account(&self) -> AccountRef<'_>;

    /// The purpose of the processor call, which selects the payer's message in a rejection.
    fn purpose(&self, operation: &Operation) -> Purpose;

    /// The processor's object that an operation creates or changes; `None` until the object's id is known.
    fn object<'a>(&'a self, operation: &Operation) -> Option<ObjectRef<'a>>;

    /// The payment to look up as a whole when the id of the operation's object is not known. `None`
    /// means that no look-up is possible.
    fn sought(&self, operation: &Operation) -> Option<PaymentId>;

    /// The outcome of an operation that has no object to look up; `None` while the outcome is open.
    fn settled(&self, operation: &Operation) -> Option<Outcome>;

    /// Step 5: applies an observation to the aggregate. Pure.
    fn apply(self, operation: &Operation, seen: Observation, now: Timestamp) -> Transition<Self>;

    /// Sets the time of the last change, and the `Request-Id` of the processor's answer
    /// that caused the change.
    fn touch(&mut self, now: Timestamp, request: Option<&str>);

    /// The answer to an operation, as far as the aggregate alone determines the answer.
    fn answer(&self, operation: &Operation, outcome: &Outcome) -> Result<Self::Answer, SumError>;

    /// Turns a transition into journal changes and the complete answer.
    async fn conclude(
        journal: &dyn Journal,
        operation: &Operation,
        before: Versioned<Self>,
        after: Transition<Self>,
        moment: Moment,
    ) -> Result<(Changes, Self::Answer), JournalError>;

    /// The outcome in an answer, and the code of the failure, for the log.
    fn outcome_of(answer: &Self::Answer) -> (causeway::v1::Outcome, Option<&str>);

    /// The failure of an unknown outcome: the effect may have happened.
    fn unknown(why: &str) -> Failure;

    /// Marks an answer as a duplicate, for a repeated request id.
    fn repeated(answer: Self::Answer) -> Self::Answer;
}

/// The stored answer of a finished operation; `None` while the operation is not finished.
pub fn answered<A: Aggregate>(operation: &Operation) -> Result<Option<A::Answer>, AfterBegin> {
    let Progress::Finished { answer } = &operation.progress else { return Ok(None) };
    A::Answer::decode(answer.as_slice()).map(Some).map_err(|error| {
        tracing::error!(
            %error,
            tenant = %operation.tenant,
            operation = %operation.id,
            request_id = %operation.request_id,
            "a stored answer cannot be decoded; inspect the journal with --check-journal"
        );
        AfterBegin::Broken("its stored answer cannot be decoded")
    })
}

/// The stored progress for an outcome. An operation without a final outcome can be resolved
/// by a repeated request.
pub fn progress<A: Aggregate>(outcome: &Outcome, answer: &A::Answer) -> Progress {
    match outcome {
        Outcome::Unknown(_) => Progress::Unknown,
        Outcome::ActionRequired(_) | Outcome::Pending => Progress::Waiting,
        Outcome::Approved | Outcome::Declined(_) => Progress::Finished { answer: answer.encode_to_vec() },
    }
}
