//! The common parts of PaymentIntents and SetupIntents.

pub(crate) mod conditions;
pub(crate) mod confirmation;
pub(crate) mod confirmation_token;
pub(crate) mod microdeposits;
pub(crate) mod options;
pub(crate) mod secret;
pub(crate) mod method_types;
