//! The whole state of the sandbox: the accounts, each separate from the others, and one ledger for all
//! accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::AccountMode;
use crate::access::keyring::Keyring;
use crate::clock::Clock;
use crate::collection::Collection;
use crate::events::{Cause, Event};
use crate::idempotency::IdempotencyKeys;
use crate::ids::Ids;
use crate::ledger::{Effect, Entry, Ledger};
use crate::metadata::Metadata;
use crate::objects::account::AccountSettings;
use crate::objects::balance::Balance;
use crate::objects::balance_transaction::BalanceTransaction;
use crate::objects::bank_account::bank_account;
use crate::objects::charge::Charge;
use crate::objects::confirmation_token::ConfirmationToken;
use crate::objects::customer::Customer;
use crate::objects::dispute::Dispute;
use crate::objects::early_fraud_warning::EarlyFraudWarning;
use crate::objects::mandate::Mandate;
use crate::objects::payment_intent::PaymentIntent;
use crate::objects::payment_method::PaymentMethod;
use crate::objects::payment_method_domain::PaymentMethodDomain;
use crate::objects::payout::Payout;
use crate::objects::refund::Refund;
use crate::objects::review::Review;
use crate::objects::setup_attempt::SetupAttempt;
use crate::objects::setup_intent::SetupIntent;
use crate::objects::thin_event::ThinEvent;
use crate::objects::token::Token;
use crate::objects::wallet::EnabledWallets;
use crate::objects::webhook_endpoint::WebhookEndpoint;
use crate::objects::{Object, RenderContext};
use crate::schedule::Schedule;
use crate::settings::RawCards;
use crate::storage::collect::Recording;
use crate::webhooks::delivery_queue::DeliveryQueue;
use crate::webhooks::outbox::Outbox;

/// The whole state of one sandbox.
#[derive(Debug)]
pub(crate) struct SandboxState {
    /// The accounts, with test mode and live mode apart.
    pub(crate) accounts: BTreeMap<AccountMode, Account>,
    /// The effects on money.
    pub(crate) ledger: Ledger,
    /// The assigned, restricted and revoked keys.
    pub(crate) keyring: Keyring,
    /// The treatment of card numbers, for accounts with a specific setting.
    pub(crate) raw_cards: BTreeMap<String, RawCards>,
    /// The wallets that accounts have enabled.
    pub(crate) wallets: BTreeMap<String, EnabledWallets>,
    /// The generator of ids.
    pub(crate) ids: Ids,
    /// The latest moment of any work so far.
    pub(crate) latest: Timestamp,
    /// The queue of deliveries to webhook endpoints.
    pub(crate) delivery_queue: Arc<DeliveryQueue>,
    /// The changes since the last stored batch, for a sandbox that keeps its state in a directory.
    pub(crate) recording: Option<Recording>,
}

/// One mode of an account, test mode or live mode, with all objects.
#[derive(Debug)]
pub(crate) struct Account {
    /// The account id and the mode.
    pub(crate) mode: AccountMode,
    /// The settings of the account; empty as long as no setting was changed.
    pub(crate) account_settings: Collection<AccountSettings>,
    pub(crate) payment_intents: Collection<PaymentIntent>,
    pub(crate) charges: Collection<Charge>,
    pub(crate) refunds: Collection<Refund>,
    pub(crate) disputes: Collection<Dispute>,
    pub(crate) balance_transactions: Collection<BalanceTransaction>,
    pub(crate) payment_method_domains: Collection<PaymentMethodDomain>,
    /// The balance as the latest event about the balance showed the balance.
    pub(crate) balances: Collection<Balance>,
    pub(crate) payouts: Collection<Payout>,
    pub(crate) reviews: Collection<Review>,
    pub(crate) early_fraud_warnings: Collection<EarlyFraudWarning>,
    pub(crate) payment_methods: Collection<PaymentMethod>,
    pub(crate) customers: Collection<Customer>,
    pub(crate) setup_intents: Collection<SetupIntent>,
    pub(crate) setup_attempts: Collection<SetupAttempt>,
    pub(crate) mandates: Collection<Mandate>,
    pub(crate) tokens: Collection<Token>,
    pub(crate) confirmation_tokens: Collection<ConfirmationToken>,
    pub(crate) events: Collection<Event>,
    pub(crate) thin_events: Collection<ThinEvent>,
    pub(crate) webhook_endpoints: Collection<WebhookEndpoint>,
    /// The events that wait for delivery to endpoints.
    pub(crate) outbox: Outbox,
    /// The idempotency keys of the account.
    pub(crate) idempotency_keys: IdempotencyKeys,
    /// The scheduled work of the account.
    pub(crate) schedule: Schedule,
}

/// Work that is done when a moment has come, without a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScheduledWork {
    /// The hold of this PaymentIntent ends.
    HoldEnds(String),
    /// The bank decides about this refund.
    RefundDecided(String),
    /// The balance transaction of this charge becomes known.
    ChargeSettles(String),
    /// The bank pays this PaymentIntent's debit or returns the debit.
    DebitDecided(String),
    /// The bank decides about this dispute.
    DisputeDecided(String),
    /// The time for the customer to agree on the page of a wallet is over: the PaymentIntent, and the number of
    /// the confirmation that sent the customer there.
    AgreementLapses(String, u32),
    /// The time to answer this dispute is over.
    DisputeLapses(String),
    /// Pending money of the balance becomes available.
    BalanceAvailable,
    /// This payout is sent to the bank.
    PayoutSent(String),
    /// This payout arrives at the bank account.
    PayoutArrives(String),
    /// The balance transactions of this automatic payout can be listed.
    PayoutReconciled(String),
    /// The available balance is paid out, if the account's schedule says so.
    PayoutsDue,
}

/// The context of a call or of scheduled work: a borrowed account, and the other state that endpoints
/// need.
pub(crate) struct WorkContext<'a> {
    /// The account that the work changes.
    pub(crate) account: &'a mut Account,
    /// The ledger of all accounts.
    pub(crate) ledger: &'a mut Ledger,
    /// The generator of ids.
    pub(crate) ids: &'a mut Ids,
    /// The current moment of the work.
    pub(crate) now: Timestamp,
    /// Id of the request that is served, `req_…`; scheduled work has none.
    pub(crate) request_id: Option<&'a str>,
    /// The idempotency key of the request; the sandbox generates a key if the caller sent none.
    pub(crate) request_key: Option<&'a str>,
    /// The idempotency key that the caller sent.
    pub(crate) key: Option<&'a str>,
    /// The request that events name as the cause, if any.
    pub(crate) cause: Option<Arc<Cause>>,
    /// The base URL of the sandbox, for the pages that customers are sent to.
    pub(crate) origin: &'a str,
    /// The prefix of the account's statement descriptors.
    pub(crate) prefix: &'a str,
}

impl SandboxState {
    /// A state without accounts and effects.
    pub(crate) fn new(seed: u64, delivery_queue: Arc<DeliveryQueue>) -> Self {
        Self {
            accounts: BTreeMap::new(),
            ledger: Ledger::default(),
            keyring: Keyring::default(),
            raw_cards: BTreeMap::new(),
            wallets: BTreeMap::new(),
            ids: Ids::seeded(seed),
            latest: Timestamp::MIN,
            delivery_queue,
            recording: None,
        }
    }

    /// The current moment, which never goes back, so that a later object always has a later time of
    /// creation.
    pub(crate) fn current_time(&mut self, clock: &Clock) -> Timestamp {
        self.latest = self.latest.max(clock.now());
        self.latest
    }

    /// One mode of an account, created on the first access.
    pub(crate) fn account(&mut self, mode: &AccountMode) -> &mut Account {
        self.open(mode).0
    }

    /// One mode of an account, with the ledger and the ids.
    pub(crate) fn open(&mut self, mode: &AccountMode) -> (&mut Account, &mut Ledger, &mut Ids) {
        let fresh = || {
            let mut account = Account::new(mode.clone(), &self.delivery_queue);
            if let Some(recording) = &self.recording {
                recording.record_account(&mut account);
            }
            account
        };
        let account = self.accounts.entry(mode.clone()).or_insert_with(fresh);
        (account, &mut self.ledger, &mut self.ids)
    }

    /// The account and the mode to which a condition applies, for objects that are named by an id only.
    pub(crate) fn owner_of(&self, owns: impl Fn(&Account) -> bool) -> Option<AccountMode> {
        self.accounts.values().find(|account| owns(account)).map(|account| account.mode.clone())
    }

    /// A snapshot of a webhook endpoint.
    pub(crate) fn endpoint(&self, mode: &AccountMode, id: &str) -> Option<Arc<WebhookEndpoint>> {
        self.accounts.get(mode)?.webhook_endpoints.snapshot(id)
    }
}

impl Account {
    fn new(mode: AccountMode, delivery_queue: &Arc<DeliveryQueue>) -> Self {
        let outbox = Outbox::new(mode.clone(), Arc::clone(delivery_queue));
        Self {
            mode,
            account_settings: Collection::default(),
            payment_intents: Collection::default(),
            charges: Collection::default(),
            refunds: Collection::default(),
            disputes: Collection::default(),
            balance_transactions: Collection::default(),
            payment_method_domains: Collection::default(),
            balances: Collection::default(),
            payouts: Collection::default(),
            reviews: Collection::default(),
            early_fraud_warnings: Collection::default(),
            payment_methods: Collection::default(),
            customers: Collection::default(),
            setup_intents: Collection::default(),
            setup_attempts: Collection::default(),
            mandates: Collection::default(),
            tokens: Collection::default(),
            confirmation_tokens: Collection::default(),
            events: Collection::default(),
            thin_events: Collection::default(),
            webhook_endpoints: Collection::default(),
            outbox,
            idempotency_keys: IdempotencyKeys::default(),
            schedule: Schedule::default(),
        }
    }

    /// The settings of the account, or the settings of a new account.
    pub(crate) fn settings(&self) -> Arc<AccountSettings> {
        let changed = self.account_settings.snapshot(&self.mode.account);
        changed.unwrap_or_else(|| Arc::new(AccountSettings::of_new(&self.mode)))
    }

    /// The JSON of the object with an id, of any kind.
    pub(crate) fn show(&self, id: &str, context: RenderContext) -> Option<Value> {
        let (prefix, _) = id.split_once('_')?;
        match prefix {
            "pi" => self.payment_intents.get(id).map(|found| found.show(context)),
            "ch" | "py" => self.charges.get(id).map(|found| found.show(context)),
            "re" | "pyr" => self.refunds.get(id).map(|found| found.show(context)),
            "du" => self.disputes.get(id).map(|found| found.show(context)),
            "txn" => self.balance_transactions.get(id).map(|found| found.show(context)),
            "po" => self.payouts.get(id).map(|found| found.show(context)),
            "prv" => self.reviews.get(id).map(|found| found.show(context)),
            "issfr" => self.early_fraud_warnings.get(id).map(|found| found.show(context)),
            "ba" => Some(self.settings())
                .filter(|settings| settings.bank_account_id() == id)
                .map(|settings| bank_account(&settings)),
            "pm" => self.payment_methods.get(id).map(|found| found.show(context)),
            "seti" => self.setup_intents.get(id).map(|found| found.show(context)),
            "setatt" => self.setup_attempts.get(id).map(|found| found.show(context)),
            "mandate" => self.mandates.get(id).map(|found| found.show(context)),
            "cus" => self.customers.get(id).map(|found| found.show(context)),
            _ => None,
        }
    }

    /// Queues an event for the endpoints that subscribe to the event's type.
    pub(crate) fn enqueue(&mut self, event: &Arc<Event>) {
        self.outbox.enqueue(event, &self.webhook_endpoints);
        if let Some((at, _)) = self.schedule.first() {
            self.outbox.wake_by(*at, &self.webhook_endpoints);
        }
    }

    /// Whether the account has any webhook endpoint.
    pub(crate) fn has_endpoints(&self) -> bool {
        self.webhook_endpoints.newest_first().next().is_some()
    }
}

impl WorkContext<'_> {
    /// The current moment in unix seconds.
    pub(crate) fn unix_seconds(&self) -> i64 {
        self.now.as_second()
    }

    /// The mode and the moment for the JSON of objects.
    pub(crate) fn render_context(&self) -> RenderContext {
        RenderContext { livemode: self.account.mode.livemode, now: self.unix_seconds() }
    }

    /// Writes an effect on a PaymentIntent into the ledger. An amount of zero is not written.
    pub(crate) fn record(
        &mut self,
        effect: Effect,
        amount: u64,
        intent: &PaymentIntent,
        metadata: &Metadata,
    ) {
        if amount == 0 {
            return;
        }
        self.ledger.write(Entry {
            effect,
            amount,
            currency: intent.terms.currency.clone(),
            account: self.account.mode.account.clone(),
            payment_intent: intent.id.clone(),
            idempotency_key: self.key.map(str::to_owned),
            metadata: metadata.clone(),
            at: self.now,
        });
    }

    /// Schedules work after some seconds.
    pub(crate) fn schedule_in(&mut self, seconds: i64, work: ScheduledWork) {
        self.schedule_at(self.unix_seconds().saturating_add(seconds), work);
    }

    /// Schedules work for a moment in unix seconds.
    pub(crate) fn schedule_at(&mut self, moment: i64, work: ScheduledWork) {
        self.account.schedule.insert((moment, work));
        self.account.outbox.wake_by(moment, &self.account.webhook_endpoints);
    }
}
