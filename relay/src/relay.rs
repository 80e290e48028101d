//! All the parts of a relay, put together and served.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use causeway::{
    link::{MOST_MESSAGE, gate::Gate, listen, listen::Tls, verify::Verifier},
    method,
    surroundings::Surroundings,
    v1::processor_server::ProcessorServer,
};
use tokio::net::TcpListener;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    dummy::Dummy,
    fingerprint::{FingerprintKey, FingerprintKeys},
    journal::{Journal, JournalError, sqlite::Sqlite},
    operation::{Desk, Processors},
    processor::Processor,
    service::Door,
    settings::{self, Settings},
    stripe::client::StripeClient,
};

/// How often the relay looks whether it could work.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// Why a relay does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// It cannot listen.
    #[error(transparent)]
    Listen(#[from] io::Error),
    /// It has no key for the fingerprints of card numbers.
    #[error("the key for fingerprints of card numbers cannot be read or made: {0}")]
    Fingerprints(io::Error),
    /// It has no way to Stripe.
    #[error("there is no way to Stripe: {0}")]
    Stripe(#[from] reqwest::Error),
    /// It cannot describe itself.
    #[error("reflection cannot be offered: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// It stopped serving.
    #[error("serving ended: {0}")]
    Serve(#[from] tonic::transport::Error),
}

/// A relay that listens and does not serve yet.
pub struct Relay {
    desk: Arc<Desk>,
    verifier: Verifier,
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    drain: Duration,
}

impl Relay {
    /// Opens the journal, listens, and knows the way to Stripe.
    pub async fn build(settings: Settings, surroundings: Surroundings) -> Result<Relay, StartError> {
        for doubt in &settings.doubts {
            tracing::warn!("the settings: {doubt}");
        }
        let journal: Arc<dyn Journal> = Arc::new(Sqlite::open(&settings.journal)?);
        let remembered = journal.nonces(surroundings.now()).await?;
        let verifier = Verifier::new(
            settings.credentials(),
            remembered.into_iter().map(|spent| (spent.nonce, spent.good_until)),
            changes_something,
            surroundings.clone(),
        );
        let fingerprints = fingerprint_keys(&settings, &surroundings).map_err(StartError::Fingerprints)?;
        let processors = processors(&settings, &surroundings)?;
        let listener = listen::bind(settings.listen).await?;
        Ok(Relay {
            address: listener.local_addr()?,
            listener,
            tls: settings.tls.clone(),
            drain: Duration::from_secs(settings.drain_seconds),
            verifier,
            desk: Arc::new(Desk::new(settings, journal, processors, fingerprints, surroundings)),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until told to stop. Then nothing new is taken, and what is under way
    /// has the drain time to end; what does not is taken up by a repetition.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartError> {
        let service =
            ProcessorServer::new(Door(Arc::clone(&self.desk))).max_decoding_message_size(MOST_MESSAGE);
        let router = listen::server().add_service(Gate::new(service, self.verifier));
        let (health, router) = listen::introduced(router)?;
        // Known before the first connection: an adapter that asks at once gets the truth.
        listen::report(&health, status(&self.desk).await).await;
        let watch = tokio::spawn(watch(health.clone(), Arc::clone(&self.desk)));
        let stopping = async move {
            stop.await;
            tracing::info!("told to stop: nothing new is taken, and what is under way ends");
            listen::report(&health, ServingStatus::NotServing).await;
        };
        let desk = self.desk;
        let operations = async {
            desk.tasks.close();
            desk.tasks.wait().await;
        };
        let served =
            listen::serve_and_drain(router, self.listener, self.tls, stopping, self.drain, operations).await;
        watch.abort();
        Ok(served?)
    }
}

/// Keeps the health service true.
async fn watch(health: HealthReporter, desk: Arc<Desk>) {
    loop {
        tokio::time::sleep(CHECK_EVERY).await;
        listen::report(&health, status(&desk).await).await;
    }
}

/// The relay can work when it can write.
async fn status(desk: &Desk) -> ServingStatus {
    match desk.journal.writable(desk.surroundings.now()).await {
        Ok(()) => ServingStatus::Serving,
        Err(error) => {
            tracing::error!(%error, "the relay is not ready");
            ServingStatus::NotServing
        }
    }
}

/// Methods whose nonces are written down.
fn changes_something(path: &str) -> bool {
    method::of_path(path).is_some_and(|method| method.changes)
}

/// From the settings, or from a file beside the journal.
fn fingerprint_keys(settings: &Settings, surroundings: &Surroundings) -> io::Result<FingerprintKeys> {
    let current = match &settings.card_fingerprint_key {
        Some(key) => key.clone(),
        None => FingerprintKey::of_file(&settings.journal.with_added_extension("card-key"), surroundings)?,
    };
    Ok(FingerprintKeys {
        current,
        previous: settings.previous_card_fingerprint_key.iter().cloned().collect(),
    })
}

/// The way to each payment system of each tenant.
fn processors(settings: &Settings, surroundings: &Surroundings) -> Result<Processors, StartError> {
    let mut processors = Processors::new();
    for tenant in settings.tenants.values() {
        for system in tenant.payment_systems.values() {
            let processor: Arc<dyn Processor> = match &system.processor {
                settings::processor::Processor::Stripe(access) => {
                    Arc::new(StripeClient::over_https(system, access, surroundings.clone())?)
                }
                settings::processor::Processor::Dummy => Arc::new(Dummy::new(system, surroundings.clone())),
            };
            processors.insert((tenant.name.clone(), system.name.clone()), processor);
        }
    }
    Ok(processors)
}
