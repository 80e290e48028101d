//! The values that the operator sets for the engine.

use std::{collections::BTreeMap, time::Duration};

use causeway::order::Job;
use causeway_domain::tenant::Tenants;
use jiff::SignedDuration;

/// Stripe keeps a key for at least 24 hours. After that the same key would be a new charge, so it
/// is not sent any more one hour before.
pub const KEY_LIVES: SignedDuration = SignedDuration::from_hours(23);

/// The engine's settings.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Name of this installation, part of every idempotency key: two relays with journals of their
    /// own and the same Stripe account must not share it.
    pub environment: String,
    /// How many operations may be under way at a time.
    pub operations_at_once: usize,
    /// How often the jobs run.
    pub jobs: JobIntervals,
    /// The limits of recovery.
    pub recovery: RecoveryLimits,
    /// The billing platforms.
    pub tenants: Tenants,
}

/// How often each job runs by itself; a job without an interval runs only when it is asked for.
#[derive(Debug, Clone, Default)]
pub struct JobIntervals(pub BTreeMap<Job, Duration>);

impl JobIntervals {
    /// The interval of a job.
    pub fn interval(&self, job: Job) -> Option<Duration> {
        self.0.get(&job).copied()
    }
}

/// The limits of what recovery does by itself.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryLimits {
    /// How long after billing asked a payer's money may be asked for again by the relay itself.
    pub charge_not_after: SignedDuration,
    /// Between two look-ups that find nothing at the processor, until the payment counts as not
    /// charged.
    pub second_look: SignedDuration,
    /// How long a request may be sent again under its idempotency key.
    pub key_lives: SignedDuration,
}

impl Default for RecoveryLimits {
    fn default() -> RecoveryLimits {
        RecoveryLimits {
            charge_not_after: SignedDuration::from_mins(10),
            second_look: SignedDuration::from_hours(1),
            key_lives: KEY_LIVES,
        }
    }
}
