//! The watching clients of the billing platform, with a maximum.

use std::sync::Arc;

use causeway::{refusal::Refusal, v1};
use tokio::sync::Semaphore;
use tokio_stream::wrappers::ReceiverStream;

use super::{Events, Passed, shared::Shared};
use crate::stop::Stop;

/// The maximum number of watchers. All watchers share one connection to a relay, which has 1,024
/// streams; the poster needs one stream.
const MAX_WATCHERS: usize = 1020;

/// The stream of events to one watcher.
pub type Stream = ReceiverStream<Passed>;

/// Opens event streams for clients of the billing platform.
#[derive(Clone)]
pub struct Watchers {
    events: Arc<Events>,
    shared: Arc<Shared>,
    room: Arc<Semaphore>,
    stop: Stop,
}

impl Watchers {
    /// Watchers that are served until the stop signal.
    pub(crate) fn new(events: Arc<Events>, stop: Stop) -> Watchers {
        let shared = Shared::new(Arc::clone(&events), stop.clone());
        Watchers { events, shared, room: Arc::new(Semaphore::new(MAX_WATCHERS)), stop }
    }

    /// Opens a stream. The stream opens at once and stays open while no relay is reachable.
    pub(crate) fn watch(&self, request: v1::WatchEventsRequest) -> Result<Stream, Refusal> {
        let place = Arc::clone(&self.room).try_acquire_owned();
        let place = place.map_err(|_| Refusal::TooManyWatchers { limit: MAX_WATCHERS })?;
        let coming = if request.until_caught_up {
            self.events.watch(request, self.stop.clone(), place)
        } else {
            self.shared.follow(request.after, place)
        };
        Ok(ReceiverStream::new(coming))
    }
}
