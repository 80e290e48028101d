//! Real processes beside the sandbox, which are killed and started again: relay, adapter, and
//! billing programs that keep books.

use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use causeway_sandbox::Sandbox;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    Billing,
    events::{ENDPOINT, register_endpoint, with_webhook_endpoint},
    free_port::free_address,
    processes::Process,
    settings::{self, ACME_KEY, ACME_SECRET, BILLING_TOKEN, VIEWER_TOKEN},
};

/// One billing program that keeps books.
pub(crate) struct Bookkeeper {
    name: &'static str,
    program: PathBuf,
    books: PathBuf,
    log: PathBuf,
    child: Option<Child>,
}

impl Bookkeeper {
    pub(crate) fn new(name: &'static str, program: &Path, processes: &ProcessGroup) -> Bookkeeper {
        let file = |ending: &str| processes.directory.path().join(format!("{name}.{ending}"));
        Bookkeeper { name, program: program.to_owned(), books: file("books"), log: file("log"), child: None }
    }

    pub(crate) fn start(&mut self, processes: &ProcessGroup) {
        let log = || Stdio::from(File::options().create(true).append(true).open(&self.log).unwrap());
        let mut command = Command::new(self.name);
        command
            .arg(&self.program)
            .env("CAUSEWAY_ADAPTER", format!("http://{}", processes.address))
            .env("CAUSEWAY_TOKEN", VIEWER_TOKEN)
            .env("BOOKS", &self.books)
            .stdin(Stdio::null())
            .stdout(log())
            .stderr(log());
        self.child = Some(command.spawn().unwrap());
    }

    /// Sends SIGKILL. The program has to be running: no event in the story may
    /// have ended the process.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "{} ended by itself, {ended:?}: {}", self.name, self.log_tail());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The present content of the program's books.
    pub(crate) fn books(&self) -> Value {
        let text = std::fs::read(&self.books).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// The last lines of the program's log.
    pub(crate) fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().rev().take(10).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Bookkeeper {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Relay and adapter, each in a process at an address that stays.
pub(crate) struct ProcessGroup {
    pub(crate) directory: TempDir,
    relay_settings: String,
    adapter_settings: String,
    /// The address of the adapter.
    address: SocketAddr,
    relay: Option<Process>,
    adapter: Option<Process>,
}

impl ProcessGroup {
    /// The sandbox posts webhooks for acme's payment system "main"; events of the other
    /// payment system are polled.
    pub(crate) async fn open(sandbox: &Sandbox) -> ProcessGroup {
        let directory = TempDir::new().unwrap();
        let port = free_address().port();
        let webhook =
            register_endpoint(sandbox, ACME_KEY, &format!("http://127.0.0.1:{port}/webhooks/{ENDPOINT}"))
                .await;
        let template = settings::relay(&directory.path().join("relay.db"), &sandbox.url())
            .replace("poll_seconds = 0", "poll_seconds = 1")
            .replace("open_seconds = 0", "open_seconds = 2");
        let template = with_webhook_endpoint(&template, port, &webhook);
        let relay = Process::start("causeway-relay", directory.path(), &template).await;
        let relay_settings = template.replace("127.0.0.1:0", &relay.address.to_string());
        let template = settings::adapter(&[relay.address], "acme-1", ACME_SECRET);
        let adapter = Process::start("causeway-adapter", directory.path(), &template).await;
        let adapter_settings = template.replace("127.0.0.1:0", &adapter.address.to_string());
        let address = adapter.address;
        ProcessGroup {
            directory,
            relay_settings,
            adapter_settings,
            address,
            relay: Some(relay),
            adapter: Some(adapter),
        }
    }

    pub(crate) async fn billing(&self) -> Billing {
        Billing::connect(self.address, BILLING_TOKEN).await
    }

    /// Sends SIGKILL, waits for a while, and starts the relay again.
    pub(crate) async fn kill_relay(&mut self, away: Duration) {
        self.relay.take().unwrap().kill();
        tokio::time::sleep(away).await;
        let relay = Process::start("causeway-relay", self.directory.path(), &self.relay_settings).await;
        self.relay = Some(relay);
    }

    /// Sends SIGKILL and starts the adapter again at once.
    pub(crate) async fn kill_adapter(&mut self) {
        self.adapter.take().unwrap().kill();
        let adapter = Process::start("causeway-adapter", self.directory.path(), &self.adapter_settings).await;
        self.adapter = Some(adapter);
    }
}
