//! Tests of the engine over a real journal and a processor implemented by the test: single
//! operations, models of the protocol, and failures of the journal.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it is"
)]

/// Settings and requests shared by the tests.
mod setup;
/// Tests of single operations, including panics and missing answers.
mod operations;
/// Models that are compared with the engine, or searched exhaustively.
mod model;
/// Errors of the journal before and after the begin of an operation.
mod phases;
