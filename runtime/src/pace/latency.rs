//! Latencies of recent calls.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// Age after which a duration no longer counts: a slow minute must not block requests for ever.
const WINDOW: Duration = Duration::from_secs(60);
/// The minimum number of durations for a 99th percentile.
const MIN_SAMPLES: usize = 100;
/// The maximum number of durations kept.
const MAX_SAMPLES: usize = 512;

/// The last durations, with the time of each measurement.
#[derive(Debug, Default)]
pub struct Latency(VecDeque<(Instant, Duration)>);

impl Latency {
    /// Records a duration that was measured at `now`.
    pub fn note(&mut self, now: Instant, took: Duration) {
        if self.0.len() >= MAX_SAMPLES {
            self.0.pop_front();
        }
        self.0.push_back((now, took));
    }

    /// The median and the 99th percentile; zero while too few durations are known.
    pub fn typical_and_slowest(&self, now: Instant) -> (Duration, Duration) {
        let late = |at: &Instant| now.saturating_duration_since(*at) < WINDOW;
        let mut took: Vec<_> = self.0.iter().filter(|(at, _)| late(at)).map(|(_, took)| *took).collect();
        if took.len() < MIN_SAMPLES {
            return (Duration::ZERO, Duration::ZERO);
        }
        took.sort_unstable();
        let at = |percent: usize| {
            let place = took.len().saturating_mul(percent) / 100;
            took.get(place).copied().unwrap_or_default()
        };
        (at(50), at(99))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_samples_give_no_estimate_and_old_ones_expire() {
        let (start, ms) = (Instant::now(), Duration::from_millis);
        let mut latency = Latency::default();
        for number in 1..=99 {
            latency.note(start, ms(number));
        }
        assert_eq!(latency.typical_and_slowest(start), (ms(0), ms(0)));
        latency.note(start, ms(100));
        assert_eq!(latency.typical_and_slowest(start), (ms(51), ms(100)));
        assert_eq!(latency.typical_and_slowest(start + WINDOW), (ms(0), ms(0)));
        for _ in 0..1000 {
            latency.note(start, ms(7));
        }
        assert_eq!((latency.0.len(), latency.typical_and_slowest(start)), (MAX_SAMPLES, (ms(7), ms(7))));
    }
}
