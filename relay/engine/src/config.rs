//! The operator's settings, as far as the engine uses the values.

use std::{collections::BTreeMap, time::Duration};

use causeway::request::Job;
use causeway_domain::tenant::Tenants;
use jiff::SignedDuration;

/// Stripe keeps an idempotency key for at least 24 hours. After that, the same key would make a
/// second charge, so the relay stops sending a key one hour earlier.
pub const KEY_LIFETIME: SignedDuration = SignedDuration::from_hours(23);

/// The engine's settings, validated by the settings reader.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Name of this installation, part of every idempotency key. Two relays with separate journals
    /// and the same Stripe account must use different names.
    pub environment: String,
    /// Maximum number of operations in flight at a time.
    pub operations_at_once: usize,
    /// The interval of each job.
    pub jobs: JobIntervals,
    /// Time limits of recovery.
    pub recovery: RecoveryLimits,
    /// The tenants, by name, with the payment systems.
    pub tenants: Tenants,
}

/// The interval of each job; a job without an interval runs only on request.
#[derive(Debug, Clone, Default)]
pub struct JobIntervals(pub BTreeMap<Job, Duration>);

impl JobIntervals {
    /// The interval of a job; `None` if the job runs only on request.
    pub fn interval(&self, job: Job) -> Option<Duration> {
        self.0.get(&job).copied()
    }
}

/// Time limits of recovery without a request from billing.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryLimits {
    /// The age of an operation after which the relay no longer repeats a charge request without billing.
    pub charge_not_after: SignedDuration,
    /// Time between two look-ups that find no PaymentIntent, before the payment counts as not charged.
    pub second_look: SignedDuration,
    /// The age up to which a request may be sent again under the same idempotency key.
    pub key_lives: SignedDuration,
}

impl Default for RecoveryLimits {
    fn default() -> RecoveryLimits {
        RecoveryLimits {
            charge_not_after: SignedDuration::from_mins(10),
            second_look: SignedDuration::from_hours(1),
            key_lives: KEY_LIFETIME,
        }
    }
}
