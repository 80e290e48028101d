//! Observations of Stripe's objects and their effect on a payment.

/// The brand of the card that was charged.
mod brands;
/// Orders of observations, as property tests.
mod lives;
/// Single observations, as table tests.
mod tables;

pub(crate) use tables::started;
