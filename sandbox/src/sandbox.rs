//! The handle: starting the sandbox, moving its clock, breaking it, and looking at what it did.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::calls::Call;
use crate::clock::{Clock, real_now};
use crate::control::Refused;
use crate::fault::{ArmedRule, Fault, FaultRule, Faults};
use crate::hosted;
use crate::ledger::Ledger;
use crate::lock::lock;
use crate::newest::Newest;
use crate::server;
use crate::settings::{RawCards, Settings, StartError};
use crate::shared::Shared;
use crate::state::World;
use crate::webhooks::courier;
use crate::webhooks::post::Post;

/// A running sandbox. It stops when it is dropped, or in good order by [`Sandbox::stop`].
pub struct Sandbox {
    addr: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    running: JoinHandle<()>,
    /// Dropping it tells the server and every waiting call to stop.
    stop: watch::Sender<()>,
}

/// What is inside is nobody's business: keys, secrets of intents and of endpoints.
impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("addr", &self.addr).finish_non_exhaustive()
    }
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
        let seed = settings.seed.unwrap_or(moment);
        let post = Arc::new(Post::new(seed, settings.deliveries_kept));
        let shared = Arc::new(Shared {
            clock: Clock::default(),
            world: Mutex::new(World::new(seed, Arc::clone(&post))),
            post,
            faults: Mutex::new(Faults::seeded(seed)),
            calls: Mutex::new(Newest::of(settings.calls_kept)),
            prefix: settings.statement_prefix,
            raw_cards: settings.raw_cards,
            search_lag: AtomicI64::new(0),
            origin: format!("http://{addr}"),
            stopped,
        });
        let serving = server::run(listener, Arc::clone(&shared));
        let delivering = courier::run(Arc::clone(&shared));
        let running = tokio::spawn(async move {
            tokio::join!(serving, delivering);
        });
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
        self.shared.advance(by);
    }

    /// Moves its time forward to a moment in unix seconds, which must not be over.
    pub fn advance_to(&self, moment: i64) -> Result<(), Refused> {
        self.shared.advance_to(moment)
    }

    /// Lets something go wrong with the next call.
    pub fn arm(&self, fault: Fault) {
        self.arm_rule(FaultRule::next_call(fault));
    }

    /// Lets something go wrong with the calls that a rule names. A rule for an account that there cannot be
    /// would never hit, so it is not armed.
    pub fn arm_rule(&self, rule: FaultRule) {
        if let Err(error) = self.shared.arm(rule) {
            tracing::error!(%error, "a rule was not armed");
        }
    }

    /// The rules that can still hit, with how often each has.
    pub fn armed(&self) -> Vec<ArmedRule> {
        lock(&self.shared.faults).armed().to_vec()
    }

    /// How often each kind of fault has hit so far.
    pub fn fault_hits(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.shared.faults).hits().clone()
    }

    /// Takes back all that was armed and has not hit yet.
    pub fn disarm(&self) {
        lock(&self.shared.faults).disarm();
    }

    /// Every effect on money so far.
    pub fn ledger(&self) -> Ledger {
        self.shared.ledger()
    }

    /// The newest calls, as many as the settings keep.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.shared.calls).kept()
    }

    /// How many calls there were.
    pub fn calls_made(&self) -> usize {
        lock(&self.shared.calls).made()
    }

    /// The account that a key opens, `acct_…`, or nothing if no account could have such a key.
    pub fn account_of(&self, key: &str) -> Option<String> {
        self.shared.key_named(key).ok().map(|key| key.side.account)
    }

    /// Makes a key open an account, which is named by its id, `acct_…`, or by another key that opens it.
    pub fn assign_key(&self, key: &str, account_or_key: &str) -> Result<(), Refused> {
        self.shared.assign_key(key, account_or_key)
    }

    /// Says what a restricted key may do, and that it may do nothing else: `customers` to `read`.
    pub fn permit_key(&self, key: &str, permissions: &BTreeMap<String, String>) -> Result<(), Refused> {
        self.shared.permit_key(key, permissions)
    }

    /// Makes a key open nothing any more. Its account stays as it is.
    pub fn revoke_key(&self, key: &str) {
        self.shared.revoke_key(key);
    }

    /// Says what happens from now on to the numbers of cards in one account, which is named by its id,
    /// `acct_…`, or by a key that opens it. What is neither names no account, and nothing changes.
    pub fn allow_raw_cards(&self, account_or_key: &str, raw_cards: RawCards) {
        if let Err(error) = self.shared.allow_raw_cards(account_or_key, raw_cards) {
            tracing::error!(%error, "nothing was said about the numbers of cards");
        }
    }

    /// Lets the customer pass or fail the authentication that a PaymentIntent or a SetupIntent waits for.
    /// Returns whether it waited.
    pub fn authenticate(&self, intent: &str, passes: bool) -> bool {
        hosted::authenticate(&self.shared, intent, passes).is_some()
    }

    /// Says how long an object cannot be found by searching after it was made.
    pub fn set_search_lag(&self, lag: Duration) {
        self.shared.set_search_lag(lag);
    }

    /// Stops it, and returns once no call is being served any more.
    pub async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the sandbox did not stop in good order");
        }
    }
}
