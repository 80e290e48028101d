//! Clock and randomness of the machine.

use std::sync::Arc;

use causeway::environment::{Clock, Environment, Random};
use jiff::Timestamp;

/// Clock and randomness of the machine, for a program in production.
pub fn environment() -> Environment {
    Environment { clock: Arc::new(MachineClock), random: Arc::new(MachineRandom) }
}

struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock that is handed in")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        #[cfg(feature = "chaos")]
        let now = now.saturating_add(crate::sabotage::clock_ahead()).unwrap_or(now);
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

struct MachineRandom;

impl Random for MachineRandom {
    #[expect(clippy::disallowed_methods, reason = "this is the Random that is handed in")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // Predictable nonces are worse than a stopped program.
            tracing::error!(%error, "the random source of the machine failed, and the program ends");
            std::process::abort();
        }
    }
}
