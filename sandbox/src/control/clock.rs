//! The endpoints of the control API that show and advance the clock.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::clock::real_now;
use crate::control::{ControlError, ControlRequest, ControlResult, Refused};
use crate::lock::lock;
use crate::shared::Shared;

/// The longest step of the clock, in seconds: a hundred years.
const FURTHEST: u64 = 100 * 365 * 24 * 60 * 60;

/// The step of the clock: either a duration or a time, in unix seconds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance_seconds: Option<u64>,
    advance_to: Option<i64>,
}

/// Answers the sandbox's time, and how far ahead of the real time the clock is.
pub(super) fn show(ask: &ControlRequest<'_>) -> ControlResult {
    ask.query(&[])?;
    let now = ask.shared.clock.now();
    let ahead = now.as_second().saturating_sub(real_now().as_second());
    Ok(json!({ "now": now.as_second(), "at": now.to_string(), "ahead_seconds": ahead }))
}

/// Moves the clock forward, and answers the new time.
pub(super) fn advance(ask: &ControlRequest<'_>) -> ControlResult {
    match ask.body()? {
        Move { advance_seconds: Some(seconds), advance_to: None } if seconds > FURTHEST => {
            return Err(Refused::TooFar.into());
        }
        Move { advance_seconds: Some(seconds), advance_to: None } => {
            ask.shared.advance(Duration::from_secs(seconds));
        }
        Move { advance_seconds: None, advance_to: Some(moment) } => ask.shared.advance_to(moment)?,
        Move { .. } => return Err(ControlError::Fields("say either advance_seconds or advance_to")),
    }
    show(ask)
}

impl Shared {
    /// Moves the clock forward. Every effect that is due by then happens at once.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        lock(&self.world).sweep(self.clock.now());
        self.post.ring();
    }

    /// Moves the clock forward to a time in unix seconds. Every effect that is due by then happens at once.
    pub(crate) fn advance_to(&self, moment: i64) -> Result<(), Refused> {
        let now = self.clock.now();
        let wanted = jiff::Timestamp::from_second(moment).map_err(|_| Refused::TooFar)?;
        let by = Duration::try_from(wanted.duration_since(now))
            .map_err(|_| Refused::Backwards { now: now.as_second(), to: moment })?;
        if by.as_secs() > FURTHEST {
            return Err(Refused::TooFar);
        }
        self.advance(by);
        Ok(())
    }
}
