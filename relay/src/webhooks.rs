//! The endpoints to which Stripe posts events.

/// The HTTP endpoint: an event is verified, stored, and only then acknowledged.
pub mod endpoint;
/// Stripe's signature of a webhook.
pub mod signature;
