//! The stage of the leak test: adapter and relay as processes with the most verbose logs, the
//! sandbox in this process, and all answers to the billing platform.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use causeway::v1::{self, processor_client::ProcessorClient};
use causeway_sandbox::{RawCards, Sandbox};
use tempfile::TempDir;
use tonic::{Request, Response, Status, service::interceptor::InterceptedService, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{
    answers::ReceivedAnswers,
    canary::{Card, Deck, Keys},
    program::Program,
    search::{Found, Search},
    settings,
};
use crate::stage::{Billing, billing::Token, eventually, free_port::free_address, settings::rows};

/// The settings files, which hold the keys.
pub(super) const SETTINGS: [&str; 2] = ["causeway-relay.toml", "causeway-adapter.toml"];

/// The billing platform's client of the adapter.
type Client = ProcessorClient<InterceptedService<Channel, Token>>;

pub(super) struct TestBed {
    pub(super) sandbox: Sandbox,
    pub(super) directory: TempDir,
    pub(super) keys: Keys,
    pub(super) received: ReceivedAnswers,
    relay_settings: String,
    adapter_settings: String,
    relay: Mutex<Option<Program>>,
    adapter: Mutex<Option<Program>>,
    pub(super) relay_address: SocketAddr,
    pub(super) adapter_address: SocketAddr,
    pub(super) events_port: u16,
    billing: Billing,
}

/// One of the two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProgramKind {
    Relay,
    Adapter,
}

impl TestBed {
    /// Opens the stage with logs in the given format.
    pub(super) async fn open(seed: u64, format: &str) -> TestBed {
        let stripe = causeway_sandbox::Settings {
            raw_cards: RawCards::AnyNumber,
            ..causeway_sandbox::Settings::default()
        };
        let sandbox = Sandbox::start(stripe).await.unwrap();
        let keys = Keys::of(seed, settings::COUNT);
        sandbox.allow_raw_cards(settings::key_of(&keys, "refusing"), RawCards::Refused);
        sandbox.allow_raw_cards(settings::key_of(&keys, "declining"), RawCards::TestNumbers);
        sandbox.revoke_key(settings::key_of(&keys, "revoked"));
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path();
        let events_port = free_address().port();
        let relay_settings = settings::relay(folder, &sandbox.url(), &keys, format, events_port);
        let relay = Program::start("causeway-relay", folder, &relay_settings).await;
        let adapter_settings = settings::adapter(folder, relay.address, &keys, format);
        let adapter = Program::start("causeway-adapter", folder, &adapter_settings).await;
        let there = |settings: &str, program: &Program| {
            settings.replace("listen = \"127.0.0.1:0\"", &format!("listen = \"{}\"", program.address))
        };
        TestBed {
            relay_settings: there(&relay_settings, &relay),
            adapter_settings: there(&adapter_settings, &adapter),
            billing: Billing::connect(adapter.address, &keys.billing).await,
            received: ReceivedAnswers::default(),
            relay_address: relay.address,
            adapter_address: adapter.address,
            events_port,
            relay: Mutex::new(Some(relay)),
            adapter: Mutex::new(Some(adapter)),
            sandbox,
            directory,
            keys,
        }
    }

    /// Takes a program out of the stage, to be killed.
    pub(super) fn take(&self, which: ProgramKind) -> Program {
        self.slot(which).lock().unwrap_or_else(PoisonError::into_inner).take().expect("it runs")
    }

    /// Starts a program again at the same address.
    pub(super) async fn start(&self, which: ProgramKind) {
        let (binary, settings) = match which {
            ProgramKind::Relay => ("causeway-relay", &self.relay_settings),
            ProgramKind::Adapter => ("causeway-adapter", &self.adapter_settings),
        };
        let program = Program::start(binary, self.directory.path(), settings).await;
        *self.slot(which).lock().unwrap() = Some(program);
    }

    /// Waits until the adapter has noticed that no relay is reachable.
    pub(super) async fn wait_until_relay_unreachable(&self) {
        let channel =
            Channel::from_shared(format!("http://{}", self.adapter_address)).unwrap().connect_lazy();
        let client = HealthClient::new(channel);
        eventually("the adapter notices", async || {
            let request = HealthCheckRequest { service: String::new() };
            let answer = client.clone().check(request).await;
            answer.is_ok_and(|answer| answer.get_ref().status() == ServingStatus::NotServing)
        })
        .await;
    }

    fn slot(&self, which: ProgramKind) -> &Mutex<Option<Program>> {
        match which {
            ProgramKind::Relay => &self.relay,
            ProgramKind::Adapter => &self.adapter,
        }
    }

    /// A client with all rights.
    pub(super) fn client(&self) -> Client {
        self.billing.client.clone()
    }

    /// A client that shows a token.
    pub(super) async fn client_with(&self, token: &str) -> Client {
        Billing::connect(self.adapter_address, token).await.client
    }

    /// Authorizes; returns the answer in a word: "APPROVED", "CARD_EXPIRED".
    pub(super) async fn authorize(&self, order: v1::AuthorizeRequest) -> String {
        let id = order.request_id.clone();
        let answer = self.client().authorize(with_long_deadline(order)).await;
        self.received.authorized(&id, answer)
    }

    /// Tokenizes; returns the answer in a word.
    pub(super) async fn tokenize(&self, order: v1::TokenizeRequest) -> String {
        let id = order.request_id.clone();
        let answer = self.client().tokenize(with_long_deadline(order)).await;
        self.received.tokenized(&id, answer)
    }

    /// Waits until Stripe has received one more POST call at a path than before.
    pub(super) async fn wait_for_stripe_post(&self, path: &str, before: usize) {
        eventually("Stripe is asked", async || self.stripe_posts(path) > before).await;
        // The sandbox has the call; the pause lets the call reach the fault.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    pub(super) fn stripe_posts(&self, path: &str) -> usize {
        self.sandbox.calls().iter().filter(|call| call.method == "POST" && call.path == path).count()
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.directory.path().join("relay.db")
    }

    /// Rows in a table of the journal.
    pub(super) fn rows(&self, table: &str) -> usize {
        rows(&self.journal(), table)
    }

    /// A search for all texts that must not leak.
    pub(super) fn search(&self, deck: &Deck, more: &[Card], others: &[(String, String)]) -> Search {
        Search::of(&[&deck.all, more].concat(), &self.keys, others)
    }

    /// Searches the folder, the answers to the billing platform, and the calls
    /// and answers of Stripe.
    pub(super) fn searched_with(&self, search: &Search) -> Found {
        let mut found = Found::default();
        search.folder(self.directory.path(), &SETTINGS, &mut found);
        search.bytes("what billing was told", &self.received.bytes(), &mut found);
        let mut calls = vec![];
        for call in self.sandbox.calls() {
            calls
                .extend(format!("{} {}?{} {:?}\n", call.method, call.path, call.query, call.headers).bytes());
            calls.extend(call.body);
            calls.push(b'\n');
            calls.extend(call.answer.map(|answer| answer.body).unwrap_or_default());
            calls.push(b'\n');
        }
        search.bytes("the sandbox's log of calls", &calls, &mut found);
        found
    }
}

/// A request with a long deadline.
pub(super) fn with_long_deadline<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(Duration::from_secs(60));
    request
}

/// The result of a call.
pub(super) type CallResult<T> = Result<Response<T>, Status>;
