//! Single operations: fingerprints, a mistake in the middle of one, and a Stripe that tells
//! nothing.

/// What makes a request the same.
mod fingerprints;
/// A mistake in the middle of an operation.
mod panics;
/// A processor that tells nothing.
mod silence;
/// An engine over any processor.
mod setup;
