//! Tests of single operations: fingerprints, a panic during an operation, and a Stripe without
//! usable answers.

/// Stability of the request fingerprints.
mod fingerprints;
/// A panic during an operation.
mod panics;
/// A processor that gives no usable answer.
mod silence;
/// An engine over any processor.
mod setup;
