//! The endpoints of the control API that show and advance the clock.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::clock::real_now;
use crate::control::{ControlError, ControlRequest, ControlResult, Refusal};
use crate::lock::lock;
use crate::shared::Shared;

/// The longest step of the clock, in seconds: a hundred years.
const MAX_STEP_SECONDS: u64 = 100 * 365 * 24 * 60 * 60;

/// The step of the clock: either a duration or a time, in unix seconds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: Option<u64>,
    advance_to: Option<i64>,
}

/// Answers the sandbox's time, and how far ahead of the real time the clock is.
pub(super) fn show(request: &ControlRequest<'_>) -> ControlResult {
    request.query(&[])?;
    let now = request.shared.clock.now();
    let offset = now.as_second().saturating_sub(real_now().as_second());
    Ok(json!({ "now": now.as_second(), "at": now.to_string(), "ahead_seconds": offset }))
}

/// Moves the clock forward, and answers the new time.
pub(super) fn advance(request: &ControlRequest<'_>) -> ControlResult {
    match request.body()? {
        Advance { advance_seconds: Some(seconds), advance_to: None } if seconds > MAX_STEP_SECONDS => {
            return Err(Refusal::TooFar.into());
        }
        Advance { advance_seconds: Some(seconds), advance_to: None } => {
            request.shared.advance(Duration::from_secs(seconds));
        }
        Advance { advance_seconds: None, advance_to: Some(moment) } => request.shared.advance_to(moment)?,
        Advance { .. } => return Err(ControlError::Fields("say either advance_seconds or advance_to")),
    }
    show(request)
}

impl Shared {
    /// Moves the clock forward. Every effect that is due by then happens at once.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        lock(&self.state).do_due_work(self.clock.now());
        self.delivery_queue.wake();
    }

    /// Moves the clock forward to a time in unix seconds. Every effect that is due by then happens at once.
    pub(crate) fn advance_to(&self, moment: i64) -> Result<(), Refusal> {
        let now = self.clock.now();
        let wanted = jiff::Timestamp::from_second(moment).map_err(|_| Refusal::TooFar)?;
        let by = Duration::try_from(wanted.duration_since(now))
            .map_err(|_| Refusal::Backwards { now: now.as_second(), to: moment })?;
        if by.as_secs() > MAX_STEP_SECONDS {
            return Err(Refusal::TooFar);
        }
        self.advance(by);
        Ok(())
    }
}
