//! Event streams for watchers: first the stored events, then new events.
//!
//! Watchers at the end of the log read the same page, which is fetched and encoded once for all. A slow
//! watcher delays no other watcher and takes little memory: unsent events stay on disk.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway::{
    bounds::{self, Page},
    refusal::{Limit, Refusal},
    tenant::TenantName,
    v1,
};
use causeway_engine::Engine;
use causeway_runtime::shares::{Exhausted, SharedPlace, Shares};
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::Status;

/// The maximum number of simultaneous watchers.
const MAX_WATCHERS: usize = 5000;
/// Places of watchers that are reserved for each tenant. An adapter needs two, and one for each
/// billing client that catches up.
const RESERVED: usize = 100;
/// Maximum number of events on a page.
const PAGE: u32 = 100;
/// Events buffered for one watcher.
const AHEAD: usize = 16;
/// Size of the events buffered for one watcher, in KiB, unless one event alone is larger. A thousand
/// watchers that read nothing take less than a hundred megabytes.
const AHEAD_KIB: u32 = 64;
/// A pause after each page of new events, so that events in quick succession are sent together.
const BATCH_DELAY: Duration = Duration::from_millis(25);

/// The stream of events to one watcher.
pub type Events = Pin<Box<dyn Stream<Item = Result<v1::WatchEventsResponse, Status>> + Send>>;

/// An event as it is sent, encoded once for all watchers.
#[derive(Clone)]
struct Message {
    sequence: u64,
    sealed: v1::WatchEventsResponse,
}

/// A message on the way to one watcher, with the part of the buffer that the message takes.
type Buffered = (v1::WatchEventsResponse, OwnedSemaphorePermit);

/// A page of events, shared by all watchers of a tenant.
#[derive(Clone)]
struct Shared {
    after: u64,
    messages: Arc<[Message]>,
}

impl Shared {
    /// The messages of the page after a sequence. `None`: the page is about another part of the log.
    fn behind(&self, after: u64) -> Option<Rest> {
        let from = usize::try_from(after.checked_sub(self.after)?).ok()?;
        (from < self.messages.len()).then(|| Rest { messages: Arc::clone(&self.messages), from })
    }
}

/// The rest of a shared page.
struct Rest {
    messages: Arc<[Message]>,
    from: usize,
}

/// The places of watchers, and the shared page of each tenant.
pub struct Watchers {
    places: Arc<Shares<TenantName>>,
    pages: Mutex<HashMap<TenantName, Arc<AsyncMutex<Option<Shared>>>>>,
}

impl Watchers {
    /// Places for the watchers of this number of tenants.
    pub(super) fn of(tenants: usize) -> Arc<Watchers> {
        let places = Arc::new(Shares::new(MAX_WATCHERS, tenants, RESERVED));
        Arc::new(Watchers { places, pages: Mutex::default() })
    }

    fn page_of(&self, tenant: &TenantName) -> Arc<AsyncMutex<Option<Shared>>> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pages.entry(tenant.clone()).or_default())
    }

    fn place(&self, tenant: &TenantName) -> Result<SharedPlace<TenantName>, Refusal> {
        self.places.take(tenant).map_err(|exhausted| {
            let (whose, most) = match exhausted {
                Exhausted::Share { limit } => (format!("tenant {tenant}"), limit),
                Exhausted::All { limit } => ("this relay".to_owned(), limit),
            };
            Limit::Watchers { whose, most }.into()
        })
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
    let place = watchers.place(tenant)?;
    let (sender, buffered) = mpsc::channel(AHEAD);
    let (engine, watchers) = (Arc::clone(engine), Arc::clone(watchers));
    let (tenant, request) = (tenant.clone(), *request);
    tokio::spawn(async move {
        let room = Arc::new(Semaphore::new(usize::try_from(AHEAD_KIB).unwrap_or(1)));
        let watch = Watch { engine: &engine, watchers: &watchers, tenant: &tenant, sender: &sender, room };
        if let Err(refusal) = watch.send(request).await {
            // The error is ignored: the watcher may be gone.
            drop(sender.send(Err(refusal.into())).await);
        }
        drop(place);
    });
    // The part of the buffer is given back when the message leaves for the connection.
    let messages = ReceiverStream::new(buffered).map(|next| next.map(|(message, _room): Buffered| message));
    Ok(Box::pin(messages))
}

/// One watcher of a tenant's events.
struct Watch<'a> {
    engine: &'a Engine,
    watchers: &'a Watchers,
    tenant: &'a TenantName,
    sender: &'a mpsc::Sender<Result<Buffered, Status>>,
    room: Arc<Semaphore>,
}

/// How the sending of a page ended.
enum Sent {
    /// The watcher has the page up to this sequence, and takes more.
    UpTo(u64),
    /// The watcher has left.
    Gone,
}

impl Watch<'_> {
    /// Sends until the requested events are complete, the receiver is dropped, or the relay stops.
    async fn send(&self, request: v1::WatchEventsRequest) -> Result<(), Refusal> {
        let queries = self.engine.queries();
        let mut after = request.after;
        let mut stopping = self.engine.stopping();
        loop {
            let last = queries.last_event(self.tenant);
            if after < last {
                let page = self.page(after).await?;
                let sent = tokio::select! {
                    sent = self.send_page(page, after) => sent,
                    _ = stopping.wait_for(|stopping| *stopping) => return Err(Refusal::Stopping),
                };
                match sent {
                    Sent::UpTo(sequence) => after = sequence,
                    Sent::Gone => return Ok(()),
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
                () = self.sender.closed() => return Ok(()),
                _ = stopping.wait_for(|stopping| *stopping) => return Err(Refusal::Stopping),
            }
        }
    }

    /// Sends the messages of a page as far as there is room for them. A page is not kept for a watcher
    /// that does not read: the watcher gets the rest from the next page.
    async fn send_page(&self, page: Rest, mut after: u64) -> Sent {
        let mut page = Some(page);
        let mut place = 0_usize;
        while let Some(rest) = &page
            && let Some(message) = rest.messages.get(rest.from.saturating_add(place))
        {
            place = place.saturating_add(1);
            let message = message.clone();
            causeway_runtime::failpoint!("relay.events.before_send");
            let kib = u32::try_from(message.sealed.size() / 1024).unwrap_or(u32::MAX);
            let kib = kib.saturating_add(1).min(AHEAD_KIB);
            let room = match Arc::clone(&self.room).try_acquire_many_owned(kib) {
                Ok(room) => Ok(room),
                Err(_) => {
                    page = None;
                    tokio::select! {
                        room = Arc::clone(&self.room).acquire_many_owned(kib) => room,
                        () = self.sender.closed() => return Sent::Gone,
                    }
                }
            };
            // The semaphore is never closed.
            let Ok(room) = room else { return Sent::Gone };
            if self.sender.send(Ok((message.sealed, room))).await.is_err() {
                return Sent::Gone;
            }
            after = message.sequence;
        }
        Sent::UpTo(after)
    }

    /// The messages after a sequence, from the shared page if the page contains them.
    async fn page(&self, after: u64) -> Result<Rest, Refusal> {
        let shared = self.watchers.page_of(self.tenant);
        let mut shared = shared.lock().await;
        if let Some(rest) = shared.as_ref().and_then(|page| page.behind(after)) {
            return Ok(rest);
        }
        let mut page = Page::of(PAGE);
        for mut event in self.engine.queries().events(self.tenant, after, PAGE).await? {
            bounds::fit_event(&mut event);
            let sequence = event.sequence;
            let sealed = v1::WatchEventsResponse::of(event).sealed();
            if !page.add(u128::from(sequence), sealed.size(), Message { sequence, sealed }) {
                break;
            }
        }
        let messages: Arc<[Message]> = page.into_items().into();
        *shared = Some(Shared { after, messages: Arc::clone(&messages) });
        Ok(Rest { messages, from: 0 })
    }
}
