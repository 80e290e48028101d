//! Kills and pauses the relay, which never runs for long.

use std::{collections::VecDeque, sync::atomic::Ordering, time::Duration};

use rustix::process::Signal;
use tokio::time::Instant;

use super::{FaultInjector, SLOWEST_PLACE, TRIES};
use crate::{
    config::SeededRng,
    process::{Process, was_killed},
    test_bed::StartCondition,
};

/// One strike against the relay.
#[derive(Clone, Debug)]
enum Strike {
    /// SIGKILL at a random moment.
    Kill,
    /// SIGSTOP for a while.
    Pause,
    /// SIGKILL by the relay's own failpoint, with the number of tries left.
    Failpoint(String, u32),
    /// The link gets a new secret.
    NewSecret,
}

/// The mean time between two random kills, in milliseconds.
const GAP: u64 = 600;

/// Failpoints that are not reached at once: leases are renewed every ten seconds, events are polled
/// every few seconds, and a stopping relay first finishes the operations in flight.
fn is_slow(place: &str) -> bool {
    [".before_renewal", ".poll.", ".drained"].iter().any(|slow| place.contains(slow))
}

fn slowest(place: &str) -> Duration {
    let seconds = match place {
        // The longest time that a relay takes to drain, in seconds.
        place if place.contains(".drained") => 31,
        place if is_slow(place) => 14,
        _ => return SLOWEST_PLACE,
    };
    Duration::from_secs(seconds)
}

/// How many passes of a failpoint may go by before the kill. Events are polled for
/// each tenant in turn.
fn variety(place: &str, tries: u32) -> u64 {
    match tries {
        TRIES if place.contains(".poll.") => 8,
        TRIES if !is_slow(place) => 3,
        _ => 1,
    }
}

impl FaultInjector {
    /// The relay's strikes, in their order.
    fn strikes(&self, places: &[String]) -> VecDeque<Strike> {
        let mut strikes = vec![];
        let count = |number: u64| usize::try_from(number).unwrap();
        strikes.extend(std::iter::repeat_n(Strike::Kill, count(self.scale.relay_kills)));
        strikes.extend(std::iter::repeat_n(Strike::Pause, count(self.scale.pauses)));
        for place in places.iter().filter(|place| place.starts_with("relay.")) {
            let strike = Strike::Failpoint(place.clone(), TRIES);
            strikes.extend(std::iter::repeat_n(strike, count(self.scale.each_failpoint)));
        }
        SeededRng::of(self.scale.seed, "blows", 0).shuffle(&mut strikes);
        // First the failpoints that let a relay live for a while: before the first poll there
        // should not be thousands of events, and few operations in flight.
        strikes.sort_by_key(|strike| !matches!(strike, Strike::Failpoint(place, _) if is_slow(place)));
        for third in [2, 1] {
            strikes.insert(strikes.len() * third / 3, Strike::NewSecret);
        }
        strikes.into()
    }

    /// Strikes the relay until no strike is left; payments are released in step with the strikes.
    pub(crate) async fn strike_relay(&self, places: &[String]) -> Process {
        let mut rng = SeededRng::of(self.scale.seed, "relay", 0);
        let mut strikes = self.strikes(places);
        let all = u64::try_from(strikes.len()).unwrap();
        let mut relay = self.test_bed.start_relay(&StartCondition::None).await;
        while let Some(strike) = strikes.pop_front() {
            let left = u64::try_from(strikes.len()).unwrap() + 1;
            self.driver.release(all - left, all);
            self.history.note("blow", "relay", &format!("{strike:?}"));
            relay = match strike {
                Strike::Kill => {
                    self.wait(&mut relay, rng.millis(GAP / 4, GAP * 7 / 4)).await;
                    self.kill(relay);
                    tokio::time::sleep(rng.millis(0, 100)).await;
                    self.test_bed.start_relay(&StartCondition::None).await
                }
                Strike::Pause => {
                    relay.signal(Signal::STOP);
                    tokio::time::sleep(self.pause(&mut rng)).await;
                    relay.signal(Signal::CONT);
                    self.done.pauses.fetch_add(1, Ordering::SeqCst);
                    relay
                }
                Strike::Failpoint(place, tries) => {
                    let nth = 1 + rng.below(variety(&place, tries));
                    let (relay, died) = self.at(relay, &place, nth).await;
                    if !died && tries > 1 {
                        // Later, while there are still payments to reach the failpoint.
                        let then = rng.place(strikes.len() + 1);
                        strikes.insert(then, Strike::Failpoint(place, tries - 1));
                    }
                    relay
                }
                Strike::NewSecret => self.new_secret(relay).await,
            };
        }
        self.driver.release(1, 1);
        relay
    }

    /// The length of a pause: at least two seconds, and the longest are the rarest.
    fn pause(&self, rng: &mut SeededRng) -> Duration {
        let most = u64::try_from(self.scale.longest_pause.as_millis()).unwrap();
        let shortest = (0..3).map(|_| rng.below(most)).min().unwrap_or_default();
        Duration::from_millis(shortest.max(2000))
    }

    /// Lets time pass; a program that ends meanwhile is noted and started again.
    async fn wait(&self, relay: &mut Process, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if let Some(status) = relay.ended() {
                self.done.ended.lock().unwrap().push(format!("the relay ended by itself, {status}"));
                *relay = self.test_bed.start_relay(&StartCondition::None).await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Starts the relay so that the process dies at a failpoint, and waits; returns whether
    /// the process died there.
    async fn at(&self, relay: Process, place: &str, nth: u64) -> (Process, bool) {
        self.kill(relay);
        // The kill is not always at the first pass.
        let once = place.contains(".start.") || place.contains(".stop.");
        let reply = if once { place.to_owned() } else { format!("{place}:{nth}") };
        let mut relay = self.test_bed.start_relay(&StartCondition::Dies(reply)).await;
        if place.contains(".stop.") {
            tokio::time::sleep(Duration::from_millis(200 + nth * 200)).await;
            relay.signal(Signal::TERM);
        }
        let ended = self.wait_for_exit(&mut relay, slowest(place)).await;
        let died = ended.is_some_and(was_killed);
        match ended {
            Some(_) if died => self.died_at(place),
            Some(status) if !place.contains(".stop.") => {
                let ended = format!("the relay ended by itself on its way to {place}, {status}");
                self.done.ended.lock().unwrap().push(ended);
            }
            Some(_) => {}
            None => self.kill(relay),
        }
        (self.test_bed.start_relay(&StartCondition::None).await, died)
    }

    /// The relay accepts a new secret beside the old one, the adapters use the new one, and the
    /// relay drops the old one. No request is refused meanwhile.
    async fn new_secret(&self, relay: Process) -> Process {
        self.test_bed.take_next_secret();
        self.kill(relay);
        let mut relay = self.test_bed.start_relay(&StartCondition::None).await;
        self.test_bed.use_newest_secret();
        self.renew.store(true, Ordering::SeqCst);
        while self.renew.load(Ordering::SeqCst) {
            self.wait(&mut relay, Duration::from_millis(50)).await;
        }
        self.test_bed.forget_old_secret();
        self.kill(relay);
        self.done.new_secrets.fetch_add(1, Ordering::SeqCst);
        self.test_bed.start_relay(&StartCondition::None).await
    }
}
