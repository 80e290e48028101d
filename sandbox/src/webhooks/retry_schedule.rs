//! The schedule of retries after a failed delivery.

use jiff::{SignedDuration, Timestamp};

/// The delays of test mode, in minutes: three attempts within a few hours.
const TEST_MODE_MINUTES: &[i64] = &[60, 180];

/// The delays of live mode, in minutes: growing delays, for three days.
const LIVE_MODE_MINUTES: &[i64] = &[5, 10, 20, 40, 80, 160, 320, 640, 720, 720, 720, 720];

/// The moment of the next attempt after `failed_attempts` failed attempts, the last of them now. None after the
/// last attempt.
pub(crate) fn next(livemode: bool, failed_attempts: u32, now: Timestamp) -> Option<Timestamp> {
    let delays = if livemode { LIVE_MODE_MINUTES } else { TEST_MODE_MINUTES };
    let index = usize::try_from(failed_attempts).ok()?.checked_sub(1)?;
    now.checked_add(SignedDuration::from_mins(*delays.get(index)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_mode_tries_three_times_and_live_mode_for_three_days() {
        for (livemode, expected_attempts, hours) in [(false, 3, 4), (true, 13, 69)] {
            let (mut now, mut attempts) = (Timestamp::UNIX_EPOCH, 1);
            while let Some(next) = next(livemode, attempts, now) {
                (now, attempts) = (next, attempts + 1);
            }
            assert_eq!((attempts, now.as_second() / 3600), (expected_attempts, hours));
        }
    }
}
