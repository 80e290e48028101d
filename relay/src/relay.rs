//! All the parts of a relay, put together and served.

use std::{collections::HashMap, io, net::SocketAddr, sync::Arc, time::Duration};

use causeway::{method, order::Job, surroundings::Surroundings, v1::processor_server::ProcessorServer};
use causeway_link::{
    MOST_MESSAGE,
    gate::Gate,
    listen::{self, Tls},
    verify::Verifier,
};
use tokio::{net::TcpListener, task::JoinSet};
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    clock::ClockWatch,
    dummy::Dummy,
    fingerprint::{FingerprintKey, FingerprintKeys},
    jobs,
    journal::{
        Journal, JournalError,
        sqlite::{Sqlite, inspect},
    },
    news::{door, poll, work},
    operation::{Desk, Processors},
    processor::Processor,
    recovery::{self, leases, steady::Steady},
    service::Door,
    settings::{self, Listening, PaymentSystem, Settings, processor::StripeAccess},
    stripe::{client::StripeClient, limiter::Limiter},
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
    webhooks: Option<(Listening, TcpListener)>,
    drain: Duration,
}

impl Relay {
    /// Opens the journal, listens, and knows the way to Stripe.
    pub async fn build(settings: Settings, surroundings: Surroundings) -> Result<Relay, StartError> {
        for doubt in &settings.doubts {
            tracing::warn!("the settings: {doubt}");
        }
        let journal: Arc<dyn Journal> = Arc::new(Sqlite::open(&settings.journal, settings.journal_reserve)?);
        causeway_runtime::failpoint!("relay.start.journal_opened");
        let remembered = journal.nonces(surroundings.now()).await?;
        let verifier = Verifier::new(
            settings.credentials(),
            remembered.into_iter().map(|spent| (spent.nonce, spent.good_until)),
            changes_something,
            surroundings.clone(),
        );
        let steady = Steady::new(surroundings.clone(), journal.heartbeat().await?);
        let fingerprints = fingerprint_keys(&settings, &surroundings).map_err(StartError::Fingerprints)?;
        let processors = processors(&settings, &surroundings)?;
        let listener = listen::bind(settings.listen).await?;
        let webhooks = match &settings.webhooks {
            Some(webhooks) => Some((webhooks.clone(), listen::bind(webhooks.listen).await?)),
            None => None,
        };
        Ok(Relay {
            address: listener.local_addr()?,
            listener,
            webhooks,
            tls: settings.tls.clone(),
            drain: Duration::from_secs(settings.drain_seconds),
            verifier,
            desk: Arc::new(Desk::new(settings, journal, processors, fingerprints, surroundings, steady)),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where Stripe's events are listened for, if they are.
    pub fn webhooks(&self) -> Option<SocketAddr> {
        self.webhooks.as_ref().and_then(|(_, listener)| listener.local_addr().ok())
    }

    /// Serves until told to stop. Then nothing new is taken, and what is under way
    /// has the drain time to end; what does not is taken up by a repetition.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartError> {
        let service =
            ProcessorServer::new(Door(Arc::clone(&self.desk))).max_decoding_message_size(MOST_MESSAGE);
        let router = listen::server().add_service(Gate::new(service, self.verifier));
        let (health, router) = listen::introduced(router)?;
        if let Err(refusal) = poll::begin(&self.desk).await {
            tracing::warn!("it is not noted from when on events are asked for: {refusal}");
        }
        // Known before the first connection: an adapter that asks at once gets the truth.
        listen::report(&health, status(&self.desk).await).await;
        let watch = tokio::spawn(watch(health.clone(), Arc::clone(&self.desk)));
        let renewing = tokio::spawn(leases::renew(Arc::clone(&self.desk)));
        let alone = by_itself(&self.desk, self.webhooks);
        let told = Arc::clone(&self.desk);
        let stopping = async move {
            stop.await;
            tracing::info!("told to stop: nothing new is taken, and what is under way ends");
            causeway_runtime::failpoint!("relay.stop.told");
            told.stopping.send_replace(true);
            listen::report(&health, ServingStatus::NotServing).await;
        };
        let desk = self.desk;
        let operations = async {
            alone.join_all().await;
            desk.tasks.close();
            desk.tasks.wait().await;
            causeway_runtime::failpoint!("relay.stop.drained");
        };
        let served =
            listen::serve_and_drain(router, self.listener, self.tls, stopping, self.drain, operations).await;
        for still in [renewing, watch] {
            // Awaited, so that it lets go of the journal.
            still.abort();
            drop(still.await);
        }
        Ok(served?)
    }
}

/// What the relay does without being asked: listening for events, working on them, its
/// jobs. It ends when the relay is told to stop.
fn by_itself(desk: &Arc<Desk>, webhooks: Option<(Listening, TcpListener)>) -> JoinSet<()> {
    let mut alone = JoinSet::new();
    let stop = || desk.stopping.subscribe();
    if let Some((listening, listener)) = webhooks {
        alone.spawn(door::serve(Arc::clone(desk), listening, listener, stop()));
    }
    alone.spawn(work::run(Arc::clone(desk), stop()));
    alone.spawn(inspect::now_and_then(desk.settings.journal.clone(), stop()));
    alone.spawn(recovery::run(Arc::clone(desk), stop()));
    let by_the_clock = |job: &Job| !matches!(job, Job::Inbox | Job::Recovery);
    for job in Job::ALL.into_iter().filter(by_the_clock) {
        alone.spawn(jobs::run(Arc::clone(desk), job, stop()));
    }
    alone
}

/// Keeps the health service true.
async fn watch(health: HealthReporter, desk: Arc<Desk>) {
    let mut clock = ClockWatch::new(&desk.surroundings);
    loop {
        tokio::time::sleep(CHECK_EVERY).await;
        clock.look(&desk.surroundings);
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
    let mut limiters = Limiters::default();
    for tenant in settings.tenants.values() {
        for system in tenant.payment_systems.values() {
            let processor: Arc<dyn Processor> = match &system.processor {
                settings::processor::Processor::Stripe(access) => {
                    let limiter = limiters.of(system, access);
                    Arc::new(StripeClient::over_https(system, access, limiter, surroundings.clone())?)
                }
                settings::processor::Processor::Dummy => Arc::new(Dummy::new(system, surroundings.clone())),
            };
            processors.insert((tenant.name.clone(), system.name.clone()), processor);
        }
    }
    Ok(processors)
}

/// One line for each Stripe account, however many payment systems have it.
#[derive(Default)]
struct Limiters<'a>(HashMap<&'a str, Arc<Limiter>>);

impl<'a> Limiters<'a> {
    fn of(&mut self, system: &'a PaymentSystem, access: &'a StripeAccess) -> Arc<Limiter> {
        let same = if system.account.is_empty() { access.secret_key.expose() } else { &system.account };
        Arc::clone(self.0.entry(same).or_insert_with(|| Limiter::new(access.limits.clone())))
    }
}
