//! Relay and adapter as processes that can be sabotaged, between a sandbox and a billing
//! that asks until it is told.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use causeway::{
    status::Told,
    v1::{self, Outcome},
};
use causeway_sandbox::{Entry, RawCards, Sandbox};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::super::posting::{Door, posting};
use crate::stage::{
    Answer, Billing,
    armed::Armed,
    eventually,
    news::{ENDPOINT, endpoint, with_hook},
    settings::{self, ACME_KEY, ACME_SECRET, BILLING_TOKEN},
};

/// Which program, and what it is told.
#[derive(Debug)]
pub(super) struct Sabotage {
    pub(super) failpoint: &'static str,
    pub(super) nth: u32,
    pub(super) bug: &'static str,
}

pub(super) struct Ground {
    pub(super) sandbox: Sandbox,
    pub(super) billing: Billing,
    pub(super) door: Door,
    pub(super) relay: Armed,
    pub(super) adapter: Armed,
    directory: TempDir,
}

/// What billing asks again after: nobody said that it was done, or that it was not.
const NO_ANSWER: [&str; 9] = [
    "Unknown",
    "ANSWER_LOST",
    "RELAY_UNREACHABLE",
    "STOPPING",
    "OUT_OF_TIME",
    "OUTCOME_UNKNOWN",
    "PAYMENT_BUSY",
    "PROCESSOR_SILENT",
    "JOURNAL_UNAVAILABLE",
];

/// A port from below those that the machine gives to connections: it stays free while the
/// one who listens there is dead.
fn own_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let next = std::process::id().wrapping_mul(64).wrapping_add(NEXT.fetch_add(1, Ordering::SeqCst));
        let port = 12_000 + u16::try_from(next % 18_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Ground {
    pub(super) async fn open(sabotage: &Sabotage) -> Ground {
        let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
        sandbox.allow_raw_cards(ACME_KEY, RawCards::TestNumbers);
        let directory = tempfile::tempdir().unwrap();
        let [relay_port, adapter_port, hook_port] = [own_port(), own_port(), own_port()];
        let url = format!("http://127.0.0.1:{hook_port}/webhooks/{ENDPOINT}");
        let hook = endpoint(&sandbox, ACME_KEY, &url).await;
        let listens = |text: &str, port: u16| text.replace("127.0.0.1:0", &format!("127.0.0.1:{port}"));
        let relay = settings::relay(&directory.path().join("relay.db"), &sandbox.url())
            .replace("setups_seconds = 0", "setups_seconds = 1")
            .replace("recovery_seconds = 0", "recovery_seconds = 1")
            .replace("timeout_seconds = 5", "timeout_seconds = 5\nmax_network_retries = 1\nrenew_hold_hours = 168\ncard_data_mode = \"full_card\"");
        let relay = listens(&with_hook(&relay, hook_port, &hook), relay_port);
        let door = Door::open().await;
        let address = format!("127.0.0.1:{relay_port}").parse().unwrap();
        let adapter = settings::adapter(&[address], "acme-1", ACME_SECRET)
            + &posting(&door.url, &directory.path().join("events.cursor"));
        let adapter = listens(&adapter, adapter_port);
        let mut point = vec![];
        if !sabotage.failpoint.is_empty() {
            point.push(("CAUSEWAY_FAILPOINT", format!("{}:{}", sabotage.failpoint, sabotage.nth)));
        }
        let bug = vec![("CAUSEWAY_BUG", sabotage.bug.to_owned())];
        let (of_adapter, of_relay) =
            if sabotage.failpoint.starts_with("adapter.") { (point, vec![]) } else { (vec![], point) };
        let relay = Armed::start("causeway-relay", directory.path(), &relay, of_relay, bug);
        let adapter = Armed::start("causeway-adapter", directory.path(), &adapter, of_adapter, vec![]);
        let billing = Billing::connect(format!("127.0.0.1:{adapter_port}").parse().unwrap(), BILLING_TOKEN);
        Ground { sandbox, billing: billing.await, door, relay, adapter, directory }
    }

    /// Asks under the same request id until there is an answer, and looks whether the
    /// answer is on disk.
    pub(super) async fn until<F: Future<Output = Answer>>(
        &self,
        request_id: &str,
        call: impl Fn(Billing) -> F,
    ) -> v1::OperationResult {
        let mut last = String::new();
        for _ in 0..300 {
            match call(self.billing.clone()).await.0 {
                Ok(result) if !matches!(result.outcome(), Outcome::Unknown | Outcome::Pending) => {
                    assert_eq!(self.state(request_id), "FINISHED", "{request_id} was answered: {result:?}");
                    return result;
                }
                Ok(result) => last = format!("{:?}", result.failure),
                Err(status) => {
                    let told = Told::of(&status);
                    let open = told.unreachable || NO_ANSWER.contains(&told.reason.as_str());
                    assert!(open, "{request_id}: {told:?}");
                    last = format!("{told:?}");
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{request_id} was never answered: {last}");
    }

    /// The same, approved: the payment.
    pub(super) async fn approved<F: Future<Output = Answer>>(
        &self,
        request_id: &str,
        call: impl Fn(Billing) -> F,
    ) -> v1::Payment {
        let result = self.until(request_id, call).await;
        assert_eq!(result.outcome(), Outcome::Approved, "{result:#?}");
        result.payment.unwrap()
    }

    /// Runs a job until it has run.
    pub(super) async fn job(&self, job: &str) {
        eventually(job, async || {
            let message = v1::RunJobRequest { job: job.to_owned() };
            self.billing.client.clone().run_job(self.billing.request(message)).await.is_ok()
        })
        .await;
    }

    /// The events behind a sequence, if they can be had.
    pub(super) async fn heard(&self, after: u64) -> Option<Vec<v1::Event>> {
        let request = v1::WatchEventsRequest { after, until_caught_up: true };
        let mut stream = self.billing.client.clone().watch_events(request).await.ok()?.into_inner();
        let mut events = vec![];
        while let Some(told) = stream.message().await.ok()? {
            events.extend(told.event);
        }
        Some(events)
    }

    async fn all_are_posted(&self) -> bool {
        let listed = self.billing.events(0).await;
        let mut posted = self.door.taken_ids();
        posted.dedup();
        posted.iter().eq(listed.iter().map(|event| &event.id))
    }

    /// What was told, without the doubts that were resolved: each once, in order, and the
    /// same to those who watch and those who are posted to.
    pub(super) async fn told(&self) -> Vec<String> {
        let mut told = vec![];
        eventually("events are listed", async || self.heard(0).await.is_some()).await;
        eventually("all events are posted, one after the other", || self.all_are_posted()).await;
        for (event, sequence) in self.billing.events(0).await.iter().zip(1..) {
            assert_eq!(event.sequence, sequence, "events are counted without gaps");
            told.push(crate::stage::news::spoken(event));
        }
        let known =
            |line: &String| !line.starts_with("PAYMENT_UNKNOWN") && !line.starts_with("PAYMENT_RESOLVED");
        let kind = |line: String| line.rsplit_once(' ').map_or(line.clone(), |(kind, _)| kind.to_owned());
        told.into_iter().filter(known).map(kind).collect()
    }

    /// What has happened to money, in order.
    pub(super) fn moved(&self) -> Vec<String> {
        let ledger = self.sandbox.ledger();
        ledger.entries().iter().map(|entry| format!("{:?} {}", entry.effect, entry.amount)).collect()
    }

    /// Money at Stripe that was asked for by a payment which is not in the journal.
    pub(super) fn unknown_to_the_journal(&self) -> Vec<String> {
        let marks = |entry: &Entry| entry.metadata.get("causeway_payment").cloned();
        let mut marked: Vec<_> = self.sandbox.ledger().entries().iter().filter_map(marks).collect();
        marked.retain(|id| self.rows(&format!("payment WHERE id = '{id}'")) == 0);
        marked
    }

    /// How far an operation is in the journal; nothing where it is not there.
    pub(super) fn state(&self, request_id: &str) -> String {
        let sql = "SELECT state FROM operation WHERE request_id = ?";
        let path = self.directory.path().join("relay.db");
        let journal = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let found = journal.and_then(|journal| journal.query_one(sql, [request_id], |row| row.get(0)));
        found.unwrap_or_default()
    }

    /// Rows in a table of the journal.
    pub(super) fn rows(&self, table: &str) -> usize {
        settings::rows(&self.directory.path().join("relay.db"), table)
    }

    /// How often a program died where it was told to.
    pub(super) fn deaths(&self) -> usize {
        self.relay.deaths() + self.adapter.deaths()
    }
}
