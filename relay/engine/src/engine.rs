//! The engine: the state that commands, recovery, events and jobs share. The logic is in the
//! modules `execute` (commands), `reconcile`, `inbox`, `recovery`, `jobs`, `queries`, and
//! `background`, which starts the background workers.

use std::{ops::Deref, sync::Arc};

use causeway::{environment::Environment, refusal::Refusal, tenant::TenantName};
use causeway_domain::tenant::Tenant;
use causeway_ports::{
    events::EventReader,
    journal::{Journal, JournalError},
};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::{
    admission::Admission,
    caches::{CardListCache, PaymentMethodCache},
    config::EngineConfig,
    context::Context,
    fingerprint::FingerprintKeys,
    in_flight::InFlight,
    leases::Leases,
    monotonic_clock::MonotonicClock,
    processors::Processors,
    request_lock::RequestLocks,
    requested_jobs::RequestedJobs,
    signals::{Compensations, InboxSignals},
};

/// The parts that an engine is built from.
pub struct Parts {
    /// The operator's settings for the engine.
    pub config: EngineConfig,
    /// The journal, the store of all operations and aggregates.
    pub journal: Arc<dyn Journal>,
    /// The processor accounts by tenant and payment system.
    pub processors: Processors,
    /// Parser for the processors' event bodies.
    pub events: Arc<dyn EventReader>,
    /// The MAC keys for fingerprints of requests with card numbers.
    pub fingerprints: FingerprintKeys,
    /// Wall clock and randomness, replaceable in tests.
    pub environment: Environment,
    /// The journal's last heartbeat, the lower bound of the monotonic clock.
    pub heartbeat: Option<Timestamp>,
}

/// Runs operations, each at most once per request id.
pub struct Engine {
    context: Context,
    /// Tracker of the tasks that continue after the caller has disconnected.
    pub(crate) tasks: TaskTracker,
    pub(crate) events: Arc<dyn EventReader>,
    pub(crate) inbox: InboxSignals,
    pub(crate) compensations: Compensations,
    pub(crate) recovering: InFlight,
    pub(crate) requested_jobs: RequestedJobs,
    pub(crate) card_lists: CardListCache,
    pub(crate) started: Timestamp,
    stopping: watch::Sender<bool>,
}

impl Deref for Engine {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl Engine {
    /// An engine without background workers, until [`Engine::start`].
    pub fn new(parts: Parts) -> Arc<Engine> {
        let Parts { config, journal, processors, events, fingerprints, environment, heartbeat } = parts;
        let clock = Arc::new(MonotonicClock::new(environment.clone(), heartbeat));
        let context = Context {
            admission: Admission::new(config.operations_at_once, config.tenants.len()),
            config,
            journal,
            processors,
            fingerprints,
            clock,
            locks: Arc::new(RequestLocks::default()),
            leases: Leases::new(environment.uuid()),
            methods: PaymentMethodCache::default(),
            environment,
        };
        Arc::new(Engine {
            started: context.environment.now(),
            tasks: TaskTracker::new(),
            events,
            inbox: InboxSignals::of(context.config.tenants.len()),
            compensations: Compensations::default(),
            recovering: InFlight::of(context.config.tenants.len()),
            requested_jobs: RequestedJobs::default(),
            card_lists: CardListCache::default(),
            stopping: watch::Sender::new(false),
            context,
        })
    }

    /// Stops the background workers, and notifies the receivers of [`Engine::stopping`].
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// A receiver that becomes true when the engine stops.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Readiness: whether the journal accepts a write.
    pub async fn ready(&self) -> Result<(), JournalError> {
        self.journal.writable(self.environment.now()).await
    }

    /// Number of tenants in the settings.
    pub fn tenants(&self) -> usize {
        self.config.tenants.len()
    }

    /// A tenant's settings, or a refusal for an unknown tenant.
    pub fn tenant(&self, name: &TenantName) -> Result<&Tenant, Refusal> {
        self.context.tenant(name)
    }
}
