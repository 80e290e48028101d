//! The endpoints that Stripe posts events to.

/// The HTTP endpoint: verified, stored, and only then answered.
pub mod endpoint;
/// Stripe's signature of a webhook.
pub mod signature;
