//! The relay: it holds the Stripe keys, enforces the operator's rules, talks to
//! Stripe and remembers. In the order in which one payment passes through it.

/// What the operator set.
pub mod settings;
/// All the parts, put together and served.
pub mod relay;
/// The door: whose request it is, and what goes back.
pub mod service;
/// Room for what is new.
pub mod admission;
/// The story of each operation, from request to answer.
pub mod operation;
/// What may enter.
pub mod policy;
/// A payment, and how what Stripe says moves it.
pub mod payment;
/// A customer and the cards that are kept, and how what Stripe says moves them.
pub mod customer;
/// What makes a repeated request the same.
pub mod fingerprint;
/// What is remembered, on disk before anything leaves.
pub mod journal;
/// What Stripe tells by itself.
pub mod news;
/// Finds out how operations ended that broke off.
pub mod recovery;
/// What the relay does by itself, now and then.
pub mod jobs;
/// What stands behind a payment system.
pub mod processor;
/// The way to Stripe, and Stripe's own words and numbers.
pub mod stripe;
/// A processor that answers by rule, without a network.
pub mod dummy;
/// Whether the clock goes as time does.
mod clock;
/// What a program does around all this.
pub mod program;
