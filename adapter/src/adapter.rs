//! Assembles the parts of an adapter and serves requests.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use causeway::{environment::Environment, v1::processor_server::ProcessorServer};
use causeway_link::{
    MAX_MESSAGE,
    gate::Gate,
    listen::{self, Listener, Services},
    share::ShareLimits,
};
use tokio::task::JoinHandle;
use tonic_health::ServingStatus;

use crate::{
    events::{Events, cursor::CursorError, post::Poster, watchers::Watchers},
    guard::Guard,
    link::Link,
    readiness,
    service::ProcessorService,
    settings::Settings,
    stop,
};

/// The share of one caller. All callers share the link, with 1,024 requests at a time.
const SHARE_OF_CALLER: ShareLimits =
    ShareLimits { owner: "caller", changes: 512, reads: 64, lists: 16, syncs: 16 };

/// Why an adapter does not start, or why serving ended.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be bound.
    #[error(transparent)]
    Listen(#[from] io::Error),
    /// The connection to a relay cannot be configured.
    #[error("the way to the relay cannot be set up: {0}")]
    Link(tonic::transport::Error),
    /// The poster of events cannot start.
    #[error(transparent)]
    Poster(#[from] CursorError),
    /// The reflection service cannot be built.
    #[error("reflection cannot be offered: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// Serving ended with an error.
    #[error("serving ended: {0}")]
    Serve(tonic::transport::Error),
}

/// An adapter that listens and does not serve yet.
pub struct Adapter {
    link: Arc<Link>,
    events: Arc<Events>,
    poster: Option<Poster>,
    guard: Guard,
    listener: Listener,
    address: SocketAddr,
    drain: Duration,
}

impl Adapter {
    /// Binds the address and configures the connections to the relays.
    pub async fn build(settings: Settings, environment: Environment) -> Result<Adapter, StartError> {
        let events = Events::new(&settings.relay, environment.clone()).map_err(StartError::Link)?;
        let poster = settings.events.map(|posting| Poster::new(posting, environment.clone())).transpose()?;
        let link =
            Link::new(&settings.relay, settings.callers.len(), environment).map_err(StartError::Link)?;
        let listener = Listener::bind(settings.listen, settings.tls, settings.limits).await?;
        Ok(Adapter {
            link: Arc::new(link),
            events: Arc::new(events),
            poster,
            guard: Guard(settings.callers),
            address: listener.address()?,
            listener,
            drain: Duration::from_secs(settings.drain_seconds),
        })
    }

    /// The bound address of the listener.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` completes. Then the adapter takes no new request and ends the streams of
    /// watchers; requests in flight have the drain time to end, and the relay completes their
    /// operations in any case.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartError> {
        let (stopper, stop_receiver) = stop::channel();
        let watchers = Watchers::new(Arc::clone(&self.events), self.guard.0.len(), stop_receiver.clone());
        let counter = ProcessorService { link: Arc::clone(&self.link), watchers };
        let service = ProcessorServer::new(counter).max_decoding_message_size(MAX_MESSAGE);
        let gate = Gate::new(service, Arc::new(self.guard), SHARE_OF_CALLER);
        let (health, services) = Services::new(gate.clone());
        let services = services.with_reflection(&gate)?;
        // Until a relay has answered.
        listen::report(&health, ServingStatus::NotServing).await;
        let watch = tokio::spawn(readiness::watch(health.clone(), self.link));
        let poster = self.poster.map(|poster| tokio::spawn(poster.run(self.events, stop_receiver)));
        let posting = poster.as_ref().map(JoinHandle::abort_handle);
        let stop_sender = stopper.clone();
        let stopping = async move {
            stop.await;
            tracing::info!(
                "the adapter received a stop signal: new requests are refused, and requests in flight end"
            );
            listen::report(&health, ServingStatus::NotServing).await;
            causeway_runtime::failpoint!("adapter.stop.told");
            stop_sender.send();
        };
        let posted = async {
            // Serving may have ended without a stop signal.
            stopper.send();
            if let Some(poster) = poster {
                drop(poster.await);
            }
        };
        let served = listen::serve_and_drain(services, self.listener, stopping, self.drain, posted).await;
        watch.abort();
        if let Some(posting) = posting {
            posting.abort();
        }
        served.map_err(StartError::Serve)
    }
}
