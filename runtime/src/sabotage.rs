//! Places where a process can be made to die, mistakes that can be built in, and a clock that
//! is wrong: what the chaos test needs to show that it would see them. All of it is behind the feature
//! `chaos`. Without that, nothing of it is in a binary, not even the names.

/// Dies here, if the process was told to.
///
/// `CAUSEWAY_FAILPOINT=name` kills the process with SIGKILL the first time that it comes by,
/// `CAUSEWAY_FAILPOINT=name:3` the third time.
#[cfg(feature = "chaos")]
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {
        $crate::sabotage::reached($name)
    };
}

/// Dies here, if the process was built for that and told to.
#[cfg(not(feature = "chaos"))]
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {};
}

/// Whether a mistake is to be made: `CAUSEWAY_BUG=name`.
#[cfg(feature = "chaos")]
#[macro_export]
macro_rules! bug {
    ($name:literal) => {
        $crate::sabotage::is_built_in($name)
    };
}

/// Whether a mistake is to be made, in a process that was built for that.
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

    /// Where to die, and how many times are to be survived.
    struct Armed {
        name: String,
        left: AtomicU64,
    }

    fn armed() -> Option<&'static Armed> {
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        let read = || {
            let told = std::env::var("CAUSEWAY_FAILPOINT").ok()?;
            let (name, nth) = told.split_once(':').unwrap_or((&told, "1"));
            Some(Armed { name: name.to_owned(), left: AtomicU64::new(nth.parse().unwrap_or(1)) })
        };
        ARMED.get_or_init(read).as_ref()
    }

    /// Dies, if this is the place and the time.
    pub fn reached(name: &'static str) {
        let Some(armed) = armed().filter(|armed| armed.name == name) else { return };
        if armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let (myself, kill) = (rustix::process::getpid(), rustix::process::Signal::KILL);
            if let Err(error) = rustix::process::kill_process(myself, kill) {
                tracing::error!(%error, "no signal can be sent");
            }
            // The signal ends the process; whatever comes here first must not go on.
            std::process::abort();
        }
    }

    /// By how much the machine's clock is wrong: `CAUSEWAY_CLOCK_AHEAD=-400`, in seconds.
    pub fn clock_ahead() -> SignedDuration {
        static AHEAD: OnceLock<SignedDuration> = OnceLock::new();
        let read = || std::env::var("CAUSEWAY_CLOCK_AHEAD").ok()?.parse().ok();
        *AHEAD.get_or_init(|| SignedDuration::from_secs(read().unwrap_or_default()))
    }

    /// Whether the mistake is the one that the process is told to make.
    pub fn is_built_in(name: &'static str) -> bool {
        static BUG: OnceLock<Option<String>> = OnceLock::new();
        BUG.get_or_init(|| std::env::var("CAUSEWAY_BUG").ok()).as_deref() == Some(name)
    }
}
