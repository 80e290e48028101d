//! When an operation of unknown outcome is looked at next: soon at first, then hourly, and
//! after three days somebody has to look.

use jiff::SignedDuration;

/// Pauses after the first tries, seconds.
const FIRST: [i64; 7] = [1, 5, 15, 60, 300, 1800, 7200];
/// The longest pause after a try that had no answer.
const SILENT: SignedDuration = SignedDuration::from_secs(15);
/// From this age on it is longer.
const LONG_SILENCE: SignedDuration = SignedDuration::from_hours(1);
const LONG_SILENT: SignedDuration = SignedDuration::from_secs(60);
/// Then as often, until the keys die.
const HOURLY: SignedDuration = SignedDuration::from_hours(1);
/// Until this age.
const HOURS_OF_KEYS: i64 = 23;
/// Then at these ages, hours.
const LAST: [i64; 6] = [24, 25, 26, 36, 48, 72];

/// The pause before the next try. `tries` are those that were made, `age` is the operation's
/// now. `None`: it is left to somebody.
pub fn pause(tries: u32, age: SignedDuration) -> Option<SignedDuration> {
    let first = usize::try_from(tries).ok().and_then(|tries| FIRST.get(tries));
    if age < SignedDuration::from_hours(HOURS_OF_KEYS) {
        return Some(first.map_or(HOURLY, |seconds| SignedDuration::from_secs(*seconds)));
    }
    let next = LAST.into_iter().map(SignedDuration::from_hours).find(|hour| *hour > age)?;
    Some(next.saturating_sub(age))
}

/// The pause after a try that had no answer at all: it has told nothing that would make the
/// next one less urgent. How many are tried at a time is bounded.
pub fn after_silence(pause: SignedDuration, age: SignedDuration) -> SignedDuration {
    pause.min(if age < LONG_SILENCE { SILENT } else { LONG_SILENT })
}

/// The pause, a fifth shorter to a fifth longer. `dice` is from 0 to 1000.
pub fn jittered(pause: SignedDuration, dice: u64) -> SignedDuration {
    let thousandths = i128::from(dice.min(1000)).saturating_mul(2).saturating_div(5).saturating_add(800);
    let nanos = pause.as_nanos().saturating_mul(thousandths).saturating_div(1000);
    SignedDuration::from_nanos_i128(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A life in which nothing is ever found out.
    #[test]
    fn it_is_looked_at_until_the_third_day() {
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

    /// What was down for days is looked at when it is up again, and then at the next hour.
    #[test]
    fn after_a_long_sleep_it_goes_on_where_the_age_is() {
        assert_eq!(pause(0, SignedDuration::from_hours(30)), Some(SignedDuration::from_hours(6)));
        assert_eq!(pause(3, SignedDuration::from_hours(72)), None);
        assert_eq!(pause(0, SignedDuration::from_hours(1000)), None);
    }

    /// However long Stripe was silent, what is unknown is known a minute later.
    #[test]
    fn silence_makes_no_pause_long() {
        let (soon, later) = (SignedDuration::from_mins(59), SignedDuration::from_hours(20));
        for tries in 0..200 {
            let pause = |age| pause(tries, age).map(|pause| after_silence(pause, age));
            assert!(pause(soon).is_some_and(|pause| pause <= SILENT), "{tries}");
            assert!(pause(later).is_some_and(|pause| pause <= LONG_SILENT), "{tries}");
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
