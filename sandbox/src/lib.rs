//! A Stripe of our own.
