//! Settings of a Stripe account, in the client's form. The relay reads the settings elsewhere.

use std::time::Duration;

use crate::{key::SecretKey, limiter::Limits};

/// The settings of a Stripe account for one client.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// The secret key, for the `Authorization` header.
    pub secret_key: SecretKey,
    /// Maximum number of repetitions of a call.
    pub max_network_retries: u64,
    /// Maximum time for establishing a connection.
    pub connect_timeout: Duration,
    /// Maximum time of one try, also of the wait in the queue.
    pub timeout: Duration,
    /// The bounds of the account's queue.
    pub limits: Limits,
    /// Scheme, host and port of Stripe's API.
    pub api_base: String,
    /// "acct_…", or empty where the operator's settings name no account.
    pub account: String,
    /// Whether the account is in test mode, where no real money moves.
    pub test_mode: bool,
}
