//! Backoff between retries.

use std::time::Duration;

use causeway::environment::Environment;

/// Exponential backoff: each pause is twice the pause before.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The pause before the first retry.
    pub first: Duration,
    /// The upper limit of every pause.
    pub longest: Duration,
}

impl Backoff {
    /// The pause before a retry without jitter. Retries count from one.
    pub fn pause(self, retry: u64) -> Duration {
        let doublings = u32::try_from(retry.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
        self.first.saturating_mul(2_u32.saturating_pow(doublings)).min(self.longest)
    }

    /// The pause with full jitter: between zero and the whole pause, so that clients with a common
    /// failure do not retry at the same time.
    pub fn with_full_jitter(self, retry: u64, environment: &Environment) -> Duration {
        random_up_to(self.pause(retry), environment)
    }

    /// The pause with equal jitter: between half of the pause and the whole pause.
    pub fn with_equal_jitter(self, retry: u64, environment: &Environment) -> Duration {
        let half = self.pause(retry) / 2;
        half.saturating_add(random_up_to(half, environment))
    }
}

fn random_up_to(limit: Duration, environment: &Environment) -> Duration {
    Duration::from_millis(environment.up_to(u64::try_from(limit.as_millis()).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use causeway::environment::Random;

    use super::*;

    struct Ones;

    impl Random for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(1);
        }
    }

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(300) };

    #[test]
    fn pauses_double_up_to_the_longest() {
        for (retry, seconds) in [(0, 1), (1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (u64::MAX, 300)] {
            assert_eq!(BACKOFF.pause(retry), Duration::from_secs(seconds), "{retry}");
        }
    }

    #[test]
    fn jitter_stays_within_its_bounds() {
        let environment = Environment { random: Arc::new(Ones), ..crate::machine::environment() };
        for retry in 1..12 {
            let pause = BACKOFF.pause(retry);
            assert!(BACKOFF.with_full_jitter(retry, &environment) <= pause);
            let equal = BACKOFF.with_equal_jitter(retry, &environment);
            assert!(pause / 2 <= equal && equal <= pause, "{equal:?} of {pause:?}");
        }
    }
}
