//! What happens to payments and cards, passed on event by event: in order, none twice
//! and none left out, however often the way to the relays breaks.
//!
//! Nothing is kept here. Where a break left off is known from the last event that was
//! passed on, and the relay is asked for what comes after it.

use std::{sync::Arc, time::Duration};

use causeway::{
    refusal::Refusal,
    status::{Kind, Told, kind},
    surroundings::Surroundings,
    v1,
};
use tokio::{sync::mpsc, time::Instant};
use tonic::{
    Status,
    transport::{Endpoint, Error},
};

use crate::{
    link::{Client, Pauses, Relays},
    settings::Relay,
    stop::Stop,
};

/// The billing clients that watch, so many and no more.
pub mod watchers;
/// The newest events, for all who watch.
mod shared;
/// How fast they are told.
mod pace;
/// Posts events to billing.
pub mod post;
/// How far billing has come, in a file.
pub mod cursor;
/// Signs what is posted.
pub mod sign;
/// An event as JSON.
mod json;

/// Before the relay is asked again.
const PAUSES: Pauses = Pauses { first: Duration::from_millis(100), longest: Duration::from_secs(5) };
/// How long a relay may take to open a stream. Only payments have a patience of their own.
const OPENING: Duration = Duration::from_secs(30);
/// Events between the relay and whoever takes them. Who is slow holds up nobody else.
const BUFFER: usize = 16;
/// What a relay may send ahead on one stream, bytes.
const STREAM_WINDOW: u32 = 65_535;
/// And on all streams of a connection: those that stand still leave room for the others.
const CONNECTION_WINDOW: u32 = 64 * 1024 * 1024;

/// An event, or why there are no more.
pub(crate) type Passed = Result<v1::WatchEventsResponse, Status>;

/// The events of the relays, on connections of their own: watching takes nothing away
/// from payments.
pub struct Events {
    relays: Relays,
    surroundings: Surroundings,
}

/// How one stream of a relay ended.
enum End {
    /// There is nothing more, as was asked for, or nobody to pass it on to.
    Done,
    /// The relay said no.
    Refused(Status),
    /// It breaks off, and goes on with the next stream.
    Broken(String),
}

/// What to do with the next event of a stream.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    PassOn,
    /// It was passed on before.
    Drop,
    /// One before it is missing.
    AskAgain,
}

/// Events are counted without gaps.
fn judge(last: u64, sequence: u64) -> Verdict {
    match sequence.checked_sub(last) {
        None | Some(0) => Verdict::Drop,
        Some(1) => Verdict::PassOn,
        Some(_) => Verdict::AskAgain,
    }
}

impl Events {
    /// Connects when it is first used, and again when that broke.
    pub fn new(relay: &Relay, surroundings: Surroundings) -> Result<Events, Error> {
        let tune = |endpoint: Endpoint| {
            endpoint
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
        };
        Ok(Events { relays: Relays::new(relay, &surroundings, tune)?, surroundings })
    }

    /// Watches in a task of its own, which ends when nobody listens any more and keeps
    /// the `place` until then.
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
            () = stop.told() => Err(Refusal::Stopping.into()),
            ended = self.pass_on(request, &out) => ended,
        };
        if let Err(status) = ended {
            drop(out.send(Err(status)).await);
        }
    }

    /// One stream after the other.
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
                // A relay that lost us without noticing counts us still.
                End::Refused(status) if repetition > 0 && is(&status, &CROWDED) => told(&status),
                End::Refused(status) => return Err(status),
                End::Broken(why) => why,
            };
            let went_well = request.after > from || since.elapsed() >= PAUSES.longest;
            repetition = if went_well { 1 } else { repetition.saturating_add(1) };
            if repetition == 1 {
                tracing::warn!(place, after = request.after, "a relay's events broke off: {why}");
            } else {
                tracing::debug!(place, after = request.after, "a relay gives no events: {why}");
            }
            self.relays.move_on(place);
            tokio::time::sleep(PAUSES.before(repetition, &self.surroundings)).await;
        }
    }
}

/// One stream of one relay. `request` moves along with what was passed on.
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
                if out.send(Ok(response)).await.is_err() {
                    return End::Done;
                }
                request.after = sequence;
                causeway_runtime::failpoint!("adapter.events.passed_on");
            }
        }
    }
}

fn end(status: Status) -> End {
    match kind(&status) {
        Kind::Refused if is(&status, &Refusal::Stopping) => End::Broken(told(&status)),
        Kind::Refused | Kind::RefusedAtTheDoor => End::Refused(status),
        Kind::RefusedForNow | Kind::Broken(_) => End::Broken(told(&status)),
    }
}

/// Whatever the limit is there.
const CROWDED: Refusal = Refusal::TooManyWatchers { limit: 0 };

fn is(status: &Status, refusal: &Refusal) -> bool {
    Told::of(status).reason == refusal.reason()
}

fn told(status: &Status) -> String {
    status.message().to_owned()
}

#[cfg(test)]
mod tests;
