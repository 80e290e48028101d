//! A token bucket, kept as the moment until which its tokens are spent.

use std::time::Duration;

use tokio::time::Instant;

/// How much of a second may be spent at once.
const BURST: Duration = Duration::from_millis(200);

/// So many in a second, evenly but for a short burst.
#[derive(Debug, Clone)]
pub struct Bucket {
    interval: Duration,
    burst: Duration,
    spent_until: Option<Instant>,
}

impl Bucket {
    /// `None`: there is no limit.
    pub fn new(each_second: u32) -> Option<Bucket> {
        Bucket::bursting(each_second, BURST)
    }

    /// The same, where so much of what was not spent may be spent at once.
    pub fn bursting(each_second: u32, burst: Duration) -> Option<Bucket> {
        let interval = Duration::from_secs(1).checked_div(each_second)?;
        Some(Bucket { interval, burst, spent_until: None })
    }

    /// Takes a token if there is one.
    pub fn spend(&mut self, now: Instant) -> bool {
        let there = self.ready_at(now, 0) <= now;
        if there {
            self.take(now, 0);
        }
        there
    }

    /// The time between two tokens, while they come slower by so many halvings.
    pub fn interval(&self, halvings: u32) -> Duration {
        self.interval.saturating_mul(2_u32.saturating_pow(halvings))
    }

    /// When there is a token.
    pub fn ready_at(&self, now: Instant, halvings: u32) -> Instant {
        let interval = self.interval(halvings);
        self.backed_by(now, self.burst.saturating_sub(interval))
    }

    /// When half of the burst is there.
    pub fn relaxed_at(&self, now: Instant, halvings: u32) -> Instant {
        let interval = self.interval(halvings);
        self.backed_by(now, (self.burst / 2).saturating_sub(interval))
    }

    /// When no more than `ahead` is spent beyond the moment.
    fn backed_by(&self, now: Instant, ahead: Duration) -> Instant {
        let spent = self.spent_until.unwrap_or(now);
        spent.checked_sub(ahead).unwrap_or(now).max(now)
    }

    /// Takes a token.
    pub fn take(&mut self, now: Instant, halvings: u32) {
        let from = self.spent_until.unwrap_or(now).max(now);
        self.spent_until = from.checked_add(self.interval(halvings));
    }
}
