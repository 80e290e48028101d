//! A clock that never goes backwards. An operation's age decides whether the idempotency key may be
//! sent again, so a system clock that is set back must not make an expired key valid.

use std::sync::{Mutex, PoisonError};

use causeway::environment::Environment;
use jiff::Timestamp;
use tokio::time::Instant;

/// The wall clock, or the latest wall time plus the time elapsed since, if the wall clock was set back.
pub struct MonotonicClock {
    environment: Environment,
    latest: Mutex<(Timestamp, Instant)>,
}

impl MonotonicClock {
    /// Creates the clock with a lower bound, such as the journal's last heartbeat.
    pub fn new(environment: Environment, been: Option<Timestamp>) -> MonotonicClock {
        let latest = (been.unwrap_or(Timestamp::MIN), Instant::now());
        MonotonicClock { environment, latest: Mutex::new(latest) }
    }

    /// The current time, never before a time that the clock returned earlier.
    pub fn now(&self) -> Timestamp {
        let wall = self.environment.now();
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let (then, at) = *latest;
        if wall >= then {
            *latest = (wall, Instant::now());
            return wall;
        }
        then.saturating_add(at.elapsed()).unwrap_or(then)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    };

    use causeway::environment::Clock;

    use super::*;

    struct Hand(Arc<AtomicI64>);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
        }
    }

    #[test]
    fn the_monotonic_clock_continues_when_the_clock_is_set_back() {
        let hand = Arc::new(AtomicI64::new(1_000_000));
        let machine = causeway_runtime::machine::environment();
        let environment = Environment { clock: Arc::new(Hand(Arc::clone(&hand))), ..machine };
        let steady = MonotonicClock::new(environment, Some(Timestamp::from_second(2_000_000).unwrap()));
        assert!(steady.now().as_second() >= 2_000_000, "the journal has seen that hour");
        hand.store(3_000_000, Ordering::SeqCst);
        assert_eq!(steady.now().as_second(), 3_000_000);
        hand.store(5, Ordering::SeqCst);
        let first = steady.now();
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert!(first.as_second() >= 3_000_000);
        assert!(steady.now() > first, "time passes");
    }
}
