//! Sign, send, try again with the same request id.
//!
//! A call is sent up to three times while the caller's patience lasts, each time
//! on a fresh signature, moving on to the next relay when one is down. It is safe
//! because the request id is the same: the relay does it once.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use causeway::{
    link::sign::Signer,
    method,
    refusal::Refusal,
    status::{Broken, Kind, kind},
    surroundings::Surroundings,
};
use tonic::{
    Request, Status,
    transport::{Channel, ClientTlsConfig, Endpoint, Error},
};
use tower::{
    Layer,
    retry::budget::{Budget, TpsBudget},
};

/// The calls that can be sent.
mod rpc;

pub use rpc::{Client, Rpc};

use crate::settings::Relay;

/// The most that an answer may be: a page of the largest payments has a few million bytes.
const MOST_ANSWER: usize = 16 * 1024 * 1024;
/// How long a connection to a relay may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The most that is waited before the first repetition; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest of those.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The way to the relays.
pub struct Link {
    relays: Vec<Client>,
    channels: Vec<Channel>,
    /// Which relay answered last; it is asked first.
    preferred: AtomicUsize,
    /// Repetitions are a tenth of the calls, and ten a second, at the most: more
    /// would keep down a relay that is coming up.
    budget: TpsBudget,
    tries: u64,
    patience: Duration,
    surroundings: Surroundings,
}

impl Link {
    /// Connects when it is first used, and again when that broke.
    pub fn new(relay: &Relay, surroundings: Surroundings) -> Result<Link, Error> {
        let mut channels = vec![];
        let mut relays = vec![];
        for address in &relay.addresses {
            let channel = channel(address, relay)?;
            let authority = address.authority().map(|authority| authority.as_str().to_ascii_lowercase());
            let signer = Signer {
                key_id: relay.key_id.clone(),
                key: relay.key.clone(),
                authority: authority.unwrap_or_default().into(),
                surroundings: surroundings.clone(),
            };
            relays.push(Client::new(signer.layer(channel.clone())).max_decoding_message_size(MOST_ANSWER));
            channels.push(channel);
        }
        Ok(Link {
            relays,
            channels,
            preferred: AtomicUsize::new(0),
            budget: TpsBudget::new(Duration::from_secs(10), 10, 0.1),
            tries: relay.tries,
            patience: relay.patience,
            surroundings,
        })
    }

    /// The unsigned connections, for asking whether somebody is there.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Sends a call until it is answered or the caller's patience ends.
    pub async fn call<R: Rpc>(&self, message: R, patience: Option<Duration>) -> Result<R::Answer, Status> {
        let patience = patience.unwrap_or(self.patience);
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
                tokio::time::sleep(self.pause(attempt)).await;
            }
            let place = self.preferred.load(Ordering::Relaxed);
            let mut request = Request::new(message.clone());
            if let Some(deadline) = deadline {
                request.set_timeout(deadline.saturating_duration_since(tokio::time::Instant::now()));
            }
            // True from the first byte on; taken back only when there was no first byte.
            let before = std::mem::replace(maybe_sent, true);
            let status = match R::send(self.relays.get(place)?.clone(), request).await {
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
            self.move_on(place);
        }
        if *maybe_sent { None } else { refused }
    }

    /// Full jitter: anything from nothing to the whole pause.
    fn pause(&self, attempt: u64) -> Duration {
        let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
        let most = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_PAUSE);
        Duration::from_millis(self.surroundings.up_to(u64::try_from(most.as_millis()).unwrap_or_default()))
    }

    /// The next relay is asked from now on, unless somebody moved on already.
    fn move_on(&self, from: usize) {
        let next = from.saturating_add(1).checked_rem(self.relays.len()).unwrap_or_default();
        // Losing this race means that another call moved on, which is as well.
        let _ = self.preferred.compare_exchange(from, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Whether a lost answer leaves a doubt.
fn changes<R: Rpc>() -> bool {
    method::of(R::METHOD).is_none_or(|method| method.changes)
}

fn channel(address: &http::Uri, relay: &Relay) -> Result<Channel, Error> {
    let endpoint = Endpoint::from(address.clone())
        .connect_timeout(CONNECT)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .tcp_nodelay(true)
        .user_agent(concat!("causeway-adapter/", env!("CARGO_PKG_VERSION")))?;
    let endpoint = match (address.scheme_str(), &relay.ca) {
        (Some("https"), Some(ca)) => {
            endpoint.tls_config(ClientTlsConfig::new().ca_certificate(ca.clone()))?
        }
        (Some("https"), None) => endpoint.tls_config(ClientTlsConfig::new().with_native_roots())?,
        _ => endpoint,
    };
    Ok(endpoint.connect_lazy())
}
