//! The rate at which operations ended recently. Under full load, that is the capacity of a machine or
//! an account.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// Older operations say too little about the present rate.
const WINDOW: Duration = Duration::from_secs(2);
/// With fewer operations there was too little load for a rate.
const MIN_SAMPLES: usize = 16;
/// Maximum number of remembered operations.
const MAX_SAMPLES: usize = 4096;
/// Factor for operations that take longer than the average.
const SAFETY_FACTOR: u32 = 2;

/// The moments at which operations ended, oldest first.
#[derive(Debug, Default)]
pub(super) struct Flow(VecDeque<Instant>);

impl Flow {
    /// Records the end of an operation.
    pub(super) fn note(&mut self, now: Instant) {
        let old = |at: &Instant| now.saturating_duration_since(*at) >= WINDOW;
        while self.0.front().is_some_and(old) || self.0.len() >= MAX_SAMPLES {
            self.0.pop_front();
        }
        self.0.push_back(now);
    }

    /// The expected time until one more operation ends, with `before` operations ahead; zero without
    /// enough data.
    pub(super) fn time_of(&self, now: Instant, before: usize) -> Duration {
        let late = |at: &&Instant| now.saturating_duration_since(**at) < WINDOW;
        let ended = self.0.iter().rev().take_while(late).count();
        // Operations that all ended together give no rate.
        if ended < MIN_SAMPLES || before < MIN_SAMPLES {
            return Duration::ZERO;
        }
        let (before, ended) = (u32::try_from(before), u32::try_from(ended));
        let time = WINDOW.saturating_mul(before.unwrap_or(u32::MAX)).checked_div(ended.unwrap_or(u32::MAX));
        time.unwrap_or_default().saturating_mul(SAFETY_FACTOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_follows_from_the_length_of_the_queue() {
        let (start, seconds) = (Instant::now(), Duration::from_secs);
        let mut flow = Flow::default();
        for number in 0..100 {
            flow.note(start + Duration::from_millis(20 * number));
        }
        let now = start + Duration::from_millis(1980);
        assert_eq!(flow.time_of(now, 100), seconds(4), "50 a second, twice");
        assert_eq!(flow.time_of(now, 0), seconds(0));
        assert_eq!(flow.time_of(now, MIN_SAMPLES - 1), seconds(0));
        assert_eq!(flow.time_of(now + seconds(3), 100), seconds(0), "long ago");
        for _ in 0..3 * MAX_SAMPLES {
            flow.note(now);
        }
        assert_eq!(flow.0.len(), MAX_SAMPLES);
    }
}
