//! Rate limits and latencies: calls per second, and recent durations of calls.

/// A token bucket for rate limits.
mod bucket;
/// Durations of the last calls.
mod latency;

pub use bucket::Bucket;
pub use latency::Latency;
