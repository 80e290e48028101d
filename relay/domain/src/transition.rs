//! The result of applying an observation to an aggregate, with the outcome of the operation.

use crate::payment::failure::Failure;

/// The outcome of an operation, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The effect was executed.
    Approved,
    /// Definitely not executed, with the reason.
    Declined(Failure),
    /// The payer has to act first.
    ActionRequired(Option<Failure>),
    /// Accepted, and not decided yet.
    Pending,
    /// Not known yet: the effect may have been executed.
    Unknown(Failure),
}

/// A payment or a customer after an observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition<A> {
    /// The aggregate after the observation.
    pub aggregate: A,
    /// The outcome of the operation, as far as known.
    pub outcome: Outcome,
    /// One sentence for the timeline that describes the change.
    pub note: String,
    /// Whether the change was made directly at the processor: not by a request of the relay, a payer or
    /// a bank.
    pub foreign: bool,
}
