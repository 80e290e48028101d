//! The port [`Processor`](causeway_ports::processor::Processor) over Stripe, with Stripe's names
//! and units, and a dummy that answers by rule. The only crate that speaks to Stripe.

/// Settings of a Stripe account.
pub mod config;
/// Secret keys, which cannot be printed.
pub mod key;
/// The client: sends, and repeats where that is safe.
pub mod client;
/// The wire.
pub mod transport;
/// The queue in front of an account.
pub mod limiter;
/// Stripe's currencies: units, smallest and largest amounts.
pub mod currency;
/// Stripe's objects, read as the domain's snapshots.
pub mod snapshot;
/// Stripe's events: types, bodies, readings.
pub mod events;
/// A processor that answers by rule, without a network.
pub mod dummy;

/// The calls of Stripe's API that are made.
mod endpoint;
/// Which calls go first.
mod priority;
/// Requests, as forms.
mod request;
/// Paths of objects and lists.
mod paths;
/// Whole lists, page by page.
mod lists;
/// The one form with a card in it.
mod card;
/// Answers of Stripe, before they are read as an object.
mod reply;
/// JSON from outside.
mod json;
/// Ids of Stripe's objects, as they are read.
mod ids;
/// Stripe's objects, as far as they are read.
mod view;
/// Stripe's errors.
mod error;
/// The meaning of an answer for money: the one exhaustive table.
mod classify;
/// Declines: their meaning, the advice, the sentence for the payer.
mod decline;

/// The version of Stripe's API that every request names (docs.stripe.com/api/versioning).
pub const API_VERSION: &str = "2026-08-26.dahlia";
