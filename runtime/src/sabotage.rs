//! Failpoints that kill the process, seeded bugs, and a wrong clock: the chaos test uses these to
//! prove that the test detects faults. The code is behind the feature `chaos`. A binary without the
//! feature contains neither the code nor the names.

/// Kills the process here, if the environment names this failpoint.
///
/// `CAUSEWAY_FAILPOINT=name` kills the process with SIGKILL at the first pass,
/// `CAUSEWAY_FAILPOINT=name:3` at the third pass.
#[cfg(feature = "chaos")]
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {
        $crate::sabotage::reached($name)
    };
}

/// Kills the process here, in a build with the feature `chaos`; otherwise empty.
#[cfg(not(feature = "chaos"))]
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {};
}

/// Whether a seeded bug is active: `CAUSEWAY_BUG=name`.
#[cfg(feature = "chaos")]
#[macro_export]
macro_rules! bug {
    ($name:literal) => {
        $crate::sabotage::is_built_in($name)
    };
}

/// Whether a seeded bug is active; always false without the feature `chaos`.
#[cfg(not(feature = "chaos"))]
#[macro_export]
macro_rules! bug {
    ($name:literal) => {
        false
    };
}

#[cfg(feature = "chaos")]
pub use built_in::{clock_ahead, is_built_in, reached};

#[cfg(feature = "chaos")]
mod built_in {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    };

    use jiff::SignedDuration;

    /// The armed failpoint, and the number of passes left until the kill.
    struct Armed {
        name: String,
        left: AtomicU64,
    }

    fn armed() -> Option<&'static Armed> {
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        let read = || {
            let setting = std::env::var("CAUSEWAY_FAILPOINT").ok()?;
            let (name, nth) = setting.split_once(':').unwrap_or((&setting, "1"));
            Some(Armed { name: name.to_owned(), left: AtomicU64::new(nth.parse().unwrap_or(1)) })
        };
        ARMED.get_or_init(read).as_ref()
    }

    /// Kills the process, if the failpoint is armed and the count is reached.
    pub fn reached(name: &'static str) {
        let Some(armed) = armed().filter(|armed| armed.name == name) else { return };
        if armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let (myself, kill) = (rustix::process::getpid(), rustix::process::Signal::KILL);
            if let Err(error) = rustix::process::kill_process(myself, kill) {
                tracing::error!(%error, "the failpoint could not kill the process by a signal");
            }
            // The signal ends the process; no code may run until the signal arrives.
            std::process::abort();
        }
    }

    /// By how much the machine's clock is wrong: `CAUSEWAY_CLOCK_AHEAD=-400`, in seconds.
    pub fn clock_ahead() -> SignedDuration {
        static AHEAD: OnceLock<SignedDuration> = OnceLock::new();
        let read = || std::env::var("CAUSEWAY_CLOCK_AHEAD").ok()?.parse().ok();
        *AHEAD.get_or_init(|| SignedDuration::from_secs(read().unwrap_or_default()))
    }

    /// Whether `name` is the bug in the environment variable `CAUSEWAY_BUG`.
    pub fn is_built_in(name: &'static str) -> bool {
        static BUG: OnceLock<Option<String>> = OnceLock::new();
        BUG.get_or_init(|| std::env::var("CAUSEWAY_BUG").ok()).as_deref() == Some(name)
    }
}
