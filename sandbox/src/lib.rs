//! A test double of Stripe's API: real HTTP on the loopback interface, state in memory or in a directory,
//! a clock that can be moved, faults that can be armed, and a ledger of every effect on money.
//!
//! The modules stand in the order in which a call passes through them.
#![recursion_limit = "256"] // The JSON of a charge has many fields.

// 1. The handle, and the settings for a start.
mod sandbox;
mod settings;

// 2. The listener: connections that can be reset, and the server behind them.
mod wire;
mod server;
mod shared;
mod lock;

// 3. The handle's operations, over HTTP.
mod control;

// 4. One call: the log, the fault that hits the call, the caller, the version, the idempotency key.
mod exchange;
mod bounded_log;
mod calls;
mod cancellations;
mod log_masking;
mod fault;
mod refusals;
mod access;
mod version;
mod idempotency;
mod key_claim;
mod refusal_context;
mod common_headers;
mod compressed_text;
mod pretty;
mod page_view;
mod reply;
mod bank_html;
mod bank_page;
mod browser;

// 5. The parameters of a call, and the rules for them.
mod form;
mod json_form;
mod description;
mod params;
mod stripe_enum;
mod currency;
mod text_checks;
mod changes;
mod metadata;
mod expand;
mod error;

// 6. The effects of a call: the endpoint, the attempt to charge, the bank's answer.
mod endpoints;
mod attempt;
mod bank;
mod balance;
mod payouts;
mod mandates;
mod radar;
mod refunds;
mod disputes;
mod events;
mod webhooks;

// 7. The state: accounts full of objects, the changes that come with time, and the ledger.
mod state;
mod state_lock;
mod collection;
mod index;
mod balance_sums;
mod schedule;
mod storage;
mod static_text;
mod objects;
mod scheduled_work;
mod clock;
mod ids;
mod ledger;

#[cfg(test)]
mod tests;

pub use calls::{Answer, Call};
pub use control::{Control, Refusal, controls};
pub use fault::{ArmedRule, Fault, FaultKind, FaultRule, RateLimit};
pub use ledger::{Effect, Entry, Ledger};
pub use sandbox::Sandbox;
pub use settings::{RawCards, Settings, StartError};
pub use storage::error::StateError;
pub use webhooks::delivery::{Delivery, DeliveryOutcome};
pub use webhooks::fault::{WebhookFault, WebhookFaultRule};
