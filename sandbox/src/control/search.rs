//! The search lag: the time during which a search does not find a new object.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::control::{ControlRequest, ControlResult};
use crate::shared::Shared;

/// The lag, as the body of the request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lag {
    seconds: u64,
}

/// Answers the search lag, in seconds.
pub(super) fn show(request: &ControlRequest<'_>) -> ControlResult {
    request.query(&[])?;
    Ok(json!({ "seconds": request.shared.search_lag.load(Ordering::Relaxed) }))
}

/// Sets the search lag, and answers the new lag.
pub(super) fn set(request: &ControlRequest<'_>) -> ControlResult {
    let Lag { seconds } = request.body()?;
    request.shared.set_search_lag(Duration::from_secs(seconds));
    show(request)
}

impl Shared {
    /// Sets the time after creation during which a search does not find an object.
    pub(crate) fn set_search_lag(&self, lag: Duration) {
        let seconds = i64::try_from(lag.as_secs()).unwrap_or(i64::MAX);
        self.search_lag.store(seconds, Ordering::Relaxed);
    }
}
