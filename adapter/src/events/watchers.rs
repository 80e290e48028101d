//! The watching clients of the billing platform, with a share for each caller.

use std::sync::Arc;

use causeway::{
    refusal::{Limit, Refusal},
    v1,
};
use causeway_runtime::shares::{Exhausted, Shares};
use tokio_stream::wrappers::ReceiverStream;

use super::{Events, Passed, shared::Shared};
use crate::{settings::CallerName, stop::Stop};

/// The maximum number of watchers. All watchers share one connection to a relay, which has 1,024
/// streams; the poster needs one stream.
const MAX_WATCHERS: usize = 1020;
/// Places of watchers that are reserved for each caller. One stream has all events of the tenant.
const RESERVED: usize = 8;

/// The stream of events to one watcher.
pub type Stream = ReceiverStream<Passed>;

/// Opens event streams for clients of the billing platform.
#[derive(Clone)]
pub struct Watchers {
    events: Arc<Events>,
    shared: Arc<Shared>,
    places: Arc<Shares<CallerName>>,
    stop: Stop,
}

impl Watchers {
    /// Watchers of this number of callers, served until the stop signal.
    pub(crate) fn new(events: Arc<Events>, callers: usize, stop: Stop) -> Watchers {
        let shared = Shared::new(Arc::clone(&events), stop.clone());
        let places = Arc::new(Shares::new(MAX_WATCHERS, callers, RESERVED));
        Watchers { events, shared, places, stop }
    }

    /// Opens a stream. The stream opens at once and stays open while no relay is reachable.
    pub(crate) fn watch(
        &self,
        request: v1::WatchEventsRequest,
        caller: &CallerName,
    ) -> Result<Stream, Refusal> {
        let place = self.places.take(caller).map_err(|exhausted| {
            let (whose, most) = match exhausted {
                Exhausted::Share { limit } => (format!("caller {caller}"), limit),
                Exhausted::All { limit } => ("this adapter".to_owned(), limit),
            };
            Limit::Watchers { whose, most }
        })?;
        let coming = if request.until_caught_up {
            self.events.watch(request, self.stop.clone(), place)
        } else {
            self.shared.follow(request.after, place)
        };
        Ok(ReceiverStream::new(coming))
    }
}
