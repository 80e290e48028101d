//! The handle: starts the sandbox, moves the clock, arms faults, and reads the log and the ledger.

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

use crate::bank_page;
use crate::bounded_log::{BoundedLog, LogLimits};
use crate::calls::{Call, LoggedCall};
use crate::clock::{Clock, real_now};
use crate::control::Refusal;
use crate::fault::{ArmedRule, Fault, FaultRule, Faults};
use crate::ledger::Ledger;
use crate::lock::lock;
use crate::objects::payment_intent::StripesReason;
use crate::server;
use crate::settings::{RawCards, Settings, StartError};
use crate::shared::Shared;
use crate::state::SandboxState;
use crate::state_lock::LockedState;
use crate::storage::batch::Timing;
use crate::storage::store::Store;
use crate::webhooks::delivery_queue::DeliveryQueue;
use crate::webhooks::dispatcher;

/// A running sandbox. Dropping the handle stops the sandbox; [`Sandbox::stop`] also waits for the calls
/// in flight.
pub struct Sandbox {
    addr: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    running: JoinHandle<()>,
    /// Dropping the sender stops the server and every waiting call.
    stop: watch::Sender<()>,
}

/// Prints the address only, because the state contains keys and secrets of intents and endpoints.
impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts a sandbox, with an empty state or with the state of the directory in the settings.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let address = settings.listen;
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = watch::channel(());
        let moment = u64::try_from(real_now().as_nanosecond()).unwrap_or_default();
        let seed = settings.seed.unwrap_or(moment);
        let deliveries_kept =
            LogLimits { entries: settings.deliveries_kept, bytes: settings.deliveries_kept_bytes };
        let calls_kept = LogLimits { entries: settings.calls_kept, bytes: settings.calls_kept_bytes };
        let delivery_queue = Arc::new(DeliveryQueue::new(seed, deliveries_kept));
        if settings.deliveries_wait {
            delivery_queue.pause();
        }
        let new = settings.starts_at.map(Clock::starting_at).unwrap_or_default();
        let timing = Timing { clock_offset: new.offset(), search_lag: 0 };
        let mut state = SandboxState::new(seed, Arc::clone(&delivery_queue));
        let opened = settings.state.map(|path| Store::open(&path, &mut state, timing)).transpose()?;
        let (store, timing) = opened.map_or((None, timing), |(store, timing)| (Some(store), timing));
        let clock = Arc::new(Clock::with_offset(timing.clock_offset));
        let search_lag = Arc::new(AtomicI64::new(timing.search_lag));
        let shared = Arc::new(Shared {
            state: LockedState::new(state, store, Arc::clone(&clock), Arc::clone(&search_lag)),
            clock,
            delivery_queue,
            faults: Mutex::new(Faults::seeded(seed)),
            calls: Mutex::new(BoundedLog::with_limits(calls_kept)),
            prefix: settings.statement_prefix,
            raw_cards: settings.raw_cards,
            search_lag,
            origin: format!("http://{addr}"),
            stopped,
        });
        let serving = server::run(listener, Arc::clone(&shared));
        let delivering = dispatcher::run(Arc::clone(&shared));
        let running = tokio::spawn(async move {
            tokio::join!(serving, delivering);
        });
        Ok(Self { addr, shared, running, stop })
    }

    /// The base URL of the sandbox, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.shared.origin.clone()
    }

    /// The address of the listener.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The current moment of the sandbox's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Moves the clock forward. All work that is due by then is done at once.
    pub fn advance(&self, by: Duration) {
        self.shared.advance(by);
    }

    /// Moves the clock forward to a moment in unix seconds. A moment in the past is refused.
    pub fn advance_to(&self, moment: i64) -> Result<(), Refusal> {
        self.shared.advance_to(moment)
    }

    /// Arms a fault for the next call.
    pub fn arm(&self, fault: Fault) {
        self.arm_rule(FaultRule::next_call(fault));
    }

    /// Arms a fault for the calls that a rule names. A rule for an impossible account would never hit,
    /// and is not armed.
    pub fn arm_rule(&self, rule: FaultRule) {
        if let Err(error) = self.shared.arm(rule) {
            tracing::error!(%error, "a rule was not armed");
        }
    }

    /// The rules that can still hit a call, each with the number of hits.
    pub fn armed(&self) -> Vec<ArmedRule> {
        lock(&self.shared.faults).armed().to_vec()
    }

    /// The number of hits so far, by kind of fault.
    pub fn fault_hits(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.shared.faults).hits().clone()
    }

    /// Removes all rules that are still armed.
    pub fn disarm(&self) {
        lock(&self.shared.faults).disarm();
    }

    /// A copy of the ledger with every effect on money so far.
    pub fn ledger(&self) -> Ledger {
        self.shared.ledger()
    }

    /// The newest calls, up to the number in the settings.
    pub fn calls(&self) -> Vec<Call> {
        let logged = lock(&self.shared.calls).entries();
        logged.iter().map(LoggedCall::call).collect()
    }

    /// The number of calls since the start.
    pub fn calls_made(&self) -> usize {
        lock(&self.shared.calls).total()
    }

    /// The account of a key, `acct_…`. None if no account can have such a key.
    pub fn account_of(&self, key: &str) -> Option<String> {
        self.shared.key_named(key).ok().map(|key| key.mode.account)
    }

    /// Assigns a key to an account. The account is named by id, `acct_…`, or by another key of the
    /// account.
    pub fn assign_key(&self, key: &str, account_or_key: &str) -> Result<(), Refusal> {
        self.shared.assign_key(key, account_or_key)
    }

    /// Sets the permissions of a restricted key, for example `customers` to `read`. All other access is
    /// denied.
    pub fn permit_key(&self, key: &str, permissions: &BTreeMap<String, String>) -> Result<(), Refusal> {
        self.shared.permit_key(key, permissions)
    }

    /// Revokes a key. The account of the key stays unchanged.
    pub fn revoke_key(&self, key: &str) {
        self.shared.revoke_key(key);
    }

    /// Lets a key expire at a moment in unix seconds. The account of the key stays unchanged.
    pub fn expire_key(&self, key: &str, at: i64) {
        self.shared.expire_key(key, at);
    }

    /// Sets the treatment of card numbers in one account from now on. The account is named by id,
    /// `acct_…`, or by a key of the account. Any other text names no account, and no setting changes.
    pub fn allow_raw_cards(&self, account_or_key: &str, raw_cards: RawCards) {
        if let Err(error) = self.shared.allow_raw_cards(account_or_key, raw_cards) {
            tracing::error!(%error, "nothing was said about the numbers of cards");
        }
    }

    /// Enables wallets in one account (`klarna`, `paypal`, `link`), and disables all others. The account is named
    /// by id, `acct_…`, or by a key of the account.
    pub fn enable_wallets(&self, account_or_key: &str, wallets: &[&str]) -> Result<(), Refusal> {
        self.shared.enable_wallets(account_or_key, wallets).map(|_account| ())
    }

    /// Passes or fails the authentication that a PaymentIntent or a SetupIntent waits for. Returns
    /// whether the intent waited for an authentication.
    pub fn authenticate(&self, intent: &str, passes: bool) -> bool {
        bank_page::authenticate(&self.shared, intent, passes).is_some()
    }

    /// Cancels a PaymentIntent as Stripe does by itself, with `cancellation_reason` `automatic`. Returns whether
    /// the PaymentIntent could be canceled.
    pub fn cancel_by_stripe(&self, payment_intent: &str) -> bool {
        self.shared.cancel_by_stripe(payment_intent, StripesReason::Automatic).is_some()
    }

    /// Lets a bank decide a dispute, also after another decision. Returns whether that changed the dispute.
    pub fn decide_dispute(&self, dispute: &str, won: bool) -> bool {
        self.shared.decide_dispute(dispute, won).is_some()
    }

    /// Sets the delay after which a new object can be found by a search.
    pub fn set_search_lag(&self, lag: Duration) {
        self.shared.set_search_lag(lag);
    }

    /// Stops the sandbox, and returns once no call is in flight.
    pub async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the sandbox did not stop in good order");
        }
        self.shared.state.close().await;
    }
}
