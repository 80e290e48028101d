//! The ports of the relay's engine: traits of what it needs, with the values that go in and come
//! back. An engine for either is the trait and its suite (`causeway-port-suites`).

/// The journal: what is remembered, on disk before anything leaves.
pub mod journal;
/// A processor account, and the way to it.
pub mod processor;
/// Events that a processor makes.
pub mod events;
