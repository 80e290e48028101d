//! The engine over a real journal and a processor that the test is: single operations, models of
//! the protocol, and failures of the journal.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it is"
)]

/// Settings and orders that the tests share.
mod setup;
/// Single operations.
mod operations;
/// Models that are compared with the engine, or searched.
mod model;
/// Errors of the journal before an operation began, and after.
mod phases;
