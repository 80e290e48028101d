//! Times of the attempts for an operation of unknown outcome: frequent at first, then hourly. After
//! three days, an operator has to decide.

use jiff::SignedDuration;

/// Pauses after the first attempts, in seconds.
const FIRST_PAUSES: [i64; 7] = [1, 5, 15, 60, 300, 1800, 7200];
/// The longest pause after an attempt without any answer.
const MAX_SILENT_PAUSE: SignedDuration = SignedDuration::from_secs(15);
/// From this age on, the pause after a missing answer may be as long as `MAX_LONG_SILENT_PAUSE`.
const LONG_SILENCE_AGE: SignedDuration = SignedDuration::from_hours(1);
const MAX_LONG_SILENT_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// Pause after the first attempts, until Stripe's keys expire.
const HOURLY: SignedDuration = SignedDuration::from_hours(1);
/// Age in hours up to which the attempts are hourly.
const HOURS_OF_KEYS: i64 = 23;
/// Ages of the last attempts, in hours.
const LAST_AGES: [i64; 6] = [24, 25, 26, 36, 48, 72];

/// The pause before the next attempt. `tries` is the number of attempts so far, and `age` is the
/// operation's current age. `None` means that an operator has to decide.
pub fn pause(tries: u32, age: SignedDuration) -> Option<SignedDuration> {
    let first = usize::try_from(tries).ok().and_then(|tries| FIRST_PAUSES.get(tries));
    if age < SignedDuration::from_hours(HOURS_OF_KEYS) {
        return Some(first.map_or(HOURLY, |seconds| SignedDuration::from_secs(*seconds)));
    }
    let next = LAST_AGES.into_iter().map(SignedDuration::from_hours).find(|hour| *hour > age)?;
    Some(next.saturating_sub(age))
}

/// The pause after an attempt without any answer: a missing answer does not make the next attempt
/// less urgent. The number of concurrent attempts is limited elsewhere.
pub fn after_silence(pause: SignedDuration, age: SignedDuration) -> SignedDuration {
    pause.min(if age < LONG_SILENCE_AGE { MAX_SILENT_PAUSE } else { MAX_LONG_SILENT_PAUSE })
}

/// The pause with a jitter of plus or minus 20 %. `random` is a random number from 0 to 1000.
pub fn jittered(pause: SignedDuration, random: u64) -> SignedDuration {
    let thousandths = i128::from(random.min(1000)).saturating_mul(2).saturating_div(5).saturating_add(800);
    let nanos = pause.as_nanos().saturating_mul(thousandths).saturating_div(1000);
    SignedDuration::from_nanos_i128(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The schedule of an operation that stays unknown.
    #[test]
    fn an_unknown_outcome_is_inspected_until_the_third_day() {
        let mut age = SignedDuration::ZERO;
        let mut tries = 0;
        let mut ages = vec![];
        while let Some(next) = pause(tries, age) {
            assert!(next > SignedDuration::ZERO);
            age += next;
            tries += 1;
            ages.push(age.as_secs());
        }
        assert_eq!(&ages[..7], [1, 6, 21, 81, 381, 2181, 9381]);
        let hours: Vec<_> = ages[7..].iter().map(|age| age / 3600).collect();
        let hourly = (3..=23).chain([24, 25, 26, 36, 48, 72]);
        assert_eq!(hours, hourly.collect::<Vec<_>>());
    }

    /// After a downtime of days, the next attempt is at the next of the last ages.
    #[test]
    fn after_a_long_suspension_the_schedule_follows_the_age() {
        assert_eq!(pause(0, SignedDuration::from_hours(30)), Some(SignedDuration::from_hours(6)));
        assert_eq!(pause(3, SignedDuration::from_hours(72)), None);
        assert_eq!(pause(0, SignedDuration::from_hours(1000)), None);
    }

    /// After a silence of any length, the next attempt is at most one minute later.
    #[test]
    fn silence_makes_no_pause_long() {
        let (soon, later) = (SignedDuration::from_mins(59), SignedDuration::from_hours(20));
        for tries in 0..200 {
            let pause = |age| pause(tries, age).map(|pause| after_silence(pause, age));
            assert!(pause(soon).is_some_and(|pause| pause <= MAX_SILENT_PAUSE), "{tries}");
            assert!(pause(later).is_some_and(|pause| pause <= MAX_LONG_SILENT_PAUSE), "{tries}");
        }
        assert_eq!(after_silence(SignedDuration::from_secs(1), soon), SignedDuration::from_secs(1));
    }

    #[test]
    fn jitter_is_a_fifth_at_the_most() {
        let minute = SignedDuration::from_secs(60);
        assert_eq!(jittered(minute, 0).as_secs(), 48);
        assert_eq!(jittered(minute, 500).as_secs(), 60);
        assert_eq!(jittered(minute, 1000).as_secs(), 72);
        assert_eq!(jittered(minute, u64::MAX).as_secs(), 72);
    }
}
