//! An aggregate after an observation, and what that means for the operation.

use crate::payment::failure::Failure;

/// The outcome of an operation, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done.
    Approved,
    /// Definitely not done.
    Declined(Failure),
    /// The payer has to act first.
    ActionRequired(Option<Failure>),
    /// Accepted, and not decided yet.
    Pending,
    /// Not known yet.
    Unknown(Failure),
}

/// A payment or a customer after an observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition<A> {
    /// The aggregate as it is now.
    pub aggregate: A,
    /// The outcome of the operation.
    pub outcome: Outcome,
    /// What happened, in a sentence for the timeline.
    pub note: String,
    /// Whether it was made straight at the processor: by no request of ours, no payer and no
    /// bank.
    pub foreign: bool,
}
