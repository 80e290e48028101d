//! Kills adapters one after the other, and sets their clocks wrong.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use rustix::process::Signal;

use super::{Nemesis, SLOWEST_PLACE, TRIES};
use crate::{
    config::{Dice, TENANTS},
    process::{Process, was_killed},
    world::Oddity,
};

/// One strike against an adapter.
#[derive(Clone, Debug)]
enum Blow {
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

impl Nemesis {
    fn blows_for_adapters(&self, places: &[String], dice: &mut Dice) -> VecDeque<Blow> {
        let count = |number: u64| usize::try_from(number).unwrap();
        let mut blows = vec![Blow::Kill; count(self.scale.adapter_kills)];
        blows.extend(WRONG.map(Blow::WrongClock));
        for place in places.iter().filter(|place| place.starts_with("adapter.")) {
            let blow = Blow::Failpoint(place.clone(), TRIES);
            blows.extend(std::iter::repeat_n(blow, count(self.scale.each_failpoint)));
        }
        dice.shuffle(&mut blows);
        blows.into()
    }

    /// Strikes the adapters until the stop signal, and returns the running adapters.
    pub(crate) async fn strike_adapters(
        &self,
        mut adapters: Vec<Process>,
        places: &[String],
        stop: &AtomicBool,
    ) -> Vec<Process> {
        let mut dice = Dice::of(self.scale.seed, "adapters", 0);
        let mut blows = self.blows_for_adapters(places, &mut dice);
        let (all, mut dealt) = (u64::try_from(blows.len()).unwrap(), 0);
        while !stop.load(Ordering::SeqCst) || !blows.is_empty() {
            if self.renew.load(Ordering::SeqCst) {
                for number in 0..TENANTS {
                    self.strike_adapter(&mut adapters, number, &Blow::Kill).await;
                }
                self.renew.store(false, Ordering::SeqCst);
                continue;
            }
            // Strikes are spread over nearly the whole load.
            let due = all * self.driver.begun() * 10 / (self.scale.payments * 8);
            let blow = if dealt >= due && !stop.load(Ordering::SeqCst) { None } else { blows.pop_front() };
            let Some(blow) = blow else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            dealt += 1;
            let number = dice.place(TENANTS);
            self.history.note("blow", &format!("adapter {number}"), &format!("{blow:?}"));
            let struck = self.strike_adapter(&mut adapters, number, &blow).await;
            if let Blow::Failpoint(place, tries @ 2..) = blow
                && !struck
            {
                blows.push_back(Blow::Failpoint(place, tries - 1));
            }
        }
        adapters
    }

    /// Kills an adapter; the next adapter may die at a failpoint, or have a wrong clock. Returns
    /// whether the strike succeeded.
    async fn strike_adapter(&self, adapters: &mut Vec<Process>, number: usize, blow: &Blow) -> bool {
        self.kill(adapters.remove(number));
        let struck = match blow {
            Blow::Kill => true,
            Blow::Failpoint(place, _) => self.adapter_dies_at(number, place).await,
            Blow::WrongClock(seconds) => {
                let wrong = Oddity::Ahead(*seconds);
                let adapter = self.world.start_adapter(number, &wrong).await;
                tokio::time::sleep(WRONG_FOR).await;
                self.kill(adapter);
                true
            }
        };
        adapters.insert(number, self.world.start_adapter(number, &Oddity::None).await);
        struck
    }

    async fn adapter_dies_at(&self, number: usize, place: &str) -> bool {
        let mut adapter = self.world.start_adapter(number, &Oddity::Dies(place.to_owned())).await;
        if place.contains(".stop.") {
            tokio::time::sleep(Duration::from_millis(500)).await;
            adapter.signal(Signal::TERM);
        }
        // Only an eighth of all payments passes this adapter.
        let died = self.end_of(&mut adapter, SLOWEST_PLACE * 2).await.is_some_and(was_killed);
        if died {
            self.died_at(place);
        }
        died
    }
}
