//! What kills and pauses, by process id: the relay in one task, the adapters in another.

/// The relay's.
mod relay;
/// The adapters'.
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

use crate::{config::Scale, driver::Driver, history::History, process::Process, world::World};

/// What was done.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) kills: AtomicU64,
    pub(crate) pauses: AtomicU64,
    pub(crate) new_secrets: AtomicU64,
    /// Places, and how often somebody died there.
    pub(crate) places: Mutex<BTreeMap<String, u64>>,
    /// A program ended that nobody had told to.
    pub(crate) ended: Mutex<Vec<String>>,
}

/// Who strikes.
pub(crate) struct Nemesis {
    pub(crate) world: Arc<World>,
    pub(crate) history: Arc<History>,
    pub(crate) driver: Arc<Driver>,
    pub(crate) done: Arc<Done>,
    pub(crate) scale: Scale,
    /// Adapters have to be started anew, because the link has a new secret.
    pub(crate) renew: AtomicBool,
}

/// How long it may take until somebody comes by a place.
const SLOWEST_PLACE: Duration = Duration::from_secs(5);
/// Between two looks at whether anything happens at all.
const IDLE: Duration = Duration::from_millis(250);
/// How often a place is tried before it counts as one where nobody comes by.
const TRIES: u32 = 6;

impl Nemesis {
    /// SIGKILL.
    pub(crate) fn kill(&self, process: Process) {
        self.world.weigh(&process);
        process.kill();
        self.done.kills.fetch_add(1, Ordering::SeqCst);
    }

    /// Waits until a program ends by itself, and keeps billing going meanwhile. `None`: it
    /// has not.
    async fn end_of(&self, program: &mut Process, within: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + within;
        let mut idle = Instant::now();
        while Instant::now() < until {
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

    /// Somebody has died at a place.
    fn died_at(&self, place: &str) {
        self.done.kills.fetch_add(1, Ordering::SeqCst);
        *self.done.places.lock().unwrap().entry(place.to_owned()).or_default() += 1;
    }
}
