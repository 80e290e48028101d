//! The engine of the relay: runs each operation at most once, from the request to its answer, and
//! finds out what became of those that broke off. It knows the domain and the ports, and neither
//! a database nor a network.
//!
//! The modules stand in the order in which they may use each other: each uses only those above it.
//! One operation passes through [`execute`] with its plan from [`commands`].

/// The values that the operator sets for the engine.
pub mod config;
/// Errors before an operation began, and after.
pub mod phase;
/// Room for new operations.
pub mod admission;
/// The sameness of a repeated request.
pub mod fingerprint;
/// A clock that does not go back.
pub mod monotonic_clock;
/// The leases of this relay.
mod leases;
/// Deliberate mistakes, for the chaos test.
mod seeded_bugs;
/// One at a time for each request id and for each customer.
pub mod request_lock;
/// Answers of the processor that are believed for a while.
mod caches;
/// Operations that are worked on in the background.
mod in_flight;
/// Signals between the background workers and those who give them work.
mod signals;
/// What a job did.
mod counts;
/// The target of an operation: a payment or a customer.
pub mod aggregate;
/// Processor accounts, by tenant and payment system.
mod processors;
/// The state that operations are planned and recorded with.
mod context;
/// The engine: the state that all of the following share.
mod engine;
/// A payment is looked up at the processor, and what is new is written down.
mod inspect;
/// What recovery does with an operation, and when.
pub mod recovery_policy;
/// An operation from the request to its answer.
pub mod execute;
/// Every command: the checks and the request that it begins with.
pub mod commands;
/// Compares payments with the processor, and gives back money that has to go back.
mod reconcile;
/// Takes up operations whose outcome is not known.
mod recovery;
/// Works on the processor's events.
mod inbox;
/// Jobs by the clock.
mod jobs;
/// Look-ups for billing that change nothing.
pub mod queries;
/// What the engine does by itself.
mod background;

pub use background::Background;
pub use config::{EngineConfig, JobIntervals, RecoveryLimits};
pub use counts::Counts;
pub use engine::{Engine, Parts};
pub use execute::command::{Caller, Command};
pub use processors::Processors;
