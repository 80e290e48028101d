//! Settings of a Stripe account, as the client needs them. Where they come from is decided
//! elsewhere.

use std::time::Duration;

use crate::{key::SecretKey, limiter::Limits};

/// A Stripe account and the way to it.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// The key for the `Authorization` header.
    pub secret_key: SecretKey,
    /// How often a call is repeated.
    pub max_network_retries: u64,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a call may take.
    pub timeout: Duration,
    /// The bounds of the account's queue.
    pub limits: Limits,
    /// Scheme, host and port of Stripe's API.
    pub api_base: String,
    /// "acct_…", or empty where the operator did not give it.
    pub account: String,
    /// Whether no real money moves.
    pub test_mode: bool,
}
