//! `/v1/setup_intents`: each call in a separate file.

pub(crate) mod confirm;
pub(crate) mod create;
pub(crate) mod microdeposits;
