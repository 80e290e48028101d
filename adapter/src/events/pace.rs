//! Rate limit for messages to watchers: watchers get the time that the program's threads have left,
//! and payments go first.
//!
//! A thousand watchers make a thousand messages of each event. Sent at once, these messages would
//! delay payments, continuously. Therefore all messages share one queue. The rate of the queue
//! depends on the recent load of the threads and never falls to zero.

use std::time::Duration;

use tokio::{
    runtime::{Handle, RuntimeMetrics},
    sync::Mutex,
    time::Instant,
};

/// Interval between measurements of the threads' load.
const CHECK_INTERVAL: Duration = Duration::from_millis(10);
/// Share of busy time, in thousandths, from which the threads are overloaded.
const BUSY: u128 = 750;
/// The minimum rate, in messages per second and thread, under any load.
const MIN_RATE: u64 = 20_000;
/// The maximum rate, in messages per second, practically unlimited.
const MAX_RATE: u64 = 2_000_000;
/// The precision of timers: a shorter pause is added to the next pause.
const SHORTEST: Duration = Duration::from_millis(2);

/// The queue of all messages to watchers.
pub(crate) struct Pace(Mutex<Line>);

struct Line {
    rate: u64,
    /// When the next message may be sent.
    next: Instant,
    looked: Instant,
    /// Total busy time of all threads at the last measurement.
    busy: Duration,
}

impl Pace {
    pub(crate) fn new() -> Pace {
        let now = Instant::now();
        Pace(Mutex::new(Line { rate: MAX_RATE, next: now, looked: now, busy: Duration::ZERO }))
    }

    /// Waits until `messages` may be sent, in order of arrival.
    pub(crate) async fn turn(&self, messages: usize) {
        let mut line = self.0.lock().await;
        let now = Instant::now();
        line.look(now, &Handle::current().metrics());
        let each = 1_000_000_000_u64.checked_div(line.rate).unwrap_or_default();
        let cost = Duration::from_nanos(each.saturating_mul(u64::try_from(messages).unwrap_or(u64::MAX)));
        line.next = line.next.max(now).checked_add(cost).unwrap_or(now);
        if line.next.saturating_duration_since(now) >= SHORTEST {
            tokio::time::sleep_until(line.next).await;
        }
    }
}

impl Line {
    fn look(&mut self, now: Instant, metrics: &RuntimeMetrics) {
        let passed = now.saturating_duration_since(self.looked);
        if passed < CHECK_INTERVAL {
            return;
        }
        let threads = metrics.num_workers();
        let busy: Duration = (0..threads).map(|thread| metrics.worker_total_busy_duration(thread)).sum();
        let worked = busy.saturating_sub(self.busy).as_nanos().saturating_mul(1000);
        let all = passed.as_nanos().saturating_mul(u128::try_from(threads).unwrap_or(1)).max(1);
        (self.looked, self.busy) = (now, busy);
        self.rate = next_rate(self.rate, worked.checked_div(all).unwrap_or_default(), threads);
    }
}

/// The rate is halved while the threads are overloaded, and rises by an eighth otherwise.
fn next_rate(rate: u64, busy: u128, threads: usize) -> u64 {
    let least = MIN_RATE.saturating_mul(u64::try_from(threads).unwrap_or(1));
    let next = if busy >= BUSY { rate / 2 } else { rate.saturating_add(rate / 8) };
    next.clamp(least, MAX_RATE.max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_threads_slow_the_events_down_and_never_stop_them() {
        for (rate, busy, threads, expected) in [
            (MAX_RATE, 0, 2, MAX_RATE),
            (MAX_RATE, 749, 2, MAX_RATE),
            (MAX_RATE, 750, 2, MAX_RATE / 2),
            (800_000, 1000, 2, 400_000),
            (800_000, 100, 2, 900_000),
            (70_000, 1000, 2, 40_000),
            (40_000, 1000, 2, 40_000),
            (60_000, 1000, 4, 80_000),
            (MAX_RATE, 1000, 1000, 20_000_000),
        ] {
            assert_eq!(next_rate(rate, busy, threads), expected, "{rate} {busy} {threads}");
        }
    }

    #[tokio::test]
    async fn a_line_that_is_slow_makes_wait() {
        let pace = Pace::new();
        let since = Instant::now();
        pace.turn(1000).await;
        assert!(since.elapsed() < Duration::from_secs(1));
        {
            let mut line = pace.0.lock().await;
            // The next measurement is an hour away, so the rate stays fixed.
            line.looked = Instant::now() + Duration::from_secs(3600);
            line.rate = 1000;
        }
        let since = Instant::now();
        for _ in 0..100 {
            pace.turn(3).await;
        }
        assert!(since.elapsed() >= Duration::from_millis(290), "{:?}", since.elapsed());
    }
}
