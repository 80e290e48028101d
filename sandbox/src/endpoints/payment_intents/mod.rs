//! `/v1/payment_intents`: each call in a separate file.

pub(crate) mod cancel;
pub(crate) mod capture;
pub(crate) mod confirm;
pub(crate) mod create;
pub(crate) mod increment;
pub(crate) mod microdeposits;
pub(crate) mod terms;
pub(crate) mod update;
