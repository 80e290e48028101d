//! Kills and pauses by process id: the relay in one task, the adapters in another.

/// Kills and pauses of the relay.
mod relay;
/// Kills and wrong clocks of the adapters.
mod adapters;

use std::{
    collections::BTreeMap,
    process::ExitStatus,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use crate::{config::Scale, driver::Driver, history::History, process::Process, test_bed::TestBed};

/// Counts of the kills so far.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) kills: AtomicU64,
    pub(crate) pauses: AtomicU64,
    pub(crate) new_secrets: AtomicU64,
    /// Failpoints, with the number of deaths at each.
    pub(crate) places: Mutex<BTreeMap<String, u64>>,
    /// Programs that ended without a signal.
    pub(crate) ended: Mutex<Vec<String>>,
}

/// The source of all kills and pauses.
pub(crate) struct FaultInjector {
    pub(crate) test_bed: Arc<TestBed>,
    pub(crate) history: Arc<History>,
    pub(crate) driver: Arc<Driver>,
    pub(crate) done: Arc<Done>,
    pub(crate) scale: Scale,
    /// The adapters have to restart, because the link has a new secret.
    pub(crate) renew: AtomicBool,
}

/// How long a program may take to reach a failpoint.
const SLOWEST_PLACE: Duration = Duration::from_secs(5);
/// How many payments have to begin, on a slow machine after the time is over, before a failpoint
/// counts as missed, and how long such a machine gets.
const FEWEST_PAYMENTS: u64 = 20;
const SLOWEST_MACHINE: Duration = Duration::from_secs(40);
/// The pause between two checks whether payments are in flight.
const IDLE: Duration = Duration::from_millis(250);
/// How often a failpoint is tried before the failpoint counts as never reached.
const TRIES: u32 = 6;

impl FaultInjector {
    /// Sends SIGKILL to a process.
    pub(crate) fn kill(&self, process: Process) {
        self.test_bed.record_memory(&process);
        process.kill();
        self.done.kills.fetch_add(1, Ordering::SeqCst);
    }

    /// Waits until a program ends, and keeps payments going meanwhile. `None`:
    /// the program still runs.
    async fn wait_for_exit(&self, program: &mut Process, within: Duration) -> Option<ExitStatus> {
        let from = Instant::now();
        // Once no payment is left to begin, a longer wait brings no program closer to a failpoint.
        let enough = self.driver.releasable().min(self.driver.begun() + FEWEST_PAYMENTS);
        let mut idle = from;
        let waits = |begun: u64| {
            from.elapsed() < within || (begun < enough && from.elapsed() < within + SLOWEST_MACHINE)
        };
        while waits(self.driver.begun()) {
            if let Some(status) = program.ended() {
                return Some(status);
            }
            if idle.elapsed() > IDLE {
                self.driver.keep_going();
                idle = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        None
    }

    /// Counts a death at a failpoint.
    fn died_at(&self, place: &str) {
        self.done.kills.fetch_add(1, Ordering::SeqCst);
        *self.done.places.lock().unwrap().entry(place.to_owned()).or_default() += 1;
    }
}
