//! A real desk on a real journal, a clock and dice that are held, and a Stripe that outlives
//! it: the desk can be killed wherever Stripe is asked, and opened anew.

use std::{
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use causeway::{
    money::Money,
    order::{
        Authorize, Capture, Confirm, ImportPayment, Job, OrderFailure, PaymentId, Refund, ReleaseHold,
        ReportOrderFailed,
    },
    refusal::Refusal,
    surroundings::{Clock, Random, Surroundings},
    tenant::TenantName,
    text::{PaymentIntentId, PaymentMethodId, RequestId},
    v1,
};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{
    steps::{Card, What},
    stripe::Stripe,
};
use crate::{
    admission::Slot,
    fingerprint::{FingerprintKey, FingerprintKeys},
    journal::{About, Journal, Operation, sqlite::Sqlite},
    operation::{Caller, Desk, Order, Processors},
    payment::Payment,
    recovery::steady::Steady,
    settings::{Settings, processor::Processor},
    stripe::{client::StripeClient, limiter::Limiter},
};

const SETTINGS: &str = r#"
    listen = "127.0.0.1:0"
    allow_plaintext = true
    journal = "unused.db"
    environment = "test"
    [tenants.acme.credentials.k]
    secret = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    [tenants.acme.payment_systems.main]
    processor = "stripe"
    login = "login"
    secret_key = "sk_test_1"
    api_base = "http://127.0.0.1:1"
    max_network_retries = 0
    test_mode = true
    capture_mode = "manual"
    release_hold = true
    [tenants.acme.currencies.USD]
    payment_system = "main"
"#;

/// A clock that is set, and dice that always fall the same way.
struct Held {
    micros: AtomicI64,
    dice: AtomicU64,
    /// The machine sleeps for a day before the relay looks at its clock that often.
    sleeps_before: AtomicI64,
}

/// The same clock, as Stripe reads it.
struct AtStripe(Arc<Held>);

impl Held {
    fn reading(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros.load(Ordering::SeqCst)).unwrap()
    }
}

impl Clock for AtStripe {
    fn now(&self) -> Timestamp {
        self.0.reading()
    }
}

impl Clock for Held {
    fn now(&self) -> Timestamp {
        if self.sleeps_before.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.micros.fetch_add(25 * 3600 * 1_000_000, Ordering::SeqCst);
        }
        self.reading()
    }
}

impl Random for Held {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // splitmix64
            let mut dice = self.dice.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            dice = (dice ^ (dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            dice = (dice ^ (dice >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = dice.to_le_bytes()[0];
        }
    }
}

/// What was heard of a request.
#[derive(Clone)]
pub(super) enum Told {
    Answer(Box<v1::OperationResult>),
    Refusal(Refusal),
    /// The relay died.
    Nothing,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Told::Answer(answer) => {
                let status = answer.payment.as_ref().map(v1::Payment::status);
                let code = answer.failure.as_ref().map(|failure| failure.code.as_str());
                write!(f, "{:?} {status:?} {code:?}", answer.outcome())
            }
            Told::Refusal(refusal) => write!(f, "{}: {refusal}", refusal.reason()),
            Told::Nothing => write!(f, "nothing, it has died"),
        }
    }
}

/// The relay, and what outlives it.
pub(super) struct Stage {
    folder: TempDir,
    held: Arc<Held>,
    pub(super) stripe: Stripe,
    running: Option<(Runtime, Arc<Desk>)>,
    pub(super) deaths: usize,
}

/// An empty journal, made once: migrations take longer than a payment's life.
fn empty_journal() -> &'static [u8] {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    EMPTY.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (made, copy) = (folder.path().join("made.db"), folder.path().join("copy.db"));
        let journal = Sqlite::open(&made, 0).unwrap();
        let connection = rusqlite::Connection::open(&made).unwrap();
        connection.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        drop(journal);
        std::fs::read(copy).unwrap()
    })
}

fn tenant() -> TenantName {
    TenantName::parse("acme").unwrap()
}

fn id(number: usize) -> RequestId {
    RequestId::kept(format!("r{number}"))
}

impl Stage {
    pub(super) fn new() -> Stage {
        // In memory where there is such a place: fsync is not what this is about.
        let memory = Path::new("/dev/shm");
        let builder = tempfile::Builder::new();
        let folder = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() };
        let folder = folder.unwrap();
        let path = folder.path().join("relay.db");
        std::fs::write(&path, empty_journal()).unwrap();
        let start: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let held = Arc::new(Held {
            micros: AtomicI64::new(start.as_microsecond()),
            dice: AtomicU64::new(1),
            sleeps_before: AtomicI64::new(0),
        });
        let clock: Arc<dyn Clock> = Arc::new(AtStripe(Arc::clone(&held)));
        let stripe = Stripe::new(clock, &path);
        let mut stage = Stage { folder, held, stripe, running: None, deaths: 0 };
        stage.restart();
        stage
    }

    /// Kills the relay, whatever it does, and opens another one on its journal.
    pub(super) fn restart(&mut self) {
        drop(self.running.take());
        let settings = Settings::from_toml(SETTINGS).unwrap();
        let surroundings =
            Surroundings { clock: Arc::<Held>::clone(&self.held), random: Arc::<Held>::clone(&self.held) };
        let system = &settings.tenants[&tenant()].payment_systems["main"];
        let Processor::Stripe(access) = &system.processor else { panic!("it is Stripe") };
        let client: Arc<dyn crate::processor::Processor> = Arc::new(StripeClient::over(
            Arc::new(self.stripe.clone()),
            system,
            access,
            Limiter::new(access.limits.clone()),
            surroundings.clone(),
        ));
        let processors = Processors::from_iter([((tenant(), "main".to_owned()), client)]);
        let current = FingerprintKey::parse(&"A".repeat(44).into()).unwrap();
        let keys = FingerprintKeys { current, previous: vec![] };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let journal = Arc::new(Sqlite::open(&self.folder.path().join("relay.db"), 0).unwrap());
        let steady = Steady::new(surroundings.clone(), None);
        let desk = Arc::new(Desk::new(settings, journal, processors, keys, surroundings, steady));
        self.running = Some((runtime, desk));
    }

    pub(super) fn pass(&self, seconds: u64) {
        let micros = i64::try_from(seconds).unwrap() * 1_000_000;
        self.held.micros.fetch_add(micros, Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.held.reading()
    }

    /// Lets the machine sleep for a day, right before a look of the relay at its clock: before the
    /// next one, or the one after that. Gives how many looks an earlier sleep is still away.
    pub(super) fn sleep_before(&self, looks: i64) -> i64 {
        self.held.sleeps_before.swap(looks, Ordering::SeqCst)
    }

    /// Lets the desk do something. `None`: it has died of it, and there is another one.
    pub(super) fn play<T>(&mut self, act: impl AsyncFnOnce(&Arc<Desk>) -> T) -> Option<T> {
        let (runtime, desk) = self.running.as_ref().unwrap();
        let death = Arc::clone(&self.stripe.death);
        let done = runtime.block_on(async {
            tokio::select! {
                biased;
                () = death.notified() => None,
                done = act(desk) => Some(done),
            }
        });
        if done.is_none() {
            self.deaths += 1;
            self.restart();
        }
        self.stripe.world().faults.clear();
        done
    }

    /// Reads from the journal.
    pub(super) fn read<T>(&self, read: impl AsyncFnOnce(&dyn Journal) -> T) -> T {
        let (runtime, desk) = self.running.as_ref().unwrap();
        runtime.block_on(read(desk.journal.as_ref()))
    }

    pub(super) fn operation(&self, number: usize) -> Option<Operation> {
        self.read(async |journal| journal.operation(&tenant(), &id(number)).await.unwrap())
    }

    /// The payment that a request has made.
    pub(super) fn payment_id(&self, number: usize) -> PaymentId {
        match self.operation(number).map(|operation| operation.about) {
            Some(About::Payment(id)) => id,
            Some(About::Customer { .. }) | None => PaymentId(uuid::Uuid::nil()),
        }
    }

    pub(super) fn payment(&self, id: PaymentId) -> Option<Payment> {
        let found = self.read(async |journal| journal.payment(&tenant(), id).await.unwrap());
        found.map(|found| found.it)
    }

    /// Asks for some things at the same time. `payment`: what each is about.
    pub(super) fn ask(&mut self, asked: &[(What, usize, PaymentId)]) -> Vec<Told> {
        let now = self.now();
        for (what, number, _) in asked {
            if let What::Import { take, cents } = *what {
                self.stripe.world().objects.made_elsewhere(format!("pi_m{number}"), cents, take, now);
            }
        }
        let told = self.play(async |desk| match asked {
            [one] => vec![ask(desk, *one).await],
            [one, other] => {
                let (one, other) = tokio::join!(ask(desk, *one), ask(desk, *other));
                vec![one, other]
            }
            _ => panic!("one or two"),
        });
        told.unwrap_or_else(|| vec![Told::Nothing; asked.len()])
    }

    /// Somebody looks a payment up.
    pub(super) fn look(&mut self, id: PaymentId) {
        use crate::{journal::Source, payment::observation::Way};
        let way = Way { source: Source::Recovery, reference: None };
        self.play(async |desk| drop(desk.sync(&tenant(), id, &way).await));
    }

    /// Recovery runs once.
    pub(super) fn take_up(&mut self) {
        for job in [Job::Recovery, Job::Open] {
            self.play(async |desk| drop(desk.run_job(job, None, None).await.unwrap()));
        }
    }

    /// Stripe tells of one of its events.
    pub(super) fn news(&mut self, number: usize) {
        use crate::journal::{Source, incoming::Incoming};
        let (kind, object) = self.stripe.world().objects.news[number].clone();
        let body = serde_json::json!({"id": format!("evt_{number}"), "type": kind, "created": 1, "livemode": false,
            "api_version": crate::stripe::API_VERSION, "data": {"object": object}});
        let now = self.now();
        let incoming = Incoming {
            tenant: tenant(),
            payment_system: "main".to_owned(),
            id: format!("evt_{number}"),
            kind: kind.to_owned(),
            source: Source::Webhook,
            created: now,
            received: now,
            body: body.to_string(),
        };
        self.play(async |desk| {
            desk.journal.arrive(vec![incoming], None).await.unwrap();
            crate::news::work::work_off(desk).await.unwrap();
        });
    }
}

async fn work<O: Order<About = Payment>>(desk: &Arc<Desk>, order: O) -> Told {
    let caller = Caller { tenant: tenant(), nonce: None, patience: None, slot: Slot::default() };
    match desk.work(caller, order).await {
        Ok(answer) => Told::Answer(Box::new(answer)),
        Err(refusal) => Told::Refusal(refusal),
    }
}

fn usd(cents: u64) -> Money {
    Money::of_minor(cents, causeway::currency::Currency::parse("USD").unwrap()).unwrap()
}

async fn ask(desk: &Arc<Desk>, (what, number, payment): (What, usize, PaymentId)) -> Told {
    let request_id = id(number);
    match what {
        What::Authorize { card, take, cents } => {
            let method = match card {
                Card::Pays => "pm_pays",
                Card::Refused => "pm_no",
                Card::Asks => "pm_asks",
            };
            let mode = if take { v1::CaptureMode::Automatic } else { v1::CaptureMode::Manual };
            let asked = v1::AuthorizeRequest {
                request_id: request_id.to_string(),
                amount: Some(usd(cents).to_wire()),
                instrument: Some(v1::authorize_request::Instrument::PaymentMethod(method.to_owned())),
                capture_mode: mode.into(),
                ..Default::default()
            };
            work(desk, Authorize::read(&asked).unwrap()).await
        }
        What::Capture { cents, .. } => {
            work(desk, Capture { request_id, payment, amount: Some(usd(cents)), asynchronous: false }).await
        }
        What::Refund { cents, .. } => {
            let amount = Some(usd(cents));
            let (reason, note, requested_by, asynchronous) = (None, None, None, false);
            work(desk, Refund { request_id, payment, amount, reason, note, requested_by, asynchronous }).await
        }
        What::Release { .. } => work(desk, ReleaseHold { request_id, payment, reason: None }).await,
        What::GiveUp { .. } => {
            let reason = OrderFailure::ProductsUnavailable;
            work(desk, ReportOrderFailed { request_id, payment, reason, note: None }).await
        }
        What::Confirm { card, .. } => {
            let payment_method = card.then(|| PaymentMethodId::parse("pm_pays").unwrap());
            work(desk, Confirm { request_id, payment, payment_method, return_url: None }).await
        }
        What::Import { .. } => {
            let payment_intent = PaymentIntentId::parse(&format!("pi_m{number}")).unwrap();
            let (payment_system, reference, customer, amount_due) = (None, None, None, None);
            work(
                desk,
                ImportPayment { request_id, payment_intent, payment_system, reference, customer, amount_due },
            )
            .await
        }
    }
}
