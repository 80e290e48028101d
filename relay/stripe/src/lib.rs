//! The port [`Processor`](causeway_ports::processor::Processor) over Stripe, with Stripe's names and
//! units, and a dummy processor that answers by rule. The only crate that calls Stripe.

/// Settings of a Stripe account.
pub mod config;
/// Secret keys, which `Debug` does not print.
pub mod key;
/// The client: sends requests, and repeats a request where a repetition is safe.
pub mod client;
/// The HTTP transport, the only code that opens connections to Stripe.
pub mod transport;
/// The rate limiter and queue of an account.
pub mod limiter;
/// Stripe's currencies: units, minimum and maximum amounts.
pub mod currency;
/// Stripe's objects, read as the domain's snapshots.
pub mod snapshot;
/// Stripe's events: types, bodies and readings.
pub mod events;
/// A processor that answers by rule, without a network.
pub mod dummy;

/// The calls of Stripe's API that the relay makes.
mod endpoint;
/// The priority of calls in the queue.
mod priority;
/// Requests as forms, ready for the journal.
mod request;
/// Paths of objects and lists.
mod paths;
/// Whole lists, page by page.
mod lists;
/// The only form that holds card data.
mod card;
/// Answers of Stripe before the object is parsed.
mod reply;
/// JSON from Stripe, without card numbers and with limits. The only way in.
pub mod json;
/// Texts of Stripe, each a type with a limit.
mod texts;
/// What an answer has to show before it is believed. The only judge of ids, modes and amounts.
mod expected;
/// Ids of Stripe's objects, checked while parsing.
mod ids;
/// The fields of Stripe's objects that the relay reads.
mod view;
/// Errors in Stripe's format.
mod error;
/// The meaning of an error answer for money: one exhaustive table.
mod classify;
/// Declines: meaning, advice, and the sentence for the payer.
mod decline;

/// The version of Stripe's API that every request names (docs.stripe.com/api/versioning).
pub const API_VERSION: &str = "2026-08-26.dahlia";
