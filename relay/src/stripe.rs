//! The way to Stripe, and Stripe's own words and numbers. Nothing outside this
//! folder knows them.

/// Stripe's currencies: its minor units, its smallest and largest amounts.
pub mod currency;
/// The requests that we make, as forms.
pub mod request;
/// Where objects and lists are looked up.
pub mod paths;
/// Whole lists, page by page.
pub mod lists;
/// The one form with a card in it.
pub mod card;
/// The key under which Stripe does a thing once.
pub mod idempotency;
/// JSON from outside.
pub mod json;
/// Ids of Stripe's objects, as they are read.
mod ids;
/// What we read of Stripe's objects.
pub mod view;
/// Stripe's errors.
pub mod error;
/// What an answer means for money: the one exhaustive table.
pub mod classify;
/// Declines: what they mean, what to do, what the payer may know.
pub mod decline;
/// Which calls go first.
pub mod priority;
/// The line in front of an account.
pub mod limiter;
/// Asks Stripe, and asks again where that is safe.
pub mod client;
/// The wire.
pub mod transport;

/// The version of Stripe's API that every request names (docs.stripe.com/api/versioning).
pub const API_VERSION: &str = "2026-08-26.dahlia";
