//! The relay: it holds the Stripe keys, enforces the operator's rules, talks to Stripe and
//! remembers. This crate is its edge: settings, gRPC, webhooks, and the wiring of all parts. What
//! the relay does is in the engine, the rules are in the domain.

/// The operator's settings.
pub mod settings;
/// All the parts, put together and served.
pub mod relay;
/// The gRPC service: whose request it is, and the answer.
pub mod grpc;
/// The endpoints that Stripe posts events to.
pub mod webhooks;
/// Whether the clock goes as time does.
mod clock;
/// The program around the relay.
pub mod program;
/// An operation without a known outcome, as an operator reads it.
mod unresolved_report;
/// Deliberate mistakes, for the chaos test.
#[cfg(feature = "chaos")]
mod seeded_bugs;
