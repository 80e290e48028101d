//! Stripe's objects, parsed by this crate, and the domain's decisions on the snapshots.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it is"
)]

/// Observations of a payment.
mod observe;
/// The client over a transport with scripted answers.
mod client;
/// Events, as the inbox reads them.
mod events;
/// The request for each effect.
mod requests;
