//! Relay and adapter as processes with failpoints and seeded bugs, between a sandbox and a billing that
//! repeats each request until the answer.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use causeway::{
    status::RefusalDetails,
    v1::{self, Outcome},
};
use causeway_sandbox::{Entry, RawCards, Sandbox};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::super::event_posting::{EventReceiver, posting_settings};
use crate::stage::{
    Answer, Billing,
    events::{ENDPOINT, register_endpoint, with_webhook_endpoint},
    eventually,
    failpoint_process::FailpointProcess,
    settings::{self, ACME_KEY, ACME_SECRET, BILLING_TOKEN},
};

/// Failpoint, number of the pass at which the process dies, and seeded bug; "" for none.
#[derive(Debug)]
pub(super) struct FaultInjection {
    pub(super) failpoint: &'static str,
    pub(super) nth: u32,
    pub(super) bug: &'static str,
}

pub(super) struct TestBed {
    pub(super) sandbox: Sandbox,
    pub(super) billing: Billing,
    pub(super) event_receiver: EventReceiver,
    pub(super) relay: FailpointProcess,
    pub(super) adapter: FailpointProcess,
    directory: TempDir,
}

/// Reasons after which billing repeats the request: the answer leaves open whether the effect happened.
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

/// A port below the range from which the machine takes ports for connections, so the port stays free while
/// the listener is dead.
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

impl TestBed {
    pub(super) async fn open(injection: &FaultInjection) -> TestBed {
        let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
        sandbox.allow_raw_cards(ACME_KEY, RawCards::TestNumbers);
        let directory = tempfile::tempdir().unwrap();
        let [relay_port, adapter_port, hook_port] = [own_port(), own_port(), own_port()];
        let url = format!("http://127.0.0.1:{hook_port}/webhooks/{ENDPOINT}");
        let webhook = register_endpoint(&sandbox, ACME_KEY, &url).await;
        let listens = |text: &str, port: u16| text.replace("127.0.0.1:0", &format!("127.0.0.1:{port}"));
        let relay = settings::relay(&directory.path().join("relay.db"), &sandbox.url())
            .replace("setups_seconds = 0", "setups_seconds = 1")
            .replace("recovery_seconds = 0", "recovery_seconds = 1")
            .replace("timeout_seconds = 5", "timeout_seconds = 5\nmax_network_retries = 1\nrenew_hold_hours = 168\ncard_data_mode = \"full_card\"");
        let relay = listens(&with_webhook_endpoint(&relay, hook_port, &webhook), relay_port);
        let event_receiver = EventReceiver::open().await;
        let address = format!("127.0.0.1:{relay_port}").parse().unwrap();
        let adapter = settings::adapter(&[address], "acme-1", ACME_SECRET)
            + &posting_settings(&event_receiver.url, &directory.path().join("events.cursor"));
        let adapter = listens(&adapter, adapter_port);
        let mut environment = vec![];
        if !injection.failpoint.is_empty() {
            environment.push(("CAUSEWAY_FAILPOINT", format!("{}:{}", injection.failpoint, injection.nth)));
        }
        let bug = vec![("CAUSEWAY_BUG", injection.bug.to_owned())];
        let (adapter_environment, relay_environment) = if injection.failpoint.starts_with("adapter.") {
            (environment, vec![])
        } else {
            (vec![], environment)
        };
        let relay =
            FailpointProcess::start("causeway-relay", directory.path(), &relay, relay_environment, bug);
        let adapter = FailpointProcess::start(
            "causeway-adapter",
            directory.path(),
            &adapter,
            adapter_environment,
            vec![],
        );
        let billing = Billing::connect(format!("127.0.0.1:{adapter_port}").parse().unwrap(), BILLING_TOKEN);
        TestBed { sandbox, billing: billing.await, event_receiver, relay, adapter, directory }
    }

    /// Repeats a call under the same request id until there is an answer, and checks that the answer
    /// is in the journal.
    pub(super) async fn repeat_until_answered<F: Future<Output = Answer>>(
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
                    let refusal = RefusalDetails::of(&status);
                    let open = refusal.unreachable || NO_ANSWER.contains(&refusal.reason.as_str());
                    assert!(open, "{request_id}: {refusal:?}");
                    last = format!("{refusal:?}");
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{request_id} was never answered: {last}");
    }

    /// As `repeat_until_answered`, with an approved outcome; returns the payment.
    pub(super) async fn approved<F: Future<Output = Answer>>(
        &self,
        request_id: &str,
        call: impl Fn(Billing) -> F,
    ) -> v1::Payment {
        let result = self.repeat_until_answered(request_id, call).await;
        assert_eq!(result.outcome(), Outcome::Approved, "{result:#?}");
        result.payment.unwrap()
    }

    /// Calls RunJob until the job has run.
    pub(super) async fn job(&self, job: &str) {
        eventually(job, async || {
            let message = v1::RunJobRequest { job: job.to_owned() };
            self.billing.client.clone().run_job(self.billing.request(message)).await.is_ok()
        })
        .await;
    }

    /// The events after a sequence; `None` when the call fails.
    pub(super) async fn received(&self, after: u64) -> Option<Vec<v1::Event>> {
        let request = v1::WatchEventsRequest { after, until_caught_up: true };
        let mut stream = self.billing.client.clone().watch_events(request).await.ok()?.into_inner();
        let mut events = vec![];
        while let Some(response) = stream.message().await.ok()? {
            events.extend(response.event);
        }
        Some(events)
    }

    async fn all_are_posted(&self) -> bool {
        let listed = self.billing.events(0).await;
        let mut posted = self.event_receiver.accepted_ids();
        posted.dedup();
        posted.iter().eq(listed.iter().map(|event| &event.id))
    }

    /// The kinds of the events without PAYMENT_UNKNOWN and PAYMENT_RESOLVED, each once and in order; the
    /// stream and the posts deliver the same events.
    pub(super) async fn event_lines(&self) -> Vec<String> {
        let mut lines = vec![];
        eventually("events are listed", async || self.received(0).await.is_some()).await;
        eventually("all events are posted, one after the other", || self.all_are_posted()).await;
        for (event, sequence) in self.billing.events(0).await.iter().zip(1..) {
            assert_eq!(event.sequence, sequence, "events are counted without gaps");
            lines.push(crate::stage::events::event_line(event));
        }
        let known =
            |line: &String| !line.starts_with("PAYMENT_UNKNOWN") && !line.starts_with("PAYMENT_RESOLVED");
        let kind = |line: String| line.rsplit_once(' ').map_or(line.clone(), |(kind, _)| kind.to_owned());
        lines.into_iter().filter(known).map(kind).collect()
    }

    /// Effects on money in the sandbox's ledger, in order.
    pub(super) fn money_effects(&self) -> Vec<String> {
        let ledger = self.sandbox.ledger();
        ledger.entries().iter().map(|entry| format!("{:?} {}", entry.effect, entry.amount)).collect()
    }

    /// Payment ids in the metadata at Stripe that are missing in the journal.
    pub(super) fn unknown_to_the_journal(&self) -> Vec<String> {
        let correlation_id = |entry: &Entry| entry.metadata.get("causeway_payment").cloned();
        let mut payment_ids: Vec<_> =
            self.sandbox.ledger().entries().iter().filter_map(correlation_id).collect();
        payment_ids.retain(|id| self.rows(&format!("payment WHERE id = '{id}'")) == 0);
        payment_ids
    }

    /// State of an operation in the journal; empty when the row is missing.
    pub(super) fn state(&self, request_id: &str) -> String {
        let sql = "SELECT state FROM operation WHERE request_id = ?";
        let path = self.directory.path().join("relay.db");
        let journal = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let found = journal.and_then(|journal| journal.query_one(sql, [request_id], |row| row.get(0)));
        found.unwrap_or_default()
    }

    /// Number of rows in a table of the journal.
    pub(super) fn rows(&self, table: &str) -> usize {
        settings::rows(&self.directory.path().join("relay.db"), table)
    }

    /// How often a program died at the failpoint.
    pub(super) fn deaths(&self) -> usize {
        self.relay.deaths() + self.adapter.deaths()
    }
}
