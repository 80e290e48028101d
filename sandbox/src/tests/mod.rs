//! Stories told over real HTTP, by subject.

mod accounts;
mod amounts;
mod authentication;
mod declines;
mod faults;
mod holds;
mod idempotency;
mod lists;
mod refunds;
mod shapes;
mod slowness;
mod stage;
