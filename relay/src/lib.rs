//! The relay: holds the Stripe keys, enforces the operator's rules, calls Stripe and keeps the
//! journal. This crate is the edge: settings, gRPC, webhooks, and the wiring of all parts. The
//! engine contains the operations of the relay, the domain contains the rules.

/// The operator's settings, read from one file.
pub mod settings;
/// Assembles the parts of a relay and serves requests.
pub mod relay;
/// The gRPC service: identifies the tenant, calls the engine and converts the answer.
pub mod grpc;
/// The endpoints to which Stripe posts events.
pub mod webhooks;
/// Detection of clock jumps.
mod clock;
/// The program around the relay.
pub mod program;
/// The report on operations with an unknown outcome, for operators.
mod unresolved_report;
/// Seeded bugs, for the chaos test.
#[cfg(feature = "chaos")]
mod seeded_bugs;
