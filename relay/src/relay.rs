//! Assembles the parts of a relay and serves requests.

use std::{collections::HashMap, io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use causeway::{environment::Environment, method, v1::processor_server::ProcessorServer};
use causeway_engine::{
    Engine, Parts, Processors,
    fingerprint::{FingerprintKey, FingerprintKeys},
};
use causeway_journal::sqlite::{Sqlite, inspect};
use causeway_link::{
    MAX_MESSAGE,
    ahead::Ahead,
    gate::Gate,
    listen::{self, Listener, Services},
    share::ShareLimits,
    verify::Verifier,
};
use causeway_ports::{
    journal::{Journal, JournalError},
    processor::Processor as ProcessorPort,
};
use causeway_runtime::private_file::{self, Exposure};
use causeway_stripe::{
    client::StripeClient,
    config::StripeConfig,
    dummy::Dummy,
    events::StripeEvents,
    limiter::Limiter,
    transport::{Https, HttpsError},
};
use tokio::task::JoinSet;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    clock::ClockJumpMonitor,
    grpc::ProcessorService,
    settings::{Settings, processor::Processor},
    webhooks::endpoint::{self, Endpoints},
};

/// Interval of the readiness check.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// The share of one tenant. Reads take a fraction of a millisecond here, so that few at a time are
/// many in a second; the number of operations is limited by the engine.
const SHARE_OF_TENANT: ShareLimits =
    ShareLimits { owner: "tenant", changes: 4096, reads: 16, lists: 4, syncs: 32 };

/// Why a relay does not start, or why serving ended.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An address cannot be bound.
    #[error(transparent)]
    Listen(#[from] io::Error),
    /// The key for fingerprints of card numbers is not available.
    #[error("the key for fingerprints of card numbers cannot be read or made: {0}")]
    Fingerprints(io::Error),
    /// The record of reads from fast clocks cannot be used.
    #[error("the record of reads that were signed ahead of this clock cannot be used: {0}")]
    ReadsAhead(io::Error),
    /// The connection to Stripe cannot be configured.
    #[error("there is no way to Stripe: {0}")]
    Stripe(#[from] HttpsError),
    /// Serving ended with an error.
    #[error("serving ended: {0}")]
    Serve(#[from] tonic::transport::Error),
}

/// A relay that listens and does not serve yet.
pub struct Relay {
    engine: Arc<Engine>,
    environment: Environment,
    verifier: Verifier,
    listener: Listener,
    address: SocketAddr,
    webhooks: Option<(Arc<Endpoints>, Listener)>,
    journal: std::path::PathBuf,
    drain: Duration,
}

impl Relay {
    /// Opens the journal, binds the addresses and configures the connection to Stripe.
    pub async fn build(settings: Settings, environment: Environment) -> Result<Relay, StartError> {
        let journal: Arc<dyn Journal> =
            Arc::new(Sqlite::open_with(&settings.journal, journal_options(settings.journal_reserve))?);
        causeway_runtime::failpoint!("relay.start.journal_opened");
        let remembered = journal.nonces(environment.now()).await?;
        let verifier = Verifier::new(
            settings.credentials.iter().cloned(),
            remembered.into_iter().map(|spent| (spent.nonce, spent.good_until)),
            changes_something,
            environment.clone(),
        );
        let ahead = reads_ahead(&settings.journal).map_err(StartError::ReadsAhead)?;
        let verifier = verifier.of_relay(settings.names.clone(), ahead);
        let fingerprints = fingerprint_keys(&settings, &environment).map_err(StartError::Fingerprints)?;
        let processors = processors(&settings, &environment)?;
        let listener = Listener::bind(settings.listen, settings.tls, settings.limits).await?;
        let engine = Engine::new(seeded(Parts {
            heartbeat: journal.heartbeat().await?,
            config: settings.engine,
            journal,
            processors,
            events: Arc::new(StripeEvents),
            fingerprints,
            environment: environment.clone(),
        }));
        let webhooks = match settings.webhooks {
            Some(listening) => {
                let listener = Listener::bind(listening.listen, listening.tls, listening.limits).await?;
                let pace = listening.events_each_second;
                let endpoints =
                    Endpoints::new(Arc::clone(&engine), environment.clone(), settings.endpoints, pace);
                Some((endpoints, listener))
            }
            None => None,
        };
        Ok(Relay {
            engine,
            environment,
            verifier,
            address: listener.address()?,
            listener,
            webhooks,
            journal: settings.journal,
            drain: Duration::from_secs(settings.drain_seconds),
        })
    }

    /// The bound address of the listener.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bound address for Stripe's webhooks, if webhooks are enabled.
    pub fn webhooks(&self) -> Option<SocketAddr> {
        self.webhooks.as_ref().and_then(|(_, listener)| listener.address().ok())
    }

    /// Serves until `stop` completes. Then the relay takes no new request, and operations in flight
    /// have the drain time to end; a repeated request resumes an operation that was cut off.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartError> {
        let engine = self.engine;
        let service = ProcessorServer::new(ProcessorService::new(Arc::clone(&engine)))
            .max_decoding_message_size(MAX_MESSAGE);
        let (health, services) = Services::new(Gate::new(service, Arc::new(self.verifier), SHARE_OF_TENANT));
        let mut background = engine.start().await;
        // Set before the first connection: an adapter that checks at once gets the correct status.
        listen::report(&health, status(&engine).await).await;
        let watch = tokio::spawn(watch(health.clone(), Arc::clone(&engine), self.environment));
        let mut edge = JoinSet::new();
        edge.spawn(inspect::now_and_then(self.journal, engine.stopping()));
        if let Some((endpoints, listener)) = self.webhooks {
            edge.spawn(endpoint::serve(endpoints, listener, engine.stopping()));
        }
        let stopping = async move {
            stop.await;
            tracing::info!(
                "the relay received a stop signal: new requests are refused, and operations in flight end"
            );
            causeway_runtime::failpoint!("relay.stop.told");
            engine.stop();
            listen::report(&health, ServingStatus::NotServing).await;
        };
        let operations = async {
            while edge.join_next().await.is_some() {}
            background.drain().await;
            causeway_runtime::failpoint!("relay.stop.drained");
        };
        let served = listen::serve_and_drain(services, self.listener, stopping, self.drain, operations).await;
        // Awaited, so that no worker still uses the journal. An operation that the drain time cut off
        // holds the journal until the operation or the process ends.
        edge.shutdown().await;
        background.abort().await;
        watch.abort();
        drop(watch.await);
        Ok(served?)
    }
}

/// Keeps the status of the health service up to date.
async fn watch(health: HealthReporter, engine: Arc<Engine>, environment: Environment) {
    let mut clock = ClockJumpMonitor::new(&environment);
    loop {
        tokio::time::sleep(CHECK_EVERY).await;
        clock.look(&environment);
        listen::report(&health, status(&engine).await).await;
    }
}

/// The relay is ready while the journal is writable.
async fn status(engine: &Engine) -> ServingStatus {
    match engine.ready().await {
        Ok(()) => ServingStatus::Serving,
        Err(error) => {
            tracing::error!(%error, "the relay is not ready: the journal cannot be written; check its disk");
            ServingStatus::NotServing
        }
    }
}

/// Whether the method of a path stores the nonce of the request.
fn changes_something(path: &str) -> bool {
    method::of_path(path).is_some_and(|method| method.changes)
}

/// The record of reads that were signed by clocks ahead of this one, in a file beside the journal.
fn reads_ahead(journal: &Path) -> io::Result<Ahead> {
    let file = journal.with_added_extension("reads-ahead");
    let shown = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
    let record = private_file::read_own(&file).map_err(shown)?;
    if let Some((_, about)) = &record
        && Exposure::of(about).to_writers()
    {
        return Err(io::Error::other(Exposure::of(about).sentence(&file)));
    }
    let record = record.map(|(record, _)| record).unwrap_or_default();
    Ok(Ahead::new(&record, Box::new(move |record| private_file::replace(&file, record.as_bytes(), || {}))))
}

/// The keys from the settings, or from a file beside the journal.
fn fingerprint_keys(settings: &Settings, environment: &Environment) -> io::Result<FingerprintKeys> {
    let current = match &settings.card_fingerprint_key {
        Some(key) => key.clone(),
        None => FingerprintKey::of_file(&settings.journal.with_added_extension("card-key"), environment)?,
    };
    Ok(FingerprintKeys {
        current,
        previous: settings.previous_card_fingerprint_key.iter().cloned().collect(),
    })
}

/// The processor of each payment system of each tenant.
fn processors(settings: &Settings, environment: &Environment) -> Result<Processors, StartError> {
    let mut processors = Processors::default();
    let mut limiters = Limiters::default();
    for tenant in settings.engine.tenants.values() {
        for system in tenant.payment_systems.values() {
            let name = (tenant.name.clone(), system.name.clone());
            let Some(its) = settings.processors.get(&name) else { continue };
            let processor: Arc<dyn ProcessorPort> = match its {
                Processor::Stripe(config) => {
                    let https = Https::new(&config.api_base, config.connect_timeout)?;
                    let limiter = limiters.of(config);
                    let transport = transport(https);
                    let client = StripeClient::over(transport, config.clone(), limiter, environment.clone());
                    Arc::new(client.of(&tenant.name, &system.name))
                }
                Processor::Dummy => Arc::new(Dummy::new(system.account.clone(), environment.clone())),
            };
            processors.insert(name.0, name.1, processor);
        }
    }
    Ok(processors)
}

/// One rate limiter for each Stripe account, shared by the payment systems of the account.
#[derive(Default)]
struct Limiters<'a>(HashMap<&'a str, Arc<Limiter>>);

impl<'a> Limiters<'a> {
    fn of(&mut self, config: &'a StripeConfig) -> Arc<Limiter> {
        let same = if config.account.is_empty() { config.secret_key.expose() } else { &config.account };
        Arc::clone(self.0.entry(same).or_insert_with(|| Limiter::new(config.limits.clone())))
    }
}

#[cfg(feature = "chaos")]
use crate::seeded_bugs::{journal_options, seeded, transport};

/// The options of the journal, without seeded bugs.
#[cfg(not(feature = "chaos"))]
fn journal_options(reserve: u64) -> causeway_journal::sqlite::Options {
    causeway_journal::sqlite::Options { reserve, ..Default::default() }
}

/// The HTTPS client for Stripe, without seeded bugs.
#[cfg(not(feature = "chaos"))]
fn transport(https: Https) -> Arc<Https> {
    Arc::new(https)
}

/// The parts of the engine, without seeded bugs.
#[cfg(not(feature = "chaos"))]
fn seeded(parts: Parts) -> Parts {
    parts
}
