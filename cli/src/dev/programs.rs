//! Adapter, relay and sandbox, running in this process.

use std::{net::SocketAddr, pin::Pin, time::Duration};

use causeway::{environment::Environment, status::RefusalDetails};
use causeway_adapter::adapter::{Adapter, StartError as AdapterError};
use causeway_relay::relay::{Relay, StartError as RelayError};
use causeway_sandbox::{RawCards, Sandbox, Settings as SandboxSettings};
use tokio::{sync::oneshot, task::JoinHandle};

use super::{dashboard::Dashboard, ports::Ports, settings, state_dir::StateDir, webhook};
use crate::{client::Client, endpoints::Endpoints, problem::Problem, target::Target};

/// How long the programs may take until a call goes through all three.
const START_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer is waited for in the story.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A future that resolves at the moment to stop.
type StopFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A program that serves until the stop signal.
struct RunningProgram<E> {
    name: &'static str,
    /// Dropping the sender stops the program.
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), E>>,
}

/// The three programs, running in this process.
pub(crate) struct DevPrograms {
    /// The sandbox in place of Stripe.
    pub(crate) sandbox: Sandbox,
    /// Calls straight to the sandbox, past the relay.
    pub(crate) dashboard: Dashboard,
    /// The addresses of all programs.
    pub(super) endpoints: Endpoints,
    relay: RunningProgram<RelayError>,
    adapter: RunningProgram<AdapterError>,
}

impl DevPrograms {
    /// Starts sandbox, relay and adapter in this order, so that each program finds
    /// the next one running.
    pub(super) async fn start(
        state_dir: &StateDir,
        ports: &Ports,
        environment: Environment,
    ) -> Result<DevPrograms, Problem> {
        let settings_of_sandbox = SandboxSettings {
            listen: ports.sandbox,
            // A number that may belong to a real card is declined, so that a user does not try a
            // real card.
            raw_cards: RawCards::TestNumbers,
            state: state_dir.sandbox(),
            // Events from before the restart wait until the relay listens.
            deliveries_wait: true,
            ..SandboxSettings::default()
        };
        let sandbox = Sandbox::start(settings_of_sandbox).await.map_err(|error| Problem::own(&error))?;
        let dashboard = Dashboard { sandbox: sandbox.url(), key: state_dir.stripe.clone() };
        let webhook = webhook::register(
            &dashboard,
            ports.webhooks,
            &environment,
            state_dir.webhook_endpoint().as_deref(),
        )
        .await?;
        let settings_of_relay = settings::relay(state_dir, ports.relay, &sandbox.url(), &webhook)?;
        let relay = Relay::build(settings_of_relay, environment.clone());
        let relay = relay.await.map_err(|error| Problem::own(&error))?;
        state_dir.forget_endpoints()?;
        let adapter =
            Adapter::build(settings::adapter(state_dir, ports.adapter, relay.address())?, environment);
        let adapter = adapter.await.map_err(|error| Problem::own(&error))?;
        let url = |address: SocketAddr| format!("http://{address}");
        let endpoints = Endpoints {
            adapter: url(adapter.address()),
            relay: url(relay.address()),
            sandbox: sandbox.url(),
            token: state_dir.token.clone(),
        };
        let relay = RunningProgram::start("relay", |stop| tokio::spawn(relay.serve(stop)));
        let adapter = RunningProgram::start("adapter", |stop| tokio::spawn(adapter.serve(stop)));
        sandbox.start_deliveries();
        Ok(DevPrograms { sandbox, dashboard, endpoints, relay, adapter })
    }

    /// The adapter's address and token for a caller.
    pub(super) fn target(&self) -> Result<Target, Problem> {
        let adapter =
            self.endpoints.adapter.parse().map_err(|_| Problem::Own("the adapter has no URL".to_owned()))?;
        Ok(Target { adapter, token: self.endpoints.token.clone(), ca: None, timeout: ANSWER_TIMEOUT })
    }

    /// Waits until a call goes through all three programs.
    pub(super) async fn ready(&self, client: &Client) -> Result<(), Problem> {
        let mut last_error = "it was not asked".to_owned();
        let answered = async {
            while let Err(status) = client.capabilities().await {
                last_error = RefusalDetails::of(&status).message;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let result = tokio::time::timeout(START_TIMEOUT, answered).await;
        result.map_err(|_| Problem::Own(format!("the adapter does not answer: {last_error}")))
    }

    /// Returns only when one of the programs ends by error, which is a fault.
    pub(super) async fn first_failure(&mut self) -> Problem {
        tokio::select! {
            problem = self.adapter.failure() => problem,
            problem = self.relay.failure() => problem,
        }
    }

    /// Stops adapter, relay and sandbox in this order, so that calls in flight still end.
    pub(super) async fn stop(self) -> Result<(), Problem> {
        let adapter = self.adapter.stop().await;
        let relay = self.relay.stop().await;
        self.sandbox.stop().await;
        adapter.and(relay)
    }
}

impl<E: std::error::Error> RunningProgram<E> {
    fn start(
        name: &'static str,
        serve: impl FnOnce(StopFuture) -> JoinHandle<Result<(), E>>,
    ) -> RunningProgram<E> {
        let (stop, stopped) = oneshot::channel();
        let stopped: StopFuture = Box::pin(async { drop(stopped.await) });
        RunningProgram { name, stop, task: serve(stopped) }
    }

    async fn failure(&mut self) -> Problem {
        let name = self.name;
        match (&mut self.task).await {
            Ok(Ok(())) => Problem::Own(format!("the {name} stopped by itself")),
            Ok(Err(error)) => Problem::own(&error),
            Err(error) => Problem::Own(format!("the {name} broke: {error}")),
        }
    }

    async fn stop(self) -> Result<(), Problem> {
        drop(self.stop);
        // A program that ended before is reported by `first_failure`.
        if self.task.is_finished() {
            return Ok(());
        }
        let name = self.name;
        match self.task.await {
            Ok(result) => result.map_err(|error| Problem::own(&error)),
            Err(error) => Err(Problem::Own(format!("the {name} broke: {error}"))),
        }
    }
}
