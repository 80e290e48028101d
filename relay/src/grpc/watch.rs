//! Event streams for watchers: first the stored events, then new events.
//!
//! Watchers at the end of the log read the same page, which is fetched once for all. A slow watcher
//! delays no other watcher: unsent events stay on disk.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use causeway::{refusal::Refusal, tenant::TenantName, v1};
use causeway_engine::Engine;
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;

/// The maximum number of simultaneous watchers.
const MAX_BATCH: usize = 5000;
/// Maximum number of events on a page.
const PAGE: u32 = 100;
/// Events buffered for one watcher.
const AHEAD: usize = 16;
/// A pause after each page of new events, so that events in quick succession are sent together.
const BATCH_DELAY: Duration = Duration::from_millis(25);

/// The stream of events to one watcher.
pub type Events = Pin<Box<dyn Stream<Item = Result<v1::WatchEventsResponse, Status>> + Send>>;

/// A page of events, shared by all watchers of a tenant.
#[derive(Clone)]
struct Shared {
    after: u64,
    events: Arc<[v1::Event]>,
}

impl Shared {
    /// The events of the page after a sequence. `None`: the page is about another part of the log.
    fn behind(&self, after: u64) -> Option<&[v1::Event]> {
        let skipped = usize::try_from(after.checked_sub(self.after)?).ok()?;
        self.events.get(skipped..).filter(|rest| !rest.is_empty())
    }
}

/// Count of watchers, and the shared page of each tenant.
#[derive(Default)]
pub struct Watchers {
    count: AtomicUsize,
    pages: Mutex<HashMap<TenantName, Arc<AsyncMutex<Option<Shared>>>>>,
}

impl Watchers {
    fn page_of(&self, tenant: &TenantName) -> Arc<AsyncMutex<Option<Shared>>> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pages.entry(tenant.clone()).or_default())
    }
}

/// A counted place of a watcher, freed on drop.
struct Place(Arc<Watchers>);

impl Place {
    fn take(watchers: &Arc<Watchers>) -> Result<Place, Refusal> {
        let before = watchers.count.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(watchers));
        if before < MAX_BATCH { Ok(place) } else { Err(Refusal::TooManyWatchers { limit: MAX_BATCH }) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) fn events(
    engine: &Arc<Engine>,
    watchers: &Arc<Watchers>,
    tenant: &TenantName,
    request: &v1::WatchEventsRequest,
) -> Result<Events, Refusal> {
    let last = engine.queries().last_event(tenant);
    if request.after > last {
        return Err(Refusal::EventsAhead { after: request.after, last });
    }
    let place = Place::take(watchers)?;
    let (sender, events) = mpsc::channel(AHEAD);
    let (engine, tenant, request) = (Arc::clone(engine), tenant.clone(), *request);
    tokio::spawn(async move {
        let watch = Watch { engine: &engine, watchers: &place.0, tenant: &tenant };
        if let Err(refusal) = watch.send(request, &sender).await {
            // The error is ignored: the watcher may be gone.
            drop(sender.send(Err(refusal.into())).await);
        }
        drop(place);
    });
    Ok(Box::pin(ReceiverStream::new(events)))
}

/// One watcher of a tenant's events.
struct Watch<'a> {
    engine: &'a Engine,
    watchers: &'a Watchers,
    tenant: &'a TenantName,
}

impl Watch<'_> {
    /// Sends until the requested events are complete, the receiver is dropped, or the relay stops.
    async fn send(
        &self,
        request: v1::WatchEventsRequest,
        sender: &mpsc::Sender<Result<v1::WatchEventsResponse, Status>>,
    ) -> Result<(), Refusal> {
        let queries = self.engine.queries();
        let mut after = request.after;
        let mut stopping = self.engine.stopping();
        loop {
            let last = queries.last_event(self.tenant);
            if after < last {
                for event in self.page(after).await? {
                    after = event.sequence;
                    causeway_runtime::failpoint!("relay.events.before_send");
                    let sent = tokio::select! {
                        sent = sender.send(Ok(v1::WatchEventsResponse::of(event))) => sent.is_ok(),
                        _ = stopping.wait_for(|stopping| *stopping) => return Err(Refusal::Stopping),
                    };
                    if !sent {
                        return Ok(());
                    }
                }
                if after >= last {
                    tokio::time::sleep(BATCH_DELAY).await;
                }
                continue;
            }
            if request.until_caught_up {
                return Ok(());
            }
            tokio::select! {
                () = queries.event_after(self.tenant, after) => {}
                () = sender.closed() => return Ok(()),
                _ = stopping.wait_for(|stopping| *stopping) => return Err(Refusal::Stopping),
            }
        }
    }

    /// The events after a sequence, from the shared page if the page contains them.
    async fn page(&self, after: u64) -> Result<Vec<v1::Event>, Refusal> {
        let shared = self.watchers.page_of(self.tenant);
        let mut shared = shared.lock().await;
        if let Some(rest) = shared.as_ref().and_then(|page| page.behind(after)) {
            return Ok(rest.to_vec());
        }
        let events = self.engine.queries().events(self.tenant, after, PAGE).await?;
        *shared = Some(Shared { after, events: events.clone().into() });
        Ok(events)
    }
}
