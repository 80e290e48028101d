//! All programs: the sandbox, one relay, an adapter for each tenant, and a faulty proxy on each
//! connection. Addresses stay the same after every death.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;

use crate::{
    config::{Scale, SeededRng, TENANTS},
    faults::{self, Hits, Rates},
    free_port::free_address,
    process::{Process, Start},
    proxy::Proxy,
    sandbox::Stripe,
    settings::{self, Places, Secrets},
    traffic_log::TrafficLog,
};

pub(crate) struct TestBed {
    /// The folder of all files. A run without findings removes the folder.
    pub(crate) directory: PathBuf,
    pub(crate) stripe: Stripe,
    /// Stripe's accounts, by tenant.
    pub(crate) accounts: Vec<String>,
    pub(crate) secrets: Secrets,
    pub(crate) hits: Arc<Hits>,
    pub(crate) traffic: Arc<TrafficLog>,
    /// Addresses of the adapters for the billing platform, by tenant.
    pub(crate) billing_addresses: Vec<SocketAddr>,
    /// The most memory that a relay had, in KiB.
    pub(crate) memory: Mutex<u64>,
    /// Milliseconds until the relay listened, for each start.
    pub(crate) starts: Mutex<Vec<u64>>,
    bug: Option<String>,
    proxies: Vec<Proxy>,
    places: Places,
    relay: Start,
    adapters: Vec<Start>,
    /// Generations of the link's secrets: the relay accepts all from the oldest to the newest,
    /// adapters use one of them.
    oldest: AtomicUsize,
    newest: AtomicUsize,
    used: AtomicUsize,
    /// How far the clock of all programs is ahead, in seconds.
    ahead: AtomicU64,
    _sandbox: Process,
}

/// The special condition of a started program.
pub(crate) enum StartCondition {
    None,
    /// SIGKILL by the program's own failpoint with this name.
    Dies(String),
    /// The clock is ahead, by so many seconds.
    Ahead(i64),
}

impl StartCondition {
    fn may_kill(&self) -> bool {
        matches!(self, StartCondition::Dies(_))
    }
}

async fn sandbox(programs: &Path, directory: &Path, seed: u64) -> (Process, SocketAddr) {
    let listens = free_address();
    let (port, seed) = (listens.port().to_string(), seed.to_string());
    let arguments = ["sandbox", "--port", &port, "--allow-raw-cards", "--seed", &seed].map(Path::new);
    let log = directory.join("sandbox.log");
    let mut process = Process::spawn(&programs.join("causeway"), &arguments, &log, vec![]);
    process.listens(listens).await.expect("the sandbox starts");
    (process, listens)
}

impl TestBed {
    pub(crate) async fn open(programs: &Path, scale: &Scale) -> TestBed {
        let directory = tempfile::Builder::new().prefix("chaos-").tempdir().unwrap().keep();
        println!("in {}", directory.display());
        for folder in ["data", "logs", "settings"] {
            std::fs::create_dir(directory.join(folder)).unwrap();
        }
        let (sandbox, at) = sandbox(programs, &directory, scale.seed).await;
        let stripe = Stripe::at(format!("http://{at}"));
        let (relay, webhooks) = (free_address(), free_address());
        let (hits, traffic) = (Arc::<Hits>::default(), Arc::<TrafficLog>::default());
        let mut rng = SeededRng::of(scale.seed, "wires", 0);
        let mut wire = |means| ((Rates::around(means, &mut rng), Arc::clone(&hits)), rng.below(u64::MAX));
        let (rates, seed) = wire(faults::STRIPE);
        let to_stripe = Proxy::before("stripe", at, rates, seed, Some(Arc::clone(&traffic))).await;
        let (rates, seed) = wire(faults::LINK);
        let link = Proxy::before("link", relay, rates, seed, None).await;
        let (rates, seed) = wire(faults::HOOKS);
        let hooks = Proxy::before("hooks", webhooks, rates, seed, None).await;
        let places = Places { relay, webhooks, stripe: to_stripe.address, link: link.address };
        let mut proxies = vec![to_stripe, link, hooks];
        let mut secrets = Secrets::of(scale.seed);
        let mut accounts = vec![];
        for number in 0..TENANTS {
            let key = &secrets.keys.stripe[number];
            accounts.push(stripe.take_numbers(key).await);
            let url = format!("http://{}/webhooks/{}", proxies[2].address, secrets.endpoints[number]);
            let hook = stripe.endpoint(key, &url).await.1;
            secrets.hooks.push(hook);
        }
        let start = |binary: &str, name: &str, listens| Start {
            binary: programs.join(binary),
            config: directory.join("settings").join(format!("{name}.toml")),
            log: directory.join("logs").join(format!("{name}.log")),
            listens,
        };
        let named = |number| settings::tenant(number);
        let adapters: Vec<_> =
            (0..TENANTS).map(|number| start("causeway-adapter", &named(number), free_address())).collect();
        let mut billing_addresses = vec![];
        for adapter in &adapters {
            let (rates, seed) = wire(faults::BILLING);
            let proxy = Proxy::before("billing", adapter.listens, rates, seed, None).await;
            billing_addresses.push(proxy.address);
            proxies.push(proxy);
        }
        TestBed {
            relay: start("causeway-relay", "relay", relay),
            adapters,
            directory,
            stripe,
            accounts,
            secrets,
            hits,
            traffic,
            billing_addresses,
            memory: Mutex::default(),
            starts: Mutex::default(),
            bug: scale.bug.clone(),
            proxies,
            places,
            oldest: AtomicUsize::new(0),
            newest: AtomicUsize::new(0),
            used: AtomicUsize::new(0),
            ahead: AtomicU64::new(0),
            _sandbox: sandbox,
        }
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.directory.join("data/relay.db")
    }

    /// Starts or ends the faults of every connection.
    pub(crate) fn inject_faults(&self, breaks: bool) {
        self.proxies.iter().for_each(|proxy| proxy.inject_faults(breaks));
    }

    fn environment(&self, condition: &StartCondition) -> Vec<(&'static str, String)> {
        let today = i64::try_from(self.ahead.load(Ordering::SeqCst)).unwrap();
        let (place, ahead) = match condition {
            StartCondition::None => (None, today),
            StartCondition::Dies(at) => (Some(("CAUSEWAY_FAILPOINT", at.clone())), today),
            StartCondition::Ahead(seconds) => (None, today + seconds),
        };
        let bug = self.bug.clone().map(|name| ("CAUSEWAY_BUG", name));
        let ahead = (ahead != 0).then(|| ("CAUSEWAY_CLOCK_AHEAD", ahead.to_string()));
        place.into_iter().chain(bug).chain(ahead).collect()
    }

    /// Moves the clock of all programs started later by 25 hours; Stripe has
    /// dropped all idempotency keys.
    pub(crate) async fn sleep_for_a_day(&self) {
        const LONG: u64 = 25 * 60 * 60;
        self.ahead.store(LONG, Ordering::SeqCst);
        self.stripe.post("/_sandbox/clock", &json!({"advance_seconds": LONG})).await;
    }

    /// Starts the relay. A relay that is to die at a failpoint may die before listening.
    pub(crate) async fn start_relay(&self, condition: &StartCondition) -> Process {
        let (oldest, newest) = (self.oldest.load(Ordering::SeqCst), self.newest.load(Ordering::SeqCst));
        let taken: Vec<_> = (oldest..=newest).collect();
        let settings = settings::relay(&self.journal(), &self.places, &self.secrets, &taken);
        let mut process = Process::start(&self.relay, &settings, self.environment(condition));
        match process.listens(self.relay.listens).await {
            Ok(took) => self.starts.lock().unwrap().push(u64::try_from(took.as_millis()).unwrap()),
            Err(status) => {
                assert!(condition.may_kill(), "the relay does not start, {status}: {}", tail(&self.relay.log))
            }
        }
        process
    }

    pub(crate) async fn start_adapter(&self, number: usize, condition: &StartCondition) -> Process {
        let start = &self.adapters[number];
        let used = self.used.load(Ordering::SeqCst);
        let settings = settings::adapter(number, start.listens, &self.places, &self.secrets, used);
        let mut process = Process::start(start, &settings, self.environment(condition));
        if let Err(status) = process.listens(start.listens).await {
            assert!(condition.may_kill(), "an adapter does not start, {status}: {}", tail(&start.log));
        }
        process
    }

    /// From the next start on, the relay accepts one more secret of the link.
    pub(crate) fn take_next_secret(&self) {
        let next = self.newest.load(Ordering::SeqCst) + 1;
        self.newest.store(next.min(self.secrets.links[0].len() - 1), Ordering::SeqCst);
    }

    /// From the next start on, adapters use the newest secret.
    pub(crate) fn use_newest_secret(&self) {
        self.used.store(self.newest.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// From the next start on, the relay accepts the newest secret only.
    pub(crate) fn forget_old_secret(&self) {
        self.oldest.store(self.newest.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// Records a relay's peak memory, before the process is gone.
    pub(crate) fn record_memory(&self, relay: &Process) {
        let mut memory = self.memory.lock().unwrap();
        *memory = (*memory).max(relay.peak_memory());
    }

    /// How long a stopping program may take.
    pub(crate) const DRAIN: Duration = Duration::from_secs(35);
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let last: Vec<_> = text.lines().rev().take(8).collect();
    last.into_iter().rev().collect::<Vec<_>>().join("\n")
}
