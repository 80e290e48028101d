//! Whether the clock goes as time does. Leases, the age of a key and signatures hang on
//! the clock, so the operator is told when somebody sets it back.

use std::time::Duration;

use causeway::surroundings::Surroundings;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A clock is set right by little steps all the time; this is none of them.
const JUMP: SignedDuration = SignedDuration::from_secs(5);

/// The clock beside the time that goes by.
pub(crate) struct ClockWatch {
    seen: Timestamp,
    at: Instant,
}

impl ClockWatch {
    pub(crate) fn new(surroundings: &Surroundings) -> ClockWatch {
        ClockWatch { seen: surroundings.now(), at: Instant::now() }
    }

    /// Tells the log when the clock has jumped since the last look.
    pub(crate) fn look(&mut self, surroundings: &Surroundings) {
        let at = Instant::now();
        let went_by = at.saturating_duration_since(self.at);
        let now = surroundings.now();
        let jump = jumped(self.seen, now, went_by);
        (self.seen, self.at) = (now, at);
        if jump < -JUMP {
            tracing::error!(
                seconds = jump.as_secs(),
                %now,
                "the clock was set back; check the time service of this machine: adapters are refused while the \
                 two clocks differ by more than 300 s"
            );
        } else if jump > JUMP {
            tracing::warn!(seconds = jump.as_secs(), %now, "the clock was set forward, or this machine slept");
        }
    }
}

/// By how much the clock went further than time did.
fn jumped(seen: Timestamp, now: Timestamp, went_by: Duration) -> SignedDuration {
    let went_by = SignedDuration::try_from(went_by).unwrap_or(SignedDuration::MAX);
    now.duration_since(seen).saturating_sub(went_by)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F67.
    #[test]
    fn a_jump_is_what_time_does_not_explain() {
        let seen = Timestamp::from_second(1_000_000).unwrap();
        for (clock, time, jump) in [(60, 60, 0), (1, 7, -6), (-10, 1, -11), (3601, 1, 3600)] {
            let now = seen + SignedDuration::from_secs(clock);
            let went_by = Duration::from_secs(time);
            assert_eq!(jumped(seen, now, went_by), SignedDuration::from_secs(jump), "{clock} {time}");
        }
    }
}
