//! Sign, send, try again with the same request id.
//!
//! A call is sent up to three times while the caller's patience lasts, each time
//! on a fresh signature, moving on to the next relay when one is down. It is safe
//! because the request id is the same: the relay does it once.

use std::time::Duration;

use causeway::{
    method,
    refusal::Refusal,
    status::{Broken, Kind, kind},
    surroundings::Surroundings,
};
use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::{
    Request, Status,
    transport::{Channel, Error},
};
use tower::retry::budget::{Budget, TpsBudget};

/// The calls that can be sent.
mod rpc;
/// The relays, and which of them is asked.
mod relays;
/// How long to wait before something is tried again.
mod pauses;

pub(crate) use pauses::Pauses;
pub(crate) use relays::Relays;
pub use rpc::{Client, Rpc};

use crate::settings::Relay;

/// How long somebody is asked to wait who found no room.
const COME_BACK: Duration = Duration::from_secs(1);

/// Before a call is repeated.
const PAUSES: Pauses = Pauses { first: Duration::from_millis(100), longest: Duration::from_secs(5) };

/// The way to the relays.
pub struct Link {
    relays: Relays,
    /// Repetitions are a tenth of the calls, and ten a second, at the most: more
    /// would keep down a relay that is coming up.
    budget: TpsBudget,
    tries: u64,
    patience: Duration,
    /// Room for calls that change something.
    room: Semaphore,
    surroundings: Surroundings,
}

impl Link {
    /// Connects when it is first used, and again when that broke.
    pub fn new(relay: &Relay, surroundings: Surroundings) -> Result<Link, Error> {
        Ok(Link {
            relays: Relays::new(relay, &surroundings, |endpoint| endpoint)?,
            budget: TpsBudget::new(Duration::from_secs(10), 10, 0.1),
            tries: relay.tries,
            patience: relay.patience,
            room: Semaphore::new(relay.calls_at_once),
            surroundings,
        })
    }

    /// The unsigned connections, for asking whether somebody is there.
    pub fn channels(&self) -> &[Channel] {
        self.relays.channels()
    }

    /// Sends a call until it is answered or the caller's patience ends.
    pub async fn call<R: Rpc>(&self, message: R, patience: Option<Duration>) -> Result<R::Answer, Status> {
        let patience = patience.unwrap_or(self.patience);
        let _place = self.place::<R>()?;
        let mut maybe_sent = false;
        let attempts = self.attempts(&message, patience, &mut maybe_sent);
        let outcome = tokio::time::timeout(patience, attempts).await;
        match outcome {
            Ok(Some(answered)) => answered,
            // What may have been sent may have been done. Never say otherwise.
            Ok(None) | Err(_) if maybe_sent && changes::<R>() => Err(Refusal::AnswerLost.into()),
            Ok(None) | Err(_) => Err(Refusal::RelayUnreachable.into()),
        }
    }

    /// What looks is let through: it is what finds out.
    fn place<R: Rpc>(&self) -> Result<Option<SemaphorePermit<'_>>, Refusal> {
        if !changes::<R>() {
            return Ok(None);
        }
        let what = "the adapter has as many calls under way as it may";
        let full = |_| Refusal::Overloaded { what, retry_after: COME_BACK };
        self.room.try_acquire().map(Some).map_err(full)
    }

    /// `None` when all tries are used up and no relay gave an answer.
    async fn attempts<R: Rpc>(
        &self,
        message: &R,
        patience: Duration,
        maybe_sent: &mut bool,
    ) -> Option<Result<R::Answer, Status>> {
        let deadline = tokio::time::Instant::now().checked_add(patience);
        let mut refused = None;
        self.budget.deposit();
        for attempt in 0..self.tries {
            if attempt > 0 {
                if !self.budget.withdraw() {
                    tracing::warn!("too many calls are being repeated, so this one is not");
                    break;
                }
                tokio::time::sleep(PAUSES.before(attempt, &self.surroundings)).await;
            }
            let place = self.relays.preferred();
            let mut request = Request::new(message.clone());
            if let Some(deadline) = deadline {
                request.set_timeout(deadline.saturating_duration_since(tokio::time::Instant::now()));
            }
            // True from the first byte on; taken back only when there was no first byte.
            let before = std::mem::replace(maybe_sent, true);
            causeway_runtime::failpoint!("adapter.call.before_send");
            let status = match R::send(self.relays.client(place)?, request).await {
                Ok(answer) => return Some(Ok(answer)),
                Err(status) => status,
            };
            match kind(&status) {
                // An earlier try may have been heard, and this refusal does not know.
                Kind::RefusedAtTheDoor if before => {}
                Kind::RefusedAtTheDoor => {
                    tracing::warn!("the relay turns calls away: {}", status.message());
                    return Some(Err(status));
                }
                Kind::Refused => return Some(Err(status)),
                Kind::RefusedForNow => {
                    *maybe_sent = before;
                    refused = Some(Err(status));
                }
                Kind::Broken(broken) => {
                    *maybe_sent = before || broken == Broken::MaybeSent;
                    tracing::warn!(place, "a relay gave no answer: {}", status.message());
                }
            }
            causeway_runtime::failpoint!("adapter.call.broken");
            self.relays.move_on(place);
        }
        if *maybe_sent { None } else { refused }
    }
}

/// Whether a lost answer leaves a doubt.
fn changes<R: Rpc>() -> bool {
    method::of(R::METHOD).is_none_or(|method| method.changes)
}

#[cfg(test)]
mod tests;
