//! Kills adapters one after the other, and sets their clocks wrong.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use rustix::process::Signal;

use super::{FaultInjector, SLOWEST_PLACE, TRIES};
use crate::{
    config::{SeededRng, TENANTS},
    process::{Process, was_killed},
    test_bed::StartCondition,
};

/// One strike against an adapter.
#[derive(Clone, Debug)]
enum Strike {
    /// SIGKILL at a random moment.
    Kill,
    /// SIGKILL by the adapter's own failpoint, with the number of tries left.
    Failpoint(String, u32),
    /// The clock is ahead for a while, by so many seconds: the relay refuses the requests.
    WrongClock(i64),
}

/// How far clocks are wrong; the link allows for 300 seconds.
const WRONG: [i64; 2] = [400, -400];
/// How long a clock is wrong.
const WRONG_FOR: Duration = Duration::from_secs(4);

impl FaultInjector {
    fn adapter_strikes(&self, places: &[String], rng: &mut SeededRng) -> VecDeque<Strike> {
        let count = |number: u64| usize::try_from(number).unwrap();
        let mut strikes = vec![Strike::Kill; count(self.scale.adapter_kills)];
        strikes.extend(WRONG.map(Strike::WrongClock));
        for place in places.iter().filter(|place| place.starts_with("adapter.")) {
            let strike = Strike::Failpoint(place.clone(), TRIES);
            strikes.extend(std::iter::repeat_n(strike, count(self.scale.each_failpoint)));
        }
        rng.shuffle(&mut strikes);
        strikes.into()
    }

    /// Strikes the adapters until the stop signal, and returns the running adapters.
    pub(crate) async fn strike_adapters(
        &self,
        mut adapters: Vec<Process>,
        places: &[String],
        stop: &AtomicBool,
    ) -> Vec<Process> {
        let mut rng = SeededRng::of(self.scale.seed, "adapters", 0);
        let mut strikes = self.adapter_strikes(places, &mut rng);
        let (all, mut dealt) = (u64::try_from(strikes.len()).unwrap(), 0);
        while !stop.load(Ordering::SeqCst) || !strikes.is_empty() {
            if self.renew.load(Ordering::SeqCst) {
                for number in 0..TENANTS {
                    self.strike_adapter(&mut adapters, number, &Strike::Kill).await;
                }
                self.renew.store(false, Ordering::SeqCst);
                continue;
            }
            // Strikes are spread over nearly the whole load.
            let due = all * self.driver.begun() * 10 / (self.scale.payments * 8);
            let strike =
                if dealt >= due && !stop.load(Ordering::SeqCst) { None } else { strikes.pop_front() };
            let Some(strike) = strike else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            dealt += 1;
            let number = rng.place(TENANTS);
            self.history.note("blow", &format!("adapter {number}"), &format!("{strike:?}"));
            let struck = self.strike_adapter(&mut adapters, number, &strike).await;
            if let Strike::Failpoint(place, tries @ 2..) = strike
                && !struck
            {
                strikes.push_back(Strike::Failpoint(place, tries - 1));
            }
        }
        adapters
    }

    /// Kills an adapter; the next adapter may die at a failpoint, or have a wrong clock. Returns
    /// whether the strike succeeded.
    async fn strike_adapter(&self, adapters: &mut Vec<Process>, number: usize, strike: &Strike) -> bool {
        self.kill(adapters.remove(number));
        let struck = match strike {
            Strike::Kill => true,
            Strike::Failpoint(place, _) => self.adapter_dies_at(number, place).await,
            Strike::WrongClock(seconds) => {
                let wrong = StartCondition::Ahead(*seconds);
                let adapter = self.test_bed.start_adapter(number, &wrong).await;
                tokio::time::sleep(WRONG_FOR).await;
                self.kill(adapter);
                true
            }
        };
        adapters.insert(number, self.test_bed.start_adapter(number, &StartCondition::None).await);
        struck
    }

    async fn adapter_dies_at(&self, number: usize, place: &str) -> bool {
        let mut adapter = self.test_bed.start_adapter(number, &StartCondition::Dies(place.to_owned())).await;
        if place.contains(".stop.") {
            tokio::time::sleep(Duration::from_millis(500)).await;
            adapter.signal(Signal::TERM);
        }
        // Only an eighth of all payments passes this adapter.
        let died = self.wait_for_exit(&mut adapter, SLOWEST_PLACE * 2).await.is_some_and(was_killed);
        if died {
            self.died_at(place);
        }
        died
    }
}
