//! How long new objects cannot be found by searching.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::control::{Ask, Told};
use crate::shared::Shared;

/// How long.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lag {
    seconds: u64,
}

/// Shows it.
pub(super) fn show(ask: &Ask<'_>) -> Told {
    ask.query(&[])?;
    Ok(json!({ "seconds": ask.shared.search_lag.load(Ordering::Relaxed) }))
}

/// Sets it.
pub(super) fn set(ask: &Ask<'_>) -> Told {
    let Lag { seconds } = ask.body()?;
    ask.shared.set_search_lag(Duration::from_secs(seconds));
    show(ask)
}

impl Shared {
    /// Says how long an object cannot be found by searching after it was made.
    pub(crate) fn set_search_lag(&self, lag: Duration) {
        let seconds = i64::try_from(lag.as_secs()).unwrap_or(i64::MAX);
        self.search_lag.store(seconds, Ordering::Relaxed);
    }
}
