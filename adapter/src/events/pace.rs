//! How fast those who watch are told: as fast as the program's threads have nothing else
//! to do. Payments go first.
//!
//! A thousand who watch make a thousand messages of each event. Sent at once, they would
//! stand in every payment's way for as long as payments go on. So they stand in one line,
//! and how fast the line moves depends on how busy the threads were just before. It never
//! stands still.

use std::time::Duration;

use tokio::{
    runtime::{Handle, RuntimeMetrics},
    sync::Mutex,
    time::Instant,
};

/// How often it is looked how busy the threads are.
const LOOK: Duration = Duration::from_millis(10);
/// From here on they are too busy, in a thousand.
const BUSY: u128 = 750;
/// Messages in a second for each thread, however busy they are.
const LEAST: u64 = 20_000;
/// Messages in a second, as good as no limit.
const MOST: u64 = 2_000_000;
/// A shorter pause is added to the next one: timers are not more exact than this.
const SHORTEST: Duration = Duration::from_millis(2);

/// The line in which all stand who watch.
pub(crate) struct Pace(Mutex<Line>);

struct Line {
    rate: u64,
    /// When the next may be sent.
    next: Instant,
    looked: Instant,
    /// How long all threads had been busy then.
    busy: Duration,
}

impl Pace {
    pub(crate) fn new() -> Pace {
        let now = Instant::now();
        Pace(Mutex::new(Line { rate: MOST, next: now, looked: now, busy: Duration::ZERO }))
    }

    /// Waits until so many messages may be sent. Who came first goes first.
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
        if passed < LOOK {
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

/// Halved as long as the threads are too busy, and slowly up again.
fn next_rate(rate: u64, busy: u128, threads: usize) -> u64 {
    let least = LEAST.saturating_mul(u64::try_from(threads).unwrap_or(1));
    let next = if busy >= BUSY { rate / 2 } else { rate.saturating_add(rate / 8) };
    next.clamp(least, MOST.max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_threads_slow_the_line_down_and_never_stop_it() {
        for (rate, busy, threads, expected) in [
            (MOST, 0, 2, MOST),
            (MOST, 749, 2, MOST),
            (MOST, 750, 2, MOST / 2),
            (800_000, 1000, 2, 400_000),
            (800_000, 100, 2, 900_000),
            (70_000, 1000, 2, 40_000),
            (40_000, 1000, 2, 40_000),
            (60_000, 1000, 4, 80_000),
            (MOST, 1000, 1000, 20_000_000),
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
            // Looked at in an hour, so that it stays as it is.
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
