//! Where these stories are played: a sandbox, an adapter, and a relay in a process of its
//! own, which is started as the story wants it.

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

/// The relay's binary.
pub(super) fn relay() -> PathBuf {
    binaries().join("causeway-relay")
}

/// The stage of these stories.
pub(super) struct Ground {
    pub(super) sandbox: Sandbox,
    pub(super) directory: TempDir,
    pub(super) settings: String,
    pub(super) billing: Billing,
    relay: Option<Process>,
    adapter: Running,
}

impl Ground {
    /// With a relay as everybody's.
    pub(super) async fn open() -> Ground {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("relay.db");
        Ground::with(directory, &journal, |settings| settings, Command::new(relay())).await
    }

    /// With a journal, settings and a command of one's own.
    pub(super) async fn with(
        directory: TempDir,
        journal: &Path,
        change: impl FnOnce(String) -> String,
        command: Command,
    ) -> Ground {
        let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
        let settings = change(settings::relay(journal, &sandbox.url()));
        let relay = Process::start_by(command, "causeway-relay", directory.path(), &settings).await;
        let settings = settings.replace("127.0.0.1:0", &relay.address.to_string());
        let adapter = settings::adapter(&[relay.address], "acme-1", settings::ACME_SECRET);
        let adapter = start_adapter(&adapter, &Arc::new(StoryClock::default())).await;
        let billing = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;
        Ground { sandbox, directory, settings, billing, relay: Some(relay), adapter }
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.directory.path().join("relay.db")
    }

    /// What the relay has said.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("causeway-relay.log")).unwrap()
    }

    pub(super) fn relay(&mut self) -> Process {
        self.relay.take().expect("the relay runs")
    }

    /// Starts the relay where it was.
    pub(super) async fn start(&mut self, command: Command) {
        let directory = self.directory.path();
        let relay = Process::start_by(command, "causeway-relay", directory, &self.settings).await;
        self.relay = Some(relay);
    }

    /// A relay of these settings that is expected to end by itself; what it says.
    pub(super) fn start_in_vain(&self, settings: &str) -> String {
        let config = self.directory.path().join("in-vain.toml");
        std::fs::write(&config, settings).unwrap();
        let output = Command::new(relay()).arg("--config").arg(config).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    }

    /// How many holds and charges there are at Stripe.
    pub(super) fn authorizations(&self) -> usize {
        self.sandbox.ledger().count(Effect::Authorized)
    }

    /// What the relay says of its health, through the adapter.
    pub(super) async fn serves(&self) -> bool {
        use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
        let channel = format!("http://{}", self.adapter.address);
        let channel = tonic::transport::Channel::from_shared(channel).unwrap().connect_lazy();
        let asked = HealthClient::new(channel).check(HealthCheckRequest { service: String::new() }).await;
        asked.is_ok_and(|told| {
            told.get_ref().status() == tonic_health::pb::health_check_response::ServingStatus::Serving
        })
    }
}
