//! The billing clients that watch, so many and no more.

use std::sync::Arc;

use causeway::{refusal::Refusal, v1};
use tokio::sync::Semaphore;
use tokio_stream::wrappers::ReceiverStream;

use super::{Events, Passed, shared::Shared};
use crate::stop::Stop;

/// The most watchers. All of them share one connection to a relay, which has 1,024
/// streams; the poster needs one.
const MOST: usize = 1020;

/// What a watcher gets.
pub type Stream = ReceiverStream<Passed>;

/// Lets billing's clients watch.
#[derive(Clone)]
pub struct Watchers {
    events: Arc<Events>,
    shared: Arc<Shared>,
    room: Arc<Semaphore>,
    stop: Stop,
}

impl Watchers {
    /// Until they are told to stop.
    pub(crate) fn new(events: Arc<Events>, stop: Stop) -> Watchers {
        let shared = Shared::new(Arc::clone(&events), stop.clone());
        Watchers { events, shared, room: Arc::new(Semaphore::new(MOST)), stop }
    }

    /// The stream is open at once, and stays open while no relay can be reached.
    pub(crate) fn watch(&self, request: v1::WatchEventsRequest) -> Result<Stream, Refusal> {
        let place = Arc::clone(&self.room).try_acquire_owned();
        let place = place.map_err(|_| Refusal::TooManyWatchers { limit: MOST })?;
        let coming = if request.until_caught_up {
            self.events.watch(request, self.stop.clone(), place)
        } else {
            self.shared.follow(request.after, place)
        };
        Ok(ReceiverStream::new(coming))
    }
}
