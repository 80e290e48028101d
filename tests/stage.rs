//! The stage of the stories: all programs in one process, over real sockets.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use causeway::environment::{Clock, Environment};
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

/// The billing platform as a client of the adapter.
pub(crate) mod billing;
/// The billing platform's calls about cards and rules.
pub(crate) mod cards;
/// Settings, as an operator writes them.
pub(crate) mod settings;
/// Real processes, which can be killed.
pub(crate) mod processes;
/// External tools that a story needs.
pub(crate) mod external_tools;
/// Programs that die at a chosen failpoint.
pub(crate) mod failpoint_process;
/// Relay, adapter and billing programs as processes beside the sandbox.
pub(crate) mod process_group;
/// A proxy that breaks connections on demand.
pub(crate) mod proxy;
/// A Stripe with forged answers.
pub(crate) mod forging_proxy;
/// Webhooks, jobs and events of the stage.
pub(crate) mod events;
/// Events that are posted by hand.
pub(crate) mod webhooks;
/// Free ports for programs that start later.
pub(crate) mod free_port;
/// Calls about a payment's later life.
pub(crate) mod follow_ups;
/// The billing platform as a watcher of events.
pub(crate) mod watcher;
/// Requests over the link, signed by hand.
pub(crate) mod signed_requests;

pub(crate) use billing::{Answer, Billing, method, order};
pub(crate) use causeway_sandbox::{Effect, Fault, FaultRule};

/// The machine's clock with an offset that a story can move.
#[derive(Default)]
pub(crate) struct StoryClock(Mutex<SignedDuration>);

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        let now = causeway_runtime::machine::environment().now();
        now.checked_add(*self.0.lock().unwrap()).unwrap()
    }
}

impl StoryClock {
    pub(crate) fn forward(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

/// A program that runs as a task of this process, until the test stops the task.
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
    /// Opens the stage with settings that suit most stories.
    pub(crate) async fn open() -> Stage {
        Stage::with_settings(|settings| settings).await
    }

    /// Opens the stage with changed settings of the relay.
    pub(crate) async fn with_settings(change: impl FnOnce(String) -> String) -> Stage {
        Stage::on_sandbox(Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap(), change).await
    }

    /// Opens the stage on a running sandbox.
    pub(crate) async fn on_sandbox(sandbox: Sandbox, change: impl FnOnce(String) -> String) -> Stage {
        Stage::with_clock_ahead(SignedDuration::ZERO, sandbox, change).await
    }

    /// Opens the stage with a clock that is ahead of the sandbox's.
    pub(crate) async fn with_clock_ahead(
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

    /// A billing platform with a token for all rights.
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

    /// Waits until no process has the journal open, so that the file holds all rows. The last
    /// connection to close empties the write-ahead log and removes the log file. If two connections
    /// close at the same moment, neither is the last, so another connection opens and closes here.
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

    /// Starts the relay again at the same address, on the same journal.
    pub(crate) async fn start_relay(&mut self) {
        let setting = format!("listen = \"{}\"", self.relay_address);
        let settings = self.relay_settings.replace("listen = \"127.0.0.1:0\"", &setting);
        self.relay = Some(start_relay(&settings, &self.clock).await);
    }

    /// The adapter's answer to a health check.
    pub(crate) async fn health(&self) -> Option<ServingStatus> {
        let channel =
            Channel::from_shared(format!("http://{}", self.adapter.address)).unwrap().connect_lazy();
        let answer = HealthClient::new(channel).check(HealthCheckRequest { service: String::new() }).await;
        answer.ok().map(|answer| answer.get_ref().status())
    }

    /// The number of calls to Stripe, with look-ups.
    pub(crate) fn calls(&self) -> usize {
        self.sandbox.calls_made()
    }

    /// The number of POST calls to Stripe.
    pub(crate) fn stripe_posts(&self) -> usize {
        self.sandbox.calls().iter().filter(|call| call.method == "POST").count()
    }

    /// Arms a fault for the next POST call to Stripe.
    pub(crate) fn arm(&self, fault: Fault) {
        self.sandbox.arm_rule(post_fault(fault, 1));
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

/// A call to Stripe past the relay, as from the dashboard; returns the object's id.
pub(crate) async fn post(stage: &Stage, key: &str, path: &str, form: &str) -> String {
    post_at(&stage.sandbox.url(), key, path, form).await
}

/// The same call without a stage.
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

/// A fault rule for POST calls.
pub(crate) fn post_fault(fault: Fault, times: u32) -> FaultRule {
    let times = Some(times);
    FaultRule { times, method: Some("POST".to_owned()), ..FaultRule::every_call(fault) }
}

pub(crate) async fn start_relay(settings: &str, clock: &Arc<StoryClock>) -> Running {
    let mut tries = 0;
    let relay = loop {
        let settings = causeway_relay::settings::Settings::from_toml(settings).unwrap();
        match Relay::build(settings, environment(clock)).await {
            // After a stop, a connection of another story may have taken the port.
            Err(StartError::Listen(error)) if error.kind() == ErrorKind::AddrInUse && tries < 600 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            // The lock outlives the stop for a moment: an operation that the drain time cut off holds it,
            // and a process that another story starts has a copy of every open file until it executes.
            Err(StartError::Journal(error)) if error.to_string().contains(".lock open") && tries < 600 => {
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
    let adapter = Adapter::build(settings, environment(clock)).await.unwrap();
    Running::start(adapter.address(), |stop| async { adapter.serve(stop).await.unwrap() })
}

pub(crate) fn environment(clock: &Arc<StoryClock>) -> Environment {
    let clock: Arc<dyn Clock> = Arc::<StoryClock>::clone(clock);
    Environment { clock, ..causeway_runtime::machine::environment() }
}

/// Waits until a condition holds, for half a minute at most.
pub(crate) async fn eventually(description: &str, condition: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came to this: {description}");
}
