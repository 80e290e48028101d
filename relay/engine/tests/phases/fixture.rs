//! An engine over a journal with injected errors and a processor that counts effects, with a clock
//! set by the test.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use causeway::{
    environment::{Clock, Environment},
    refusal::Refusal,
    request::Listing,
    text::{CustomerId, RequestId},
    v1::Outcome,
};
use causeway_domain::{
    customer::Customer,
    operation::Operation,
    payment::Payment,
    tenant::{PaymentSystem, ProcessorKind},
};
use causeway_engine::{Caller, Command, Engine, Parts, Processors, admission::Slot};
use causeway_journal::sqlite::Sqlite;
use causeway_ports::journal::{Journal, SpentNonce};
use causeway_stripe::events::StripeEvents;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::{journal::FaultyJournal, processor::CountingProcessor};
use crate::setup::{SYSTEM, config, fingerprint_keys, folder_with_journal, machine, payment_system, tenant};

/// The outcome of an answer, or the refusal.
pub(super) type Reply = Result<Outcome, Refusal>;

/// A clock that only the test advances.
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// An engine with journal, processor and clock.
pub(super) struct Fixture {
    pub(super) engine: Arc<Engine>,
    pub(super) journal: Arc<FaultyJournal>,
    pub(super) processor: Arc<CountingProcessor>,
    inner: Arc<dyn Journal>,
    clock: Arc<SetClock>,
    nonces: AtomicUsize,
    _folder: TempDir,
}

impl Fixture {
    /// A fixture with a payment system as changed by the test.
    pub(super) fn new(change: impl FnOnce(&mut PaymentSystem)) -> Fixture {
        let folder = folder_with_journal();
        let inner: Arc<dyn Journal> = Arc::new(Sqlite::open(&folder.path().join("relay.db"), 0).unwrap());
        let journal = Arc::new(FaultyJournal::new(Arc::clone(&inner)));
        let clock = Arc::new(SetClock(AtomicI64::new(1_800_000_000)));
        let environment = Environment { clock: Arc::<SetClock>::clone(&clock), ..machine() };
        let processor = Arc::new(CountingProcessor::default());
        let mut processors = Processors::default();
        processors.insert(tenant(), SYSTEM.to_owned(), Arc::<CountingProcessor>::clone(&processor));
        let mut system = payment_system(ProcessorKind::Dummy);
        change(&mut system);
        let engine = Engine::new(Parts {
            config: config(system),
            journal: Arc::<FaultyJournal>::clone(&journal),
            processors,
            events: Arc::new(StripeEvents),
            fingerprints: fingerprint_keys(),
            environment,
            heartbeat: None,
        });
        let nonces = AtomicUsize::new(0);
        let fixture = Fixture { engine, journal, processor, inner, clock, nonces, _folder: folder };
        fixture.advance(SignedDuration::ZERO);
        fixture
    }

    /// Advances the clock. New holds last for seven days.
    pub(super) fn advance(&self, time: SignedDuration) {
        self.clock.0.fetch_add(time.as_secs(), Ordering::SeqCst);
        self.processor.hold_until(self.clock.now() + SignedDuration::from_hours(7 * 24));
    }

    /// The billing platform as caller, with a new nonce for each request.
    pub(super) fn caller(&self) -> Caller {
        let nonce = self.nonces.fetch_add(1, Ordering::SeqCst);
        let nonce = ("acme-1".to_owned(), nonce.to_string());
        let good_until = self.clock.now().saturating_add(SignedDuration::from_hours(1)).unwrap();
        let nonce = Some(SpentNonce { nonce, good_until });
        Caller { tenant: tenant(), forwarded: None, nonce, patience: None, slot: Slot::from_now(None) }
    }

    /// Sends a command about a payment.
    pub(super) async fn send<C: Command<Aggregate = Payment>>(&self, command: C) -> Reply {
        self.engine.execute(self.caller(), command).await.map(|answer| answer.outcome())
    }

    /// Sends a command about a customer.
    pub(super) async fn send_of_customer<C: Command<Aggregate = Customer>>(&self, command: C) -> Reply {
        self.engine.execute(self.caller(), command).await.map(|answer| answer.outcome())
    }

    /// Waits until a detached operation has ended, including every retry.
    pub(super) async fn settle(&self) {
        tokio::time::sleep(Duration::from_secs(120)).await;
        self.advance(SignedDuration::from_secs(120));
    }

    /// The operation of a request id, read past the injected errors.
    pub(super) async fn operation(&self, request_id: RequestId) -> Option<Operation> {
        self.inner.operation(&tenant(), &request_id).await.unwrap()
    }

    /// The only payment, read past the injected errors.
    pub(super) async fn payment(&self) -> Payment {
        let all = Listing {
            reference: None,
            status: None,
            created_from: None,
            created_before: None,
            page_size: 9,
            after: None,
        };
        self.inner.list(&tenant(), &all).await.unwrap().remove(0)
    }

    /// The customer of a name, read past the injected errors.
    pub(super) async fn customer(&self, reference: &str) -> Customer {
        let reference = CustomerId::parse(reference).unwrap();
        self.inner.customers(&tenant(), &reference).await.unwrap().remove(0).value
    }
}
