//! A token bucket, stored as the time until which the tokens are spent.

use std::time::Duration;

use tokio::time::Instant;

/// Share of a second whose tokens may be spent at once.
const BURST: Duration = Duration::from_millis(200);

/// A rate limit in tokens per second, with a short burst.
#[derive(Debug, Clone)]
pub struct Bucket {
    interval: Duration,
    burst: Duration,
    spent_until: Option<Instant>,
}

impl Bucket {
    /// A bucket with the default burst. `None`: no limit.
    pub fn new(each_second: u32) -> Option<Bucket> {
        Bucket::bursting(each_second, BURST)
    }

    /// A bucket in which the unspent tokens of `burst` may be spent at once.
    pub fn bursting(each_second: u32, burst: Duration) -> Option<Bucket> {
        let interval = Duration::from_secs(1).checked_div(each_second)?;
        Some(Bucket { interval, burst, spent_until: None })
    }

    /// Takes a token if a token is available.
    pub fn spend(&mut self, now: Instant) -> bool {
        let there = self.ready_at(now, 0) <= now;
        if there {
            self.take(now, 0);
        }
        there
    }

    /// The time between two tokens, after the rate was halved `halvings` times.
    pub fn interval(&self, halvings: u32) -> Duration {
        self.interval.saturating_mul(2_u32.saturating_pow(halvings))
    }

    /// When a token is available.
    pub fn ready_at(&self, now: Instant, halvings: u32) -> Instant {
        let interval = self.interval(halvings);
        self.backed_by(now, self.burst.saturating_sub(interval))
    }

    /// When half of the burst is available.
    pub fn relaxed_at(&self, now: Instant, halvings: u32) -> Instant {
        let interval = self.interval(halvings);
        self.backed_by(now, (self.burst / 2).saturating_sub(interval))
    }

    /// When at most `ahead` is spent beyond the returned time.
    fn backed_by(&self, now: Instant, ahead: Duration) -> Instant {
        let spent = self.spent_until.unwrap_or(now);
        spent.checked_sub(ahead).unwrap_or(now).max(now)
    }

    /// Takes a token, even if no token is available yet.
    pub fn take(&mut self, now: Instant, halvings: u32) {
        let from = self.spent_until.unwrap_or(now).max(now);
        self.spent_until = from.checked_add(self.interval(halvings));
    }
}
