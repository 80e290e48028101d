//! The engine of the relay: runs each operation at most once, from the request to the answer, and
//! resolves operations of unknown outcome. The engine depends on the domain and the ports, and not
//! on a database or a network.
//!
//! The modules are declared in the order of dependency: each module uses only the modules above. An
//! operation passes through [`execute`] with a plan from [`commands`].

/// The operator's settings, as far as the engine uses the values.
pub mod config;
/// Errors before and after the beginning of an operation.
pub mod phase;
/// The share of one tenant in a resource.
mod caller_share;
mod tenant_share;
/// The room of the journal that each tenant has used lately.
mod journal_share;
/// Limits and deadlines for new operations.
pub mod admission;
/// Comparison of a repeated request with the first request.
pub mod fingerprint;
/// A clock that never goes backwards.
pub mod monotonic_clock;
/// The operation leases of this relay.
mod leases;
/// Deliberate bugs for the chaos test.
mod seeded_bugs;
/// Locks by request id and by customer.
pub mod request_lock;
/// In-memory caches of the processor's answers.
mod caches;
/// Operations that recovery works on in the background.
mod in_flight;
/// Signals to the engine's background workers.
mod signals;
/// Jobs on request, limited for each tenant.
mod requested_jobs;
/// The counters of a job's run.
mod counts;
/// The target of an operation: a payment or a customer.
pub mod aggregate;
/// Processor accounts, by tenant and payment system.
mod processors;
/// The state that planning and recording of operations share.
mod context;
/// The engine, with the state that the following modules share.
mod engine;
/// Look-up of a payment at the processor, with a journal write of new facts.
mod inspect;
/// The next action of recovery for an operation, and the time of the action.
pub mod recovery_policy;
/// The sequence from a request to the answer.
pub mod execute;
/// Every command, with checks and the processor request.
pub mod commands;
/// Comparison of payments with the processor, and compensation of late successes.
mod reconcile;
/// Worker that resolves operations of unknown outcome.
mod recovery;
/// The inbox for the processor's events.
mod inbox;
/// Scheduled jobs, which also run on request.
mod jobs;
/// Read-only queries for billing.
pub mod queries;
/// Start and stop of the engine's background workers.
mod background;

pub use background::Background;
pub use config::{EngineConfig, JobIntervals, RecoveryLimits};
pub use counts::JobCounts;
pub use engine::{Engine, Parts};
pub use execute::command::{Caller, Command};
pub use processors::Processors;
