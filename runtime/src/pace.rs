//! Rates and durations: how much may be done in a second, and how long things took.

/// A token bucket.
mod bucket;
/// Durations of the last calls.
mod latency;

pub use bucket::Bucket;
pub use latency::Latency;
