//! Signs requests, sends requests to a relay, and retries with the same request id.
//!
//! A request is sent up to three times within the caller's deadline, each time with a fresh
//! signature, and with the next relay if a relay is down. Retries are safe because the request id
//! stays the same: the relay executes a request id once.

use std::{sync::Arc, time::Duration};

use causeway::{
    caller::{self, COUNT_HEADER, NAME_HEADER},
    environment::Environment,
    method,
    refusal::{Limit, Refusal},
    status::{Broken, Kind, kind},
};
use causeway_link::sign::Signing;
use causeway_runtime::{
    backoff::Backoff,
    shares::{Exhausted, SharedPlace, Shares},
};
use tonic::{
    Request, Status,
    metadata::MetadataMap,
    transport::{Channel, Error},
};
use tower::retry::budget::{Budget, TpsBudget};

/// The methods that can be sent.
mod rpc;
/// The relays, and the relay in use.
mod relays;

pub(crate) use relays::Relays;
pub use rpc::{Client, Rpc};

use crate::settings::{CallerName, Relay};

/// Retry delay for a caller that is refused for lack of capacity.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Backoff before a request is sent again.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(5) };

/// The client side of the relays.
pub struct Link {
    relays: Relays,
    /// Budget of retries: at most a tenth of the calls, plus ten per second. More retries would
    /// keep a starting relay overloaded.
    budget: TpsBudget,
    tries: u64,
    patience: Duration,
    /// Places for requests that change state, with a share for each caller.
    room: Arc<Shares<CallerName>>,
    /// Number of callers in the settings.
    callers: usize,
    environment: Environment,
}

impl Link {
    /// Connects on first use, and reconnects after a break. `callers` is the number of callers.
    pub fn new(relay: &Relay, callers: usize, environment: Environment) -> Result<Link, Error> {
        Ok(Link {
            relays: Relays::new(relay, &environment, |endpoint| endpoint)?,
            budget: TpsBudget::new(Duration::from_secs(10), 10, 0.1),
            tries: relay.tries,
            patience: relay.patience,
            room: Arc::new(Shares::halves(relay.calls_at_once, callers)),
            callers,
            environment,
        })
    }

    /// The signed connections, for the readiness check. Its signature keeps a connection without
    /// payments open: the relay closes connections that are not authenticated.
    pub(crate) fn signed(&self) -> &[Signing<Channel>] {
        self.relays.signed()
    }

    /// Sends a caller's request until an answer arrives or the caller's deadline passes.
    pub async fn call<R: Rpc>(
        &self,
        caller: &CallerName,
        message: R,
        patience: Option<Duration>,
    ) -> Result<R::Answer, Status> {
        let patience = patience.unwrap_or(self.patience);
        let _place = self.place::<R>(caller)?;
        let mut maybe_sent = false;
        let attempts = self.attempts(caller, &message, patience, &mut maybe_sent);
        let outcome = tokio::time::timeout(patience, attempts).await;
        match outcome {
            Ok(Some(answered)) => answered,
            // A request that may have been sent may have been executed, so the answer must not
            // claim otherwise.
            Ok(None) | Err(_) if maybe_sent && changes::<R>() => Err(Refusal::AnswerLost.into()),
            Ok(None) | Err(_) => Err(Refusal::RelayUnreachable.into()),
        }
    }

    /// A place for a request that changes state. Reads need no place, because reads resolve unknown
    /// outcomes.
    fn place<R: Rpc>(&self, caller: &CallerName) -> Result<Option<SharedPlace<CallerName>>, Refusal> {
        if !changes::<R>() {
            return Ok(None);
        }
        self.room.take(caller).map(Some).map_err(|exhausted| match exhausted {
            Exhausted::Share { limit } => Limit::Share {
                whose: format!("caller {caller}"),
                what: format!("{limit} calls to the relay at a time"),
                retry_after: RETRY_AFTER,
            }
            .into(),
            Exhausted::All { .. } => {
                let what = "the adapter has as many calls under way as it may";
                Refusal::Overloaded { what, retry_after: RETRY_AFTER }
            }
        })
    }

    /// Names the caller to the relay. All callers whose name does not fit a header have one share.
    fn forward(&self, caller: &CallerName, metadata: &mut MetadataMap) {
        metadata.insert(COUNT_HEADER, self.callers.into());
        if caller::fits(&caller.0)
            && let Ok(name) = caller.0.parse()
        {
            metadata.insert(NAME_HEADER, name);
        }
    }

    /// Sends a request repeatedly. `None` if no relay answered in any attempt.
    async fn attempts<R: Rpc>(
        &self,
        caller: &CallerName,
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
                    tracing::warn!(
                        method = R::METHOD,
                        "the retry budget is used up, so a call to the relay is not repeated"
                    );
                    break;
                }
                tokio::time::sleep(BACKOFF.with_full_jitter(attempt, &self.environment)).await;
            }
            let place = self.relays.preferred();
            let mut request = Request::new(message.clone());
            self.forward(caller, request.metadata_mut());
            if let Some(deadline) = deadline {
                request.set_timeout(deadline.saturating_duration_since(tokio::time::Instant::now()));
            }
            // True from the first byte on; reset only if no byte was sent.
            let before = std::mem::replace(maybe_sent, true);
            causeway_runtime::failpoint!("adapter.call.before_send");
            let status = match R::send(self.relays.client(place)?, request).await {
                Ok(answer) => return Some(Ok(answer)),
                Err(status) => status,
            };
            match kind(&status) {
                // An earlier attempt may have reached a relay, and this refusal does not cover the
                // earlier attempt.
                Kind::RefusedBeforeLookup if before => {}
                Kind::RefusedBeforeLookup => {
                    tracing::warn!(
                        place,
                        method = R::METHOD,
                        "the relay refused a call before the look-up of its request id: {}",
                        status.message()
                    );
                    return Some(Err(status));
                }
                Kind::Refused => return Some(Err(status)),
                Kind::RefusedForNow => {
                    *maybe_sent = before;
                    refused = Some(Err(status));
                }
                Kind::Broken(broken) => {
                    *maybe_sent = before || broken == Broken::MaybeSent;
                    tracing::warn!(
                        place,
                        method = R::METHOD,
                        "a relay gave no answer to a call: {}",
                        status.message()
                    );
                }
            }
            causeway_runtime::failpoint!("adapter.call.broken");
            self.relays.move_on(place);
        }
        if *maybe_sent { None } else { refused }
    }
}

/// Whether a lost answer leaves the outcome unknown.
fn changes<R: Rpc>() -> bool {
    method::of(R::METHOD).is_none_or(|method| method.changes)
}

#[cfg(test)]
mod tests;
