//! Stories told over real HTTP, by subject.

mod accounts;
mod amounts;
mod authentication;
mod cards;
mod customers;
mod declines;
mod faults;
mod holds;
mod idempotency;
mod lists;
mod numbers;
mod raw_cards;
mod refunds;
mod setup_authentication;
mod setup_intents;
mod shapes;
mod slowness;
mod stage;
