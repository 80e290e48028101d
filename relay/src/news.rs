//! What Stripe tells by itself: webhooks and polled events.
//!
//! An event is stored before Stripe hears that it was, and worked on afterwards. It is a
//! hint, not the truth: where it tells something new, the object is looked at, and what is
//! seen there moves the payment.

/// The endpoint that Stripe posts to.
pub mod door;
/// Whether Stripe has signed it.
pub mod signature;
/// Every type of event that does something, and what.
pub mod types;
/// What an event is about.
pub mod subject;
/// What an event leads to.
pub mod apply;
/// The same, for what is about cards.
mod cards;
/// Works on what has come in.
pub mod work;
/// Asks for events where none can arrive, and for those that were lost.
pub mod poll;

#[cfg(test)]
mod tests;
