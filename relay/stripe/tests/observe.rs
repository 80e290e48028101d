//! Observations of Stripe's objects and their effect on a payment.

/// Orders of observations, as property tests.
mod lives;
/// Single observations, as table tests.
mod tables;

pub(crate) use tables::started;
