//! The sandbox's clock: the real time plus an offset, which the handle can make larger.

use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::lock::lock;

/// The length of a day, in seconds.
pub(crate) const DAY: i64 = 24 * 60 * 60;

/// The real time plus an offset that never shrinks.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset: Mutex<SignedDuration>,
}

impl Clock {
    /// A clock that shows the given time now.
    pub(crate) fn starting_at(moment: Timestamp) -> Self {
        Self { offset: Mutex::new(moment.duration_since(real_now())) }
    }

    /// The current time of the sandbox.
    pub(crate) fn now(&self) -> Timestamp {
        real_now().checked_add(*lock(&self.offset)).unwrap_or(Timestamp::MAX)
    }

    /// A clock that is ahead of the real time by an offset, or behind by a negative offset.
    pub(crate) fn with_offset(offset: SignedDuration) -> Self {
        Self { offset: Mutex::new(offset) }
    }

    /// The difference to the real time.
    pub(crate) fn offset(&self) -> SignedDuration {
        *lock(&self.offset)
    }

    /// Moves the sandbox's clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let mut offset = lock(&self.offset);
        *offset = offset.saturating_add(by);
    }
}

/// The real time. Only this function of the sandbox reads the system clock.
#[expect(clippy::disallowed_methods, reason = "a clock has to start from the real time somewhere")]
pub(crate) fn real_now() -> Timestamp {
    Timestamp::now()
}

/// The unix time that lies some seconds after a given time.
pub(crate) fn seconds_after(moment: Timestamp, seconds: i64) -> i64 {
    moment.as_second().saturating_add(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_forward_by_the_given_duration() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance(Duration::from_secs(3_600));
        clock.advance(Duration::from_secs(3_600));
        assert!(clock.now().as_second() >= seconds_after(before, 7_200));
        let past = Clock::starting_at(Timestamp::UNIX_EPOCH);
        assert!((0..60).contains(&past.now().as_second()));
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
