//! The stage of the disk stories: a sandbox, an adapter, and a relay in a separate process with a
//! command of the story's choice.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use causeway_sandbox::{Effect, Sandbox};
use tempfile::TempDir;

use crate::stage::{
    Billing, Running, StoryClock,
    processes::{Process, binaries},
    settings, start_adapter,
};

/// Path of the relay's binary.
pub(super) fn relay() -> PathBuf {
    binaries().join("causeway-relay")
}

/// The programs and files of a disk story.
pub(super) struct TestBed {
    pub(super) sandbox: Sandbox,
    pub(super) directory: TempDir,
    pub(super) settings: String,
    pub(super) billing: Billing,
    relay: Option<Process>,
    adapter: Running,
}

impl TestBed {
    /// Opens the stage with an ordinary relay.
    pub(super) async fn open() -> TestBed {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("relay.db");
        TestBed::with(directory, &journal, |settings| settings, Command::new(relay())).await
    }

    /// Opens the stage with a given directory, settings and command.
    pub(super) async fn with(
        directory: TempDir,
        journal: &Path,
        change: impl FnOnce(String) -> String,
        command: Command,
    ) -> TestBed {
        let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
        let settings = change(settings::relay(journal, &sandbox.url()));
        let relay = Process::start_by(command, "causeway-relay", directory.path(), &settings).await;
        let settings = settings.replace("127.0.0.1:0", &relay.address.to_string());
        let adapter = settings::adapter(&[relay.address], "acme-1", settings::ACME_SECRET);
        let adapter = start_adapter(&adapter, &Arc::new(StoryClock::default())).await;
        let billing = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;
        TestBed { sandbox, directory, settings, billing, relay: Some(relay), adapter }
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.directory.path().join("relay.db")
    }

    /// The text of the relay's log.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("causeway-relay.log")).unwrap()
    }

    pub(super) fn relay(&mut self) -> Process {
        self.relay.take().expect("the relay runs")
    }

    /// Starts the relay again at the same address.
    pub(super) async fn start(&mut self, command: Command) {
        let directory = self.directory.path();
        let relay = Process::start_by(command, "causeway-relay", directory, &self.settings).await;
        self.relay = Some(relay);
    }

    /// Starts a relay that is expected to end with an error, and returns the relay's output.
    pub(super) fn start_expecting_failure(&self, settings: &str) -> String {
        let config = self.directory.path().join("in-vain.toml");
        std::fs::write(&config, settings).unwrap();
        let output = Command::new(relay()).arg("--config").arg(config).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    }

    /// The number of holds and charges at Stripe.
    pub(super) fn authorizations(&self) -> usize {
        self.sandbox.ledger().count(Effect::Authorized)
    }

    /// Whether the relay is healthy, asked through the adapter.
    pub(super) async fn serves(&self) -> bool {
        use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
        let channel = format!("http://{}", self.adapter.address);
        let channel = tonic::transport::Channel::from_shared(channel).unwrap().connect_lazy();
        let reply = HealthClient::new(channel).check(HealthCheckRequest { service: String::new() }).await;
        reply.is_ok_and(|response| {
            response.get_ref().status() == tonic_health::pb::health_check_response::ServingStatus::Serving
        })
    }
}
