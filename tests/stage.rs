//! What the stories are played on: everything in one process, over real sockets.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use causeway::surroundings::{Clock, Surroundings};
use causeway_adapter::adapter::Adapter;
use causeway_relay::relay::{Relay, StartError};
use causeway_sandbox::Sandbox;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::transport::Channel;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

/// Billing, and what it is told.
pub(crate) mod billing;
/// Billing's calls about cards and rules.
pub(crate) mod cards;
/// Settings, as an operator writes them.
pub(crate) mod settings;
/// Real processes, which can be killed.
pub(crate) mod processes;
/// What a story needs of the machine.
pub(crate) mod tools;
/// Programs that die where they are told to.
pub(crate) mod armed;
/// Processes of everybody but Stripe, and of billing's programs.
pub(crate) mod house;
/// A wire that breaks when it is told to.
pub(crate) mod proxy;
/// A Stripe that says what it is told to.
pub(crate) mod forger;
/// News of Stripe's: webhooks, jobs, events.
pub(crate) mod news;
/// Events that are posted by hand.
pub(crate) mod hooks;
/// A payment's later life.
pub(crate) mod later;
/// Billing's side of watching.
pub(crate) mod watcher;
/// Requests over the link, signed by hand.
pub(crate) mod wire;

pub(crate) use billing::{Answer, Billing, method, order};
pub(crate) use causeway_sandbox::{Effect, Fault, FaultRule};

/// The machine's clock with an offset that a story can move.
#[derive(Default)]
pub(crate) struct StoryClock(Mutex<SignedDuration>);

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        let now = causeway_runtime::machine::surroundings().now();
        now.checked_add(*self.0.lock().unwrap()).unwrap()
    }
}

impl StoryClock {
    pub(crate) fn forward(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

/// A program in this process, until it is stopped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Running {
    fn start<F: Future<Output = ()> + Send + 'static>(
        address: SocketAddr,
        serve: impl FnOnce(Box<dyn Future<Output = ()> + Send + Unpin>) -> F,
    ) -> Running {
        let (stop, stopped) = oneshot::channel();
        let stopped = Box::pin(async move { drop(stopped.await) });
        Running { address, stop, served: tokio::spawn(serve(Box::new(stopped))) }
    }

    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.served.await.unwrap();
    }
}

/// The stage: sandbox, relay and adapter.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Arc<StoryClock>,
    pub(crate) relay_settings: String,
    pub(crate) adapter: Running,
    relay: Option<Running>,
    relay_address: SocketAddr,
    pub(crate) directory: TempDir,
}

impl Stage {
    /// With settings that most stories can live with.
    pub(crate) async fn open() -> Stage {
        Stage::with(|settings| settings).await
    }

    /// With the relay's settings changed.
    pub(crate) async fn with(change: impl FnOnce(String) -> String) -> Stage {
        Stage::on(Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap(), change).await
    }

    /// On a sandbox that runs already.
    pub(crate) async fn on(sandbox: Sandbox, change: impl FnOnce(String) -> String) -> Stage {
        Stage::at(SignedDuration::ZERO, sandbox, change).await
    }

    /// With a clock that is ahead of the sandbox's.
    pub(crate) async fn at(
        ahead: SignedDuration,
        sandbox: Sandbox,
        change: impl FnOnce(String) -> String,
    ) -> Stage {
        let directory = TempDir::new().unwrap();
        let clock = Arc::new(StoryClock(Mutex::new(ahead)));
        let journal = directory.path().join("relay.db");
        let relay_settings = change(settings::relay(&journal, &sandbox.url()));
        let relay = start_relay(&relay_settings, &clock).await;
        let relay_address = relay.address;
        let adapter =
            start_adapter(&settings::adapter(&[relay_address], "acme-1", settings::ACME_SECRET), &clock)
                .await;
        Stage { sandbox, clock, relay_settings, adapter, relay: Some(relay), relay_address, directory }
    }

    /// Billing, with all rights.
    pub(crate) async fn billing(&self) -> Billing {
        Billing::connect(self.adapter.address, settings::BILLING_TOKEN).await
    }

    /// An adapter of the other tenant.
    pub(crate) async fn adapter_of_globex(&self) -> Running {
        let settings = settings::adapter(&[self.relay_address], "globex-1", settings::GLOBEX_SECRET);
        start_adapter(&settings, &self.clock).await
    }

    pub(crate) fn relay_address(&self) -> SocketAddr {
        self.relay_address
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.directory.path().join("relay.db")
    }

    /// Stops the relay in good order.
    pub(crate) async fn stop_relay(&mut self) {
        self.relay.take().expect("the relay runs").stop().await;
    }

    /// Waits until nobody has the journal open any more, so that its file is all of it. Whoever
    /// closes it as the last one empties its log and removes it; where two closed it at once
    /// neither was the last, so one more is.
    pub(crate) async fn journal_is_closed(&self) {
        let log = self.journal().with_extension("db-wal");
        eventually("the journal is closed", async || {
            let connection = rusqlite::Connection::open(self.journal()).unwrap();
            drop(connection.execute_batch("SELECT count(*) FROM payment"));
            drop(connection);
            !log.exists()
        })
        .await;
    }

    /// Starts the relay again where it was, on the same journal.
    pub(crate) async fn start_relay(&mut self) {
        let there = format!("listen = \"{}\"", self.relay_address);
        let settings = self.relay_settings.replace("listen = \"127.0.0.1:0\"", &there);
        self.relay = Some(start_relay(&settings, &self.clock).await);
    }

    /// What the adapter says of its health.
    pub(crate) async fn health(&self) -> Option<ServingStatus> {
        let channel =
            Channel::from_shared(format!("http://{}", self.adapter.address)).unwrap().connect_lazy();
        let answer = HealthClient::new(channel).check(HealthCheckRequest { service: String::new() }).await;
        answer.ok().map(|answer| answer.get_ref().status())
    }

    /// How many times Stripe was called, also to look at something.
    pub(crate) fn calls(&self) -> usize {
        self.sandbox.calls_made()
    }

    /// How many times Stripe was asked to do something.
    pub(crate) fn asked(&self) -> usize {
        self.sandbox.calls().iter().filter(|call| call.method == "POST").count()
    }

    /// Lets something go wrong with the next call that asks Stripe to do something.
    pub(crate) fn arm(&self, fault: Fault) {
        self.sandbox.arm_rule(asking(fault, 1));
    }

    /// How many holds and charges there are at Stripe.
    pub(crate) fn authorizations(&self) -> usize {
        self.sandbox.ledger().count(Effect::Authorized)
    }

    /// Rows in a table of the journal.
    pub(crate) fn rows(&self, table: &str) -> usize {
        settings::rows(&self.journal(), table)
    }
}

/// A call to Stripe by somebody else, as from its dashboard; the object's id.
pub(crate) async fn post(stage: &Stage, key: &str, path: &str, form: &str) -> String {
    post_at(&stage.sandbox.url(), key, path, form).await
}

/// The same without a stage.
pub(crate) async fn post_at(stripe: &str, key: &str, path: &str, form: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client
        .post(format!("{stripe}{path}"))
        .bearer_auth(key)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned())
        .send()
        .await
        .unwrap();
    let body: serde_json::Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    body["id"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

/// A fault of calls that ask Stripe to do something.
pub(crate) fn asking(fault: Fault, times: u32) -> FaultRule {
    let times = Some(times);
    FaultRule { times, method: Some("POST".to_owned()), ..FaultRule::every_call(fault) }
}

pub(crate) async fn start_relay(settings: &str, clock: &Arc<StoryClock>) -> Running {
    let mut tries = 0;
    let relay = loop {
        let settings = causeway_relay::settings::Settings::from_toml(settings).unwrap();
        match Relay::build(settings, surroundings(clock)).await {
            // Whoever stopped may find that a connection of another story has the port by now.
            Err(StartError::Listen(error)) if error.kind() == ErrorKind::AddrInUse && tries < 600 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            built => break built.unwrap(),
        }
    };
    Running::start(relay.address(), |stop| async { relay.serve(stop).await.unwrap() })
}

pub(crate) async fn start_adapter(settings: &str, clock: &Arc<StoryClock>) -> Running {
    let settings = causeway_adapter::settings::Settings::from_toml(settings).unwrap();
    let adapter = Adapter::build(settings, surroundings(clock)).await.unwrap();
    Running::start(adapter.address(), |stop| async { adapter.serve(stop).await.unwrap() })
}

pub(crate) fn surroundings(clock: &Arc<StoryClock>) -> Surroundings {
    let clock: Arc<dyn Clock> = Arc::<StoryClock>::clone(clock);
    Surroundings { clock, ..causeway_runtime::machine::surroundings() }
}

/// Waits until something is so, for half a minute at the most.
pub(crate) async fn eventually(what: &str, so: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came to this: {what}");
}
