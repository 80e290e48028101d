//! Backoff between retries.

use std::time::Duration;

use causeway::surroundings::Surroundings;

/// Exponential backoff: each pause is twice the pause before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pauses {
    /// The maximum pause before the first retry.
    pub(crate) first: Duration,
    /// The upper limit of every pause.
    pub(crate) longest: Duration,
}

impl Pauses {
    /// The pause before a retry, with full jitter: between zero and the whole pause, so that
    /// clients with a common failure do not retry at the same time.
    pub(crate) fn before(self, repetition: u64, surroundings: &Surroundings) -> Duration {
        let most = self.most(repetition);
        Duration::from_millis(surroundings.up_to(u64::try_from(most.as_millis()).unwrap_or_default()))
    }

    fn most(self, repetition: u64) -> Duration {
        let doublings = u32::try_from(repetition.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
        self.first.saturating_mul(2_u32.saturating_pow(doublings)).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_double_up_to_the_longest() {
        let pauses = Pauses { first: Duration::from_secs(1), longest: Duration::from_secs(300) };
        for (repetition, most) in [(0, 1), (1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (u64::MAX, 300)] {
            assert_eq!(pauses.most(repetition), Duration::from_secs(most), "{repetition}");
        }
    }
}
