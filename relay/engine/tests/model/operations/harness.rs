//! A real engine on a real journal, with clock and random numbers set by the test, and a simulated
//! Stripe that outlives the engine: the engine can be killed at every request to Stripe and started
//! again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use causeway::{
    environment::{Clock, Environment, Random},
    refusal::Refusal,
    request::{
        Authorize, Capture, Confirm, ImportPayment, Job, Lookup, OrderFailure, PaymentId, Refund,
        ReleaseHold, ReportOrderFailed,
    },
    text::{PaymentIntentId, PaymentMethodId, RequestId},
    v1,
};
use causeway_domain::{
    operation::{Operation, Source, Target},
    payment::Payment,
    tenant::ProcessorKind,
};
use causeway_engine::{Caller, Command, Engine, Parts, Processors};
use causeway_journal::sqlite::Sqlite;
use causeway_ports::journal::{Journal, inbox::InboundEvent};
use causeway_stripe::{
    client::StripeClient,
    config::StripeConfig,
    events::StripeEvents,
    key::SecretKey,
    limiter::{Limiter, Limits},
};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{
    steps::{Call, Card},
    stripe::{BASE, Stripe},
};
use crate::setup::{SYSTEM, config, fingerprint_keys, folder_with_journal, payment_system, tenant, usd};

/// A clock that only the test advances, and deterministic random numbers.
struct TestClock {
    micros: AtomicI64,
    random: AtomicU64,
    /// The number of clock readings by the relay before the machine is suspended for a day.
    suspended_before: AtomicI64,
}

/// The same clock, as read by Stripe.
struct StripesClock(Arc<TestClock>);

impl TestClock {
    fn reading(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros.load(Ordering::SeqCst)).unwrap()
    }
}

impl Clock for StripesClock {
    fn now(&self) -> Timestamp {
        self.0.reading()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        if self.suspended_before.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.micros.fetch_add(25 * 3600 * 1_000_000, Ordering::SeqCst);
        }
        self.reading()
    }
}

impl Random for TestClock {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // The generator splitmix64.
            let mut random = self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            random = (random ^ (random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            random = (random ^ (random >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = random.to_le_bytes()[0];
        }
    }
}

/// The reply to a request.
#[derive(Clone)]
pub(super) enum Reply {
    Answer(Box<v1::OperationResult>),
    Refusal(Refusal),
    /// The relay died before a reply.
    Died,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reply::Answer(answer) => {
                let status = answer.payment.as_ref().map(v1::Payment::status);
                let code = answer.failure.as_ref().map(|failure| failure.code.as_str());
                write!(f, "{:?} {status:?} {code:?}", answer.outcome())
            }
            Reply::Refusal(refusal) => write!(f, "{}: {refusal}", refusal.reason()),
            Reply::Died => write!(f, "nothing, it has died"),
        }
    }
}

/// A running relay with runtime and engine.
struct Running {
    runtime: Runtime,
    engine: Arc<Engine>,
    journal: Arc<dyn Journal>,
}

/// The relay, with the parts that outlive the relay.
pub(super) struct Harness {
    folder: TempDir,
    clock: Arc<TestClock>,
    pub(super) stripe: Stripe,
    running: Option<Running>,
    pub(super) deaths: usize,
}

fn id(number: usize) -> RequestId {
    RequestId::kept(format!("r{number}"))
}

impl Harness {
    pub(super) fn new() -> Harness {
        let folder = folder_with_journal();
        let path = folder.path().join("relay.db");
        let start: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let clock = Arc::new(TestClock {
            micros: AtomicI64::new(start.as_microsecond()),
            random: AtomicU64::new(1),
            suspended_before: AtomicI64::new(0),
        });
        let stripe = Stripe::new(Arc::new(StripesClock(Arc::clone(&clock))), &path);
        let mut harness = Harness { folder, clock, stripe, running: None, deaths: 0 };
        harness.restart();
        harness
    }

    /// Kills the relay at any point and starts a new relay on the same journal.
    pub(super) fn restart(&mut self) {
        drop(self.running.take());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let journal: Arc<dyn Journal> =
            Arc::new(Sqlite::open(&self.folder.path().join("relay.db"), 0).unwrap());
        let environment = Environment {
            clock: Arc::<TestClock>::clone(&self.clock),
            random: Arc::<TestClock>::clone(&self.clock),
        };
        let mut processors = Processors::default();
        let client = self.client(environment.clone());
        processors.insert(tenant(), SYSTEM.to_owned(), Arc::new(client));
        let engine = Engine::new(Parts {
            config: config(payment_system(ProcessorKind::Stripe)),
            journal: Arc::clone(&journal),
            processors,
            events: Arc::new(StripeEvents),
            fingerprints: fingerprint_keys(),
            environment,
            heartbeat: None,
        });
        self.running = Some(Running { runtime, engine, journal });
    }

    /// A client without automatic retries and without rate limits, because the limiter uses the
    /// real clock.
    fn client(&self, environment: Environment) -> StripeClient {
        let limits = Limits { each_second: 0, each_second_each_endpoint: 0, at_once: 64, waiting: 256 };
        let config = StripeConfig {
            secret_key: SecretKey::parse(&"sk_test_1".to_owned().into()).unwrap(),
            max_network_retries: 0,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(80),
            limits: limits.clone(),
            api_base: BASE.to_owned(),
            account: String::new(),
            test_mode: true,
        };
        StripeClient::over(Arc::new(self.stripe.clone()), config, Limiter::new(limits), environment)
    }

    pub(super) fn advance(&self, seconds: u64) {
        let micros = i64::try_from(seconds).unwrap() * 1_000_000;
        self.clock.micros.fetch_add(micros, Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.reading()
    }

    /// Suspends the machine for a day, right before a reading of the clock by the relay: 1 is the
    /// next reading, 2 the reading after that. Returns the number of readings that remained before
    /// an earlier suspension.
    pub(super) fn suspend_before(&self, readings: i64) -> i64 {
        self.clock.suspended_before.swap(readings, Ordering::SeqCst)
    }

    /// Runs an action on the engine. `None`: the relay died during the action and was restarted.
    fn run<T>(&mut self, act: impl AsyncFnOnce(&Arc<Engine>) -> T) -> Option<T> {
        let Running { runtime, engine, .. } = self.running.as_ref().unwrap();
        let death = Arc::clone(&self.stripe.death);
        let done = runtime.block_on(async {
            tokio::select! {
                biased;
                () = death.notified() => None,
                done = act(engine) => Some(done),
            }
        });
        if done.is_none() {
            self.deaths += 1;
            self.restart();
        }
        self.stripe.account().faults.clear();
        done
    }

    /// Reads from the journal, past the engine.
    fn read<T>(&self, read: impl AsyncFnOnce(&dyn Journal) -> T) -> T {
        let Running { runtime, journal, .. } = self.running.as_ref().unwrap();
        runtime.block_on(read(journal.as_ref()))
    }

    pub(super) fn operation(&self, number: usize) -> Option<Operation> {
        self.read(async |journal| journal.operation(&tenant(), &id(number)).await.unwrap())
    }

    /// The payment that a request created.
    pub(super) fn payment_id(&self, number: usize) -> PaymentId {
        match self.operation(number).map(|operation| operation.target) {
            Some(Target::Payment { id, .. }) => id,
            Some(Target::Customer { .. }) | None => PaymentId(uuid::Uuid::nil()),
        }
    }

    pub(super) fn payment(&self, id: PaymentId) -> Option<Payment> {
        let found = self.read(async |journal| journal.payment(&tenant(), id).await.unwrap());
        found.map(|found| found.value)
    }

    /// Sends several requests at the same time, each with the payment of the request.
    pub(super) fn send(&mut self, calls: &[(Call, usize, PaymentId)]) -> Vec<Reply> {
        let now = self.now();
        for (call, number, _) in calls {
            if let Call::Import { automatic, cents } = *call {
                let objects = &mut self.stripe.account().objects;
                objects.create_elsewhere(format!("pi_m{number}"), cents, automatic, now);
            }
        }
        let replies = self.run(async |engine| match calls {
            [one] => vec![send(engine, *one).await],
            [one, other] => {
                let (one, other) = tokio::join!(send(engine, *one), send(engine, *other));
                vec![one, other]
            }
            _ => panic!("one or two"),
        });
        replies.unwrap_or_else(|| vec![Reply::Died; calls.len()])
    }

    /// Looks up a payment, which synchronizes the payment with Stripe.
    pub(super) fn sync(&mut self, id: PaymentId) {
        self.run(async |engine| drop(engine.sync_payment(&tenant(), &Lookup::Payment(id)).await));
    }

    /// Runs the recovery jobs once.
    pub(super) fn recover(&mut self) {
        for job in [Job::Recovery, Job::Open] {
            self.run(async |engine| drop(engine.run_job(job, None, None).await.unwrap()));
        }
    }

    /// Delivers one of Stripe's events to the relay.
    pub(super) fn deliver_event(&mut self, number: usize) {
        let (kind, object) = self.stripe.account().objects.events[number].clone();
        let body = serde_json::json!({"id": format!("evt_{number}"), "type": kind, "created": 1, "livemode": false,
            "api_version": causeway_stripe::API_VERSION, "data": {"object": object}});
        let now = self.now();
        let event = InboundEvent {
            tenant: tenant(),
            payment_system: SYSTEM.to_owned(),
            id: format!("evt_{number}"),
            kind: kind.to_owned(),
            source: Source::Webhook,
            created: now,
            received: now,
            body: body.to_string(),
        };
        self.run(async |engine| {
            engine.accept_event(event).await.unwrap();
            engine.run_job(Job::Inbox, None, None).await.unwrap();
        });
    }
}

async fn execute<C: Command<Aggregate = Payment>>(engine: &Arc<Engine>, command: C) -> Reply {
    match engine.execute(Caller::relay(&tenant()), command).await {
        Ok(answer) => Reply::Answer(Box::new(answer)),
        Err(refusal) => Reply::Refusal(refusal),
    }
}

async fn send(engine: &Arc<Engine>, (call, number, payment): (Call, usize, PaymentId)) -> Reply {
    let request_id = id(number);
    match call {
        Call::Authorize { card, automatic, cents } => {
            execute(engine, authorize(request_id, card, automatic, cents)).await
        }
        Call::Capture { cents, .. } => {
            let amount = Some(usd(cents));
            execute(engine, Capture { request_id, payment, amount, asynchronous: false }).await
        }
        Call::Refund { cents, .. } => {
            let amount = Some(usd(cents));
            let (reason, note, requested_by, asynchronous) = (None, None, None, false);
            let refund = Refund { request_id, payment, amount, reason, note, requested_by, asynchronous };
            execute(engine, refund).await
        }
        Call::ReleaseHold { .. } => execute(engine, ReleaseHold { request_id, payment, reason: None }).await,
        Call::ReportOrderFailed { .. } => {
            let reason = OrderFailure::ProductsUnavailable;
            execute(engine, ReportOrderFailed { request_id, payment, reason, note: None }).await
        }
        Call::Confirm { card, .. } => {
            let payment_method = card.then(|| PaymentMethodId::parse("pm_pays").unwrap());
            execute(engine, Confirm { request_id, payment, payment_method, return_url: None }).await
        }
        Call::Import { .. } => {
            let payment_intent = PaymentIntentId::parse(&format!("pi_m{number}")).unwrap();
            let (payment_system, reference, customer, amount_due) = (None, None, None, None);
            let import = ImportPayment {
                request_id,
                payment_intent,
                payment_system,
                reference,
                customer,
                amount_due,
                accept_rules: Default::default(),
            };
            execute(engine, import).await
        }
    }
}

fn authorize(request_id: RequestId, card: Card, automatic: bool, cents: u64) -> Authorize {
    let method = match card {
        Card::Pays => "pm_pays",
        Card::Declined => "pm_no",
        Card::NeedsAction => "pm_asks",
    };
    let mode = if automatic { v1::CaptureMode::Automatic } else { v1::CaptureMode::Manual };
    Authorize::read(&v1::AuthorizeRequest {
        request_id: request_id.to_string(),
        amount: Some(usd(cents).to_wire()),
        instrument: Some(v1::authorize_request::Instrument::PaymentMethod(method.to_owned())),
        capture_mode: mode.into(),
        ..Default::default()
    })
    .unwrap()
}
