//! The engine: the state that commands, recovery, events and jobs share. What is done with it is in
//! the modules above: `execute` (commands), `reconcile`, `inbox`, `recovery`, `jobs`, `queries`, and
//! `background`, which starts what the engine does by itself.

use std::{ops::Deref, sync::Arc};

use causeway::{refusal::Refusal, surroundings::Surroundings, tenant::TenantName};
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
    signals::{Compensations, InboxSignals},
};

/// The parts that an engine is built from.
pub struct Parts {
    /// The operator's settings.
    pub config: EngineConfig,
    /// The journal.
    pub journal: Arc<dyn Journal>,
    /// The processor accounts.
    pub processors: Processors,
    /// Reads the processors' events.
    pub events: Arc<dyn EventReader>,
    /// The keys for fingerprints of card numbers.
    pub fingerprints: FingerprintKeys,
    /// Clock and randomness.
    pub surroundings: Surroundings,
    /// A moment that has certainly been: the journal's last heartbeat.
    pub heartbeat: Option<Timestamp>,
}

/// Runs operations, each at most once.
pub struct Engine {
    context: Context,
    /// Operations that outlive their callers.
    pub(crate) tasks: TaskTracker,
    pub(crate) events: Arc<dyn EventReader>,
    pub(crate) inbox: InboxSignals,
    pub(crate) compensations: Compensations,
    pub(crate) recovering: InFlight,
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
    /// An engine that does nothing by itself until it is started.
    pub fn new(parts: Parts) -> Arc<Engine> {
        let Parts { config, journal, processors, events, fingerprints, surroundings, heartbeat } = parts;
        let clock = Arc::new(MonotonicClock::new(surroundings.clone(), heartbeat));
        let context = Context {
            admission: Admission::new(config.operations_at_once, config.tenants.len()),
            config,
            journal,
            processors,
            fingerprints,
            clock,
            locks: Arc::new(RequestLocks::default()),
            leases: Leases::new(surroundings.uuid()),
            methods: PaymentMethodCache::default(),
            surroundings,
        };
        Arc::new(Engine {
            started: context.surroundings.now(),
            context,
            tasks: TaskTracker::new(),
            events,
            inbox: InboxSignals::default(),
            compensations: Compensations::default(),
            recovering: InFlight::default(),
            card_lists: CardListCache::default(),
            stopping: watch::Sender::new(false),
        })
    }

    /// Ends what the engine does by itself, and tells those who wait for [`Engine::stopping`].
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Becomes true when the engine is told to stop.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Whether it could work now: whether it can write.
    pub async fn ready(&self) -> Result<(), JournalError> {
        self.journal.writable(self.surroundings.now()).await
    }

    /// A tenant's settings.
    pub fn tenant(&self, name: &TenantName) -> Result<&Tenant, Refusal> {
        self.context.tenant(name)
    }
}
