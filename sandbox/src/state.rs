//! All that the sandbox remembers: the accounts, each apart from the others, and the ledger over all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::access::Side;
use crate::access::keyring::Keyring;
use crate::clock::Clock;
use crate::events::{Cause, Event};
use crate::idempotency::Keys;
use crate::ids::Ids;
use crate::ledger::{Effect, Entry, Ledger};
use crate::metadata::Metadata;
use crate::objects::balance_transaction::BalanceTransaction;
use crate::objects::charge::Charge;
use crate::objects::customer::Customer;
use crate::objects::dispute::Dispute;
use crate::objects::mandate::Mandate;
use crate::objects::payment_intent::PaymentIntent;
use crate::objects::payment_method::PaymentMethod;
use crate::objects::refund::Refund;
use crate::objects::setup_attempt::SetupAttempt;
use crate::objects::setup_intent::SetupIntent;
use crate::objects::token::Token;
use crate::objects::webhook_endpoint::WebhookEndpoint;
use crate::objects::{Object, Seen};
use crate::settings::RawCards;
use crate::shelf::Shelf;
use crate::webhooks::outbox::Outbox;
use crate::webhooks::post::Post;

/// Everything.
#[derive(Debug)]
pub(crate) struct World {
    /// The accounts, each side apart.
    pub(crate) accounts: BTreeMap<Side, Account>,
    /// The effects on money.
    pub(crate) ledger: Ledger,
    /// What was said about keys.
    pub(crate) keyring: Keyring,
    /// What happens to the numbers of cards, in the accounts for which that was said.
    pub(crate) raw_cards: BTreeMap<String, RawCards>,
    /// Where ids come from.
    pub(crate) ids: Ids,
    /// The latest moment that anybody has worked at.
    latest: Timestamp,
    /// What brings events to webhook endpoints.
    pub(crate) post: Arc<Post>,
}

/// One side of an account, and all that is in it.
#[derive(Debug)]
pub(crate) struct Account {
    /// Which.
    pub(crate) side: Side,
    pub(crate) payment_intents: Shelf<PaymentIntent>,
    pub(crate) charges: Shelf<Charge>,
    pub(crate) refunds: Shelf<Refund>,
    pub(crate) disputes: Shelf<Dispute>,
    pub(crate) balance_transactions: Shelf<BalanceTransaction>,
    pub(crate) payment_methods: Shelf<PaymentMethod>,
    pub(crate) customers: Shelf<Customer>,
    pub(crate) setup_intents: Shelf<SetupIntent>,
    pub(crate) setup_attempts: Shelf<SetupAttempt>,
    pub(crate) mandates: Shelf<Mandate>,
    pub(crate) tokens: Shelf<Token>,
    pub(crate) events: Shelf<Event>,
    pub(crate) webhook_endpoints: Shelf<WebhookEndpoint>,
    /// The PaymentMethods of each customer, in the order in which they were attached.
    pub(crate) wallets: HashMap<String, Vec<String>>,
    /// The events that are on their way to endpoints.
    pub(crate) outbox: Outbox,
    /// The idempotency keys.
    pub(crate) keys: Keys,
    /// What will happen by itself, by the moment in unix seconds.
    pub(crate) agenda: BTreeSet<(i64, Due)>,
}

/// Something that will happen by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The hold of this PaymentIntent ends.
    HoldEnds(String),
    /// The bank decides about this refund.
    RefundDecided(String),
    /// The balance transaction of this charge becomes known.
    BalanceKnown(String),
    /// The bank pays this PaymentIntent's debit or sends it back.
    DebitDecided(String),
    /// The bank decides about this dispute.
    DisputeDecided(String),
    /// The time to answer this dispute is over.
    DisputeLapses(String),
}

/// What an endpoint works at: one account, and what it needs besides.
pub(crate) struct Desk<'a> {
    /// The account.
    pub(crate) account: &'a mut Account,
    /// The ledger.
    pub(crate) ledger: &'a mut Ledger,
    /// Where ids come from.
    pub(crate) ids: &'a mut Ids,
    /// The moment.
    pub(crate) now: Timestamp,
    /// The request that is being served, `req_…`; time has none.
    pub(crate) request_id: Option<&'a str>,
    /// The idempotency key of that request, which the sandbox makes up if the caller sent none.
    pub(crate) request_key: Option<&'a str>,
    /// The idempotency key that the caller sent.
    pub(crate) key: Option<&'a str>,
    /// What the events name as their cause, once there is one.
    pub(crate) cause: Option<Arc<Cause>>,
    /// Where the sandbox can be reached, for the pages it sends customers to.
    pub(crate) origin: &'a str,
    /// What the account's statement descriptors begin with.
    pub(crate) prefix: &'a str,
}

impl World {
    /// A world in which nothing has happened.
    pub(crate) fn new(seed: u64, post: Arc<Post>) -> Self {
        Self {
            accounts: BTreeMap::new(),
            ledger: Ledger::default(),
            keyring: Keyring::default(),
            raw_cards: BTreeMap::new(),
            ids: Ids::seeded(seed),
            latest: Timestamp::MIN,
            post,
        }
    }

    /// The moment, which never goes back, so that what was created later is later.
    pub(crate) fn moment(&mut self, clock: &Clock) -> Timestamp {
        self.latest = self.latest.max(clock.now());
        self.latest
    }

    /// A side of an account, which comes into being when it is first asked for.
    pub(crate) fn account(&mut self, side: &Side) -> &mut Account {
        self.open(side).0
    }

    /// A side of an account, and what is needed to work at it.
    pub(crate) fn open(&mut self, side: &Side) -> (&mut Account, &mut Ledger, &mut Ids) {
        let fresh = || Account::new(side.clone(), &self.post);
        let account = self.accounts.entry(side.clone()).or_insert_with(fresh);
        (account, &mut self.ledger, &mut self.ids)
    }

    /// A webhook endpoint as it is now.
    pub(crate) fn endpoint(&self, side: &Side, id: &str) -> Option<Arc<WebhookEndpoint>> {
        self.accounts.get(side)?.webhook_endpoints.snapshot(id)
    }
}

impl Account {
    fn new(side: Side, post: &Arc<Post>) -> Self {
        let outbox = Outbox::new(side.clone(), Arc::clone(post));
        Self {
            side,
            payment_intents: Shelf::default(),
            charges: Shelf::default(),
            refunds: Shelf::default(),
            disputes: Shelf::default(),
            balance_transactions: Shelf::default(),
            payment_methods: Shelf::default(),
            customers: Shelf::default(),
            setup_intents: Shelf::default(),
            setup_attempts: Shelf::default(),
            mandates: Shelf::default(),
            tokens: Shelf::default(),
            events: Shelf::default(),
            webhook_endpoints: Shelf::default(),
            wallets: HashMap::new(),
            outbox,
            keys: Keys::default(),
            agenda: BTreeSet::new(),
        }
    }

    /// Shows the object of an id, whatever kind it is.
    pub(crate) fn show(&self, id: &str, seen: Seen) -> Option<Value> {
        let (prefix, _) = id.split_once('_')?;
        match prefix {
            "pi" => self.payment_intents.get(id).map(|found| found.show(seen)),
            "ch" | "py" => self.charges.get(id).map(|found| found.show(seen)),
            "re" | "pyr" => self.refunds.get(id).map(|found| found.show(seen)),
            "du" => self.disputes.get(id).map(|found| found.show(seen)),
            "txn" => self.balance_transactions.get(id).map(|found| found.show(seen)),
            "pm" => self.payment_methods.get(id).map(|found| found.show(seen)),
            "seti" => self.setup_intents.get(id).map(|found| found.show(seen)),
            "setatt" => self.setup_attempts.get(id).map(|found| found.show(seen)),
            "mandate" => self.mandates.get(id).map(|found| found.show(seen)),
            "cus" => self.customers.get(id).map(|found| found.show(seen)),
            _ => None,
        }
    }

    /// Puts an event on its way to the endpoints that want it.
    pub(crate) fn post(&mut self, event: &Arc<Event>) {
        self.outbox.post(event, &self.webhook_endpoints);
        if let Some((at, _)) = self.agenda.first() {
            self.outbox.expect(*at, &self.webhook_endpoints);
        }
    }

    /// Whether there is anybody who wants to hear of events.
    pub(crate) fn has_endpoints(&self) -> bool {
        self.webhook_endpoints.newest_first().next().is_some()
    }
}

impl Desk<'_> {
    /// The moment in unix seconds.
    pub(crate) fn second(&self) -> i64 {
        self.now.as_second()
    }

    /// How objects look from here.
    pub(crate) fn seen(&self) -> Seen {
        Seen { livemode: self.account.side.livemode, now: self.second() }
    }

    /// Writes an effect on a PaymentIntent into the ledger.
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
            account: self.account.side.account.clone(),
            payment_intent: intent.id.clone(),
            idempotency_key: self.key.map(str::to_owned),
            metadata: metadata.clone(),
            at: self.now,
        });
    }

    /// Lets something happen after some seconds.
    pub(crate) fn later(&mut self, seconds: i64, what: Due) {
        self.at(self.second().saturating_add(seconds), what);
    }

    /// Lets something happen at a moment in unix seconds.
    pub(crate) fn at(&mut self, moment: i64, what: Due) {
        self.account.agenda.insert((moment, what));
        self.account.outbox.expect(moment, &self.account.webhook_endpoints);
    }
}
