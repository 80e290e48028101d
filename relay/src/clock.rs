//! Detection of clock jumps. Leases, the age of an idempotency key and signatures depend on the
//! clock, so the relay warns the operator when the clock is set back.

use std::time::Duration;

use causeway::environment::Environment;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A larger jump than the small corrections of a time service.
const JUMP: SignedDuration = SignedDuration::from_secs(5);

/// Compares the clock with monotonic time.
pub(crate) struct ClockJumpMonitor {
    seen: Timestamp,
    at: Instant,
}

impl ClockJumpMonitor {
    pub(crate) fn new(environment: &Environment) -> ClockJumpMonitor {
        ClockJumpMonitor { seen: environment.now(), at: Instant::now() }
    }

    /// Logs a jump of the clock since the last call.
    pub(crate) fn look(&mut self, environment: &Environment) {
        let at = Instant::now();
        let went_by = at.saturating_duration_since(self.at);
        let now = environment.now();
        let jump = jumped(self.seen, now, went_by);
        (self.seen, self.at) = (now, at);
        if jump < -JUMP {
            tracing::error!(
                seconds = jump.as_secs(),
                %now,
                "the clock of this machine was set back; check its time service: adapters are refused while the \
                 two clocks differ by more than 300 s"
            );
        } else if jump > JUMP {
            tracing::warn!(
                seconds = jump.as_secs(),
                %now,
                "the clock of this machine was set forward, or the machine was suspended; check its time service"
            );
        }
    }
}

/// The advance of the clock minus the elapsed monotonic time.
fn jumped(seen: Timestamp, now: Timestamp, went_by: Duration) -> SignedDuration {
    let went_by = SignedDuration::try_from(went_by).unwrap_or(SignedDuration::MAX);
    now.duration_since(seen).saturating_sub(went_by)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F67: a clock jump is the difference between clock and elapsed time.
    #[test]
    fn a_jump_is_a_difference_between_both_clocks() {
        let seen = Timestamp::from_second(1_000_000).unwrap();
        for (clock, time, jump) in [(60, 60, 0), (1, 7, -6), (-10, 1, -11), (3601, 1, 3600)] {
            let now = seen + SignedDuration::from_secs(clock);
            let went_by = Duration::from_secs(time);
            assert_eq!(jumped(seen, now, went_by), SignedDuration::from_secs(jump), "{clock} {time}");
        }
    }
}
