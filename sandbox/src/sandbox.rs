//! The handle: starting the sandbox, moving its clock, breaking it, and looking at what it did.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::auth;
use crate::calls::Call;
use crate::clock::{Clock, real_now};
use crate::fault::{Fault, FaultRule, Faults};
use crate::hosted;
use crate::ledger::Ledger;
use crate::lock::lock;
use crate::server;
use crate::settings::{RawCards, Settings, StartError};
use crate::shared::Shared;
use crate::state::World;

/// A running sandbox. It stops when it is dropped, or in good order by [`Sandbox::stop`].
#[derive(Debug)]
pub struct Sandbox {
    addr: SocketAddr,
    shared: Arc<Shared>,
    running: JoinHandle<()>,
    /// Dropping it tells the server and every waiting call to stop.
    stop: watch::Sender<()>,
}

impl Sandbox {
    /// Starts a sandbox in which nothing has happened yet.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let address = settings.listen;
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = watch::channel(());
        let moment = u64::try_from(real_now().as_nanosecond()).unwrap_or_default();
        let shared = Arc::new(Shared {
            clock: Clock::default(),
            world: Mutex::new(World::new(settings.seed.unwrap_or(moment))),
            faults: Mutex::new(Faults::default()),
            calls: Mutex::new(Vec::new()),
            prefix: settings.statement_prefix,
            raw_cards: settings.raw_cards,
            origin: format!("http://{addr}"),
            stopped,
        });
        let running = tokio::spawn(server::run(listener, Arc::clone(&shared)));
        Ok(Self { addr, shared, running, stop })
    }

    /// Where it can be reached, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.shared.origin.clone()
    }

    /// The address on which it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What time the sandbox believes it is.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Moves its time forward. Whatever is due by then happens at once.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
        lock(&self.shared.world).sweep(self.now());
    }

    /// Lets something go wrong with the next call.
    pub fn arm(&self, fault: Fault) {
        self.arm_rule(FaultRule::next_call(fault));
    }

    /// Lets something go wrong with the calls that a rule names.
    pub fn arm_rule(&self, rule: FaultRule) {
        lock(&self.shared.faults).arm(rule);
    }

    /// Takes back all that was armed and has not hit yet.
    pub fn disarm(&self) {
        lock(&self.shared.faults).disarm();
    }

    /// Every effect on money so far.
    pub fn ledger(&self) -> Ledger {
        let mut world = lock(&self.shared.world);
        world.sweep(self.now());
        world.ledger.clone()
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.shared.calls).clone()
    }

    /// The account that a key opens, `acct_…`, or nothing if no account could have such a key.
    pub fn account_of(&self, key: &str) -> Option<String> {
        auth::parse(key).map(|key| key.account)
    }

    /// Makes a key open nothing any more. Its account stays as it is.
    pub fn revoke_key(&self, key: &str) {
        lock(&self.shared.world).revoked.insert(key.to_owned());
    }

    /// Says what happens from now on to the numbers of cards in one account, which is named by its id,
    /// `acct_…`, or by a key that opens it. What is neither names no account, and nothing changes.
    pub fn allow_raw_cards(&self, account_or_key: &str, raw_cards: RawCards) {
        let of_key = || self.account_of(account_or_key);
        let of_id = account_or_key.starts_with("acct_").then(|| account_or_key.to_owned());
        if let Some(account) = of_id.or_else(of_key) {
            lock(&self.shared.world).raw_cards.insert(account, raw_cards);
        }
    }

    /// Lets the customer pass or fail the authentication that a PaymentIntent or a SetupIntent waits for.
    /// Returns whether it waited.
    pub fn authenticate(&self, intent: &str, passes: bool) -> bool {
        hosted::authenticate(&self.shared, intent, passes).is_some()
    }

    /// Stops it, and returns once no call is being served any more.
    pub async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the sandbox did not stop in good order");
        }
    }
}
