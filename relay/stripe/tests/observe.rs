//! Observations of Stripe's objects and their effect on a payment.

/// Orders of observations, as properties.
mod lives;
/// Single observations, as tables.
mod tables;

pub(crate) use tables::started;
