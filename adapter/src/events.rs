//! Events of payments and cards, forwarded from the relays in order, without duplicates or gaps,
//! across broken connections.
//!
//! No event is stored here. After a break, the sequence of the last forwarded event is known, and
//! the adapter requests the events after that sequence.

use std::{sync::Arc, time::Duration};

use causeway::{
    environment::Environment,
    refusal::{Limit, Refusal},
    status::{Kind, RefusalDetails, kind},
    v1,
};
use causeway_runtime::backoff::Backoff;
use tokio::{sync::mpsc, time::Instant};
use tonic::{
    Status,
    transport::{Endpoint, Error},
};

use crate::{
    link::{Client, Relays},
    settings::Relay,
    stop::Stop,
};

/// The watching clients of the billing platform, with a maximum.
pub mod watchers;
/// The newest events, shared by all watchers.
mod shared;
/// Rate limit for messages to watchers.
mod pace;
/// Posts events to the billing platform.
pub mod post;
/// The sequence of the last event that the billing platform accepted, in a file.
pub mod cursor;
/// Signs the posted events, by Standard Webhooks.
pub mod sign;

/// Backoff before the next stream is opened.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(5) };
/// Maximum time for a relay to open a stream. Only payment requests carry a deadline of the caller.
const OPENING: Duration = Duration::from_secs(30);
/// Events buffered between the relay and a consumer. A slow consumer delays no other consumer.
const BUFFER: usize = 16;
/// Bytes of messages for each place in the buffer of one watcher: a thousand watchers that read
/// nothing take little memory, however large the events are.
const BYTES_OF_PLACE: usize = 1024;
/// Flow-control window of one stream, in bytes.
const STREAM_WINDOW: u32 = 65_535;
/// Flow-control window of a connection, in bytes: stalled streams leave room for the other streams.
const CONNECTION_WINDOW: u32 = 64 * 1024 * 1024;

/// An event, or the status that ends the stream.
pub(crate) type Passed = Result<v1::WatchEventsResponse, Status>;

/// The event streams of the relays, on separate connections, so that watching takes no capacity
/// from payments.
pub struct Events {
    relays: Relays,
    environment: Environment,
}

/// How one stream of a relay ended.
enum End {
    /// The requested events are complete, or the consumer is gone.
    Done,
    /// The relay refused the request.
    Refused(Status),
    /// The stream broke off; the next stream continues.
    Broken(String),
}

/// Decision about the next event of a stream.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    PassOn,
    /// The event was forwarded before.
    Drop,
    /// An earlier event is missing.
    AskAgain,
}

/// Compares the sequence of an event with the last one; sequences have no gaps.
fn judge(last: u64, sequence: u64) -> Verdict {
    match sequence.checked_sub(last) {
        None | Some(0) => Verdict::Drop,
        Some(1) => Verdict::PassOn,
        Some(_) => Verdict::AskAgain,
    }
}

impl Events {
    /// Connects on first use, and reconnects after a break.
    pub fn new(relay: &Relay, environment: Environment) -> Result<Events, Error> {
        let tune = |endpoint: Endpoint| {
            endpoint
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
        };
        Ok(Events { relays: Relays::new(relay, &environment, tune)?, environment })
    }

    /// Watches in a separate task. The task ends when the receiver is dropped, and holds `place`
    /// until then.
    pub(crate) fn watch(
        self: &Arc<Self>,
        request: v1::WatchEventsRequest,
        stop: Stop,
        place: impl Send + 'static,
    ) -> mpsc::Receiver<Passed> {
        let (out, coming) = mpsc::channel(BUFFER);
        let events = Arc::clone(self);
        tokio::spawn(async move {
            events.pass_on_until(request, out, stop).await;
            drop(place);
        });
        coming
    }

    async fn pass_on_until(
        &self,
        request: v1::WatchEventsRequest,
        out: mpsc::Sender<Passed>,
        mut stop: Stop,
    ) {
        let ended = tokio::select! {
            () = out.closed() => return,
            () = stop.wait() => Err(Refusal::Stopping.into()),
            ended = self.pass_on(request, &out) => ended,
        };
        if let Err(status) = ended {
            drop(out.send(Err(status)).await);
        }
    }

    /// Opens one stream after the other.
    async fn pass_on(
        &self,
        mut request: v1::WatchEventsRequest,
        out: &mpsc::Sender<Passed>,
    ) -> Result<(), Status> {
        let mut repetition = 0_u64;
        loop {
            let (from, since) = (request.after, Instant::now());
            let place = self.relays.preferred();
            let Some(client) = self.relays.client(place) else {
                return Err(Refusal::RelayUnreachable.into());
            };
            let why = match pass_on_once(client, &mut request, out).await {
                End::Done => return Ok(()),
                // A relay that has not noticed the broken stream still counts the old watcher.
                End::Refused(status) if repetition > 0 && is(&status, &TOO_MANY_WATCHERS) => {
                    describe(&status)
                }
                End::Refused(status) => return Err(status),
                End::Broken(why) => why,
            };
            let went_well = request.after > from || since.elapsed() >= BACKOFF.longest;
            repetition = if went_well { 1 } else { repetition.saturating_add(1) };
            if repetition == 1 {
                tracing::warn!(
                    place,
                    after = request.after,
                    "the event stream of a relay broke off, and is opened again: {why}"
                );
            } else {
                tracing::debug!(place, after = request.after, "a relay opens no event stream: {why}");
            }
            self.relays.move_on(place);
            tokio::time::sleep(BACKOFF.with_full_jitter(repetition, &self.environment)).await;
        }
    }
}

/// Forwards the events of one stream. `request` advances with each forwarded event.
async fn pass_on_once(
    mut client: Client,
    request: &mut v1::WatchEventsRequest,
    out: &mpsc::Sender<Passed>,
) -> End {
    let mut events = match tokio::time::timeout(OPENING, client.watch_events(*request)).await {
        Ok(Ok(opened)) => opened.into_inner(),
        Ok(Err(status)) => return end(status),
        Err(_) => return End::Broken("it opens no stream".to_owned()),
    };
    loop {
        let response = match events.message().await {
            Ok(Some(response)) => response,
            Ok(None) if request.until_caught_up => return End::Done,
            Ok(None) => return End::Broken("the stream ended".to_owned()),
            Err(status) => return end(status),
        };
        let Some(sequence) = response.event.as_ref().map(|event| event.sequence) else {
            return End::Broken("a message holds no event".to_owned());
        };
        match judge(request.after, sequence) {
            Verdict::Drop => {}
            Verdict::AskAgain => {
                return End::Broken(format!("event {sequence} follows event {}", request.after));
            }
            Verdict::PassOn => {
                causeway_runtime::failpoint!("adapter.events.received");
                if !send(out, response).await {
                    return End::Done;
                }
                request.after = sequence;
                causeway_runtime::failpoint!("adapter.events.passed_on");
            }
        }
    }
}

/// Sends a message once the buffer has room for the size of the message. `false`: the receiver was
/// dropped.
async fn send(out: &mpsc::Sender<Passed>, message: v1::WatchEventsResponse) -> bool {
    let places = message.size().div_ceil(BYTES_OF_PLACE).clamp(1, out.max_capacity());
    let Ok(mut room) = out.reserve_many(places).await else { return false };
    if let Some(place) = room.next() {
        place.send(Ok(message));
    }
    true
}

fn end(status: Status) -> End {
    match kind(&status) {
        Kind::Refused if is(&status, &Refusal::Stopping) => End::Broken(describe(&status)),
        Kind::Refused | Kind::RefusedBeforeLookup => End::Refused(status),
        Kind::RefusedForNow | Kind::Broken(_) => End::Broken(describe(&status)),
    }
}

/// The refusal for too many watchers; owner and limit do not matter for the comparison.
const TOO_MANY_WATCHERS: Refusal = Refusal::Limit(Limit::Watchers { whose: String::new(), most: 0 });

fn is(status: &Status, refusal: &Refusal) -> bool {
    RefusalDetails::of(status).reason == refusal.reason()
}

fn describe(status: &Status) -> String {
    status.message().to_owned()
}

#[cfg(test)]
mod tests;
