//! All that the sandbox remembers: the accounts, each apart from the others, and the ledger over all of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::auth::Key;
use crate::idempotency::Keys;
use crate::ids::Ids;
use crate::ledger::{Effect, Entry, Ledger};
use crate::metadata::Metadata;
use crate::objects::balance_transaction::BalanceTransaction;
use crate::objects::charge::Charge;
use crate::objects::customer::Customer;
use crate::objects::payment_intent::PaymentIntent;
use crate::objects::payment_method::PaymentMethod;
use crate::objects::refund::Refund;
use crate::objects::setup_attempt::SetupAttempt;
use crate::objects::setup_intent::SetupIntent;
use crate::objects::{Object, Seen};
use crate::settings::RawCards;
use crate::shelf::Shelf;

/// Everything.
#[derive(Debug)]
pub(crate) struct World {
    /// The accounts by their ids.
    pub(crate) accounts: BTreeMap<String, Account>,
    /// The effects on money.
    pub(crate) ledger: Ledger,
    /// The keys that open nothing any more.
    pub(crate) revoked: BTreeSet<String>,
    /// What happens to the numbers of cards, in the accounts for which that was said.
    pub(crate) raw_cards: BTreeMap<String, RawCards>,
    /// Where ids come from.
    pub(crate) ids: Ids,
}

/// One account and all that is in it.
#[derive(Debug)]
pub(crate) struct Account {
    /// `acct_…`
    pub(crate) id: String,
    /// Whether its money would be real.
    pub(crate) livemode: bool,
    pub(crate) payment_intents: Shelf<PaymentIntent>,
    pub(crate) charges: Shelf<Charge>,
    pub(crate) refunds: Shelf<Refund>,
    pub(crate) balance_transactions: Shelf<BalanceTransaction>,
    pub(crate) payment_methods: Shelf<PaymentMethod>,
    pub(crate) customers: Shelf<Customer>,
    pub(crate) setup_intents: Shelf<SetupIntent>,
    pub(crate) setup_attempts: Shelf<SetupAttempt>,
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
    /// The idempotency key of the call.
    pub(crate) key: Option<&'a str>,
    /// Where the sandbox can be reached, for the pages it sends customers to.
    pub(crate) origin: &'a str,
    /// What the account's statement descriptors begin with.
    pub(crate) prefix: &'a str,
}

impl World {
    /// A world in which nothing has happened.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            accounts: BTreeMap::new(),
            ledger: Ledger::default(),
            revoked: BTreeSet::new(),
            raw_cards: BTreeMap::new(),
            ids: Ids::seeded(seed),
        }
    }

    /// The account that a key opens, which comes into being when it is first opened.
    pub(crate) fn account(&mut self, key: &Key) -> &mut Account {
        self.accounts.entry(key.account.clone()).or_insert_with(|| Account::new(key))
    }
}

impl Account {
    fn new(key: &Key) -> Self {
        Self {
            id: key.account.clone(),
            livemode: key.livemode,
            payment_intents: Shelf::default(),
            charges: Shelf::default(),
            refunds: Shelf::default(),
            balance_transactions: Shelf::default(),
            payment_methods: Shelf::default(),
            customers: Shelf::default(),
            setup_intents: Shelf::default(),
            setup_attempts: Shelf::default(),
            keys: Keys::default(),
            agenda: BTreeSet::new(),
        }
    }

    /// Shows the object of an id, whatever kind it is.
    pub(crate) fn show(&self, id: &str, seen: Seen) -> Option<Value> {
        let (prefix, _) = id.split_once('_')?;
        match prefix {
            "pi" => self.payment_intents.get(id).map(|found| found.show(seen)),
            "ch" => self.charges.get(id).map(|found| found.show(seen)),
            "re" => self.refunds.get(id).map(|found| found.show(seen)),
            "txn" => self.balance_transactions.get(id).map(|found| found.show(seen)),
            "pm" => self.payment_methods.get(id).map(|found| found.show(seen)),
            "seti" => self.setup_intents.get(id).map(|found| found.show(seen)),
            "setatt" => self.setup_attempts.get(id).map(|found| found.show(seen)),
            "cus" => self.customers.get(id).map(|found| found.show(seen)),
            _ => None,
        }
    }
}

impl Desk<'_> {
    /// The moment in unix seconds.
    pub(crate) fn second(&self) -> i64 {
        self.now.as_second()
    }

    /// How objects look from here.
    pub(crate) fn seen(&self) -> Seen {
        Seen { livemode: self.account.livemode, now: self.second() }
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
            account: self.account.id.clone(),
            payment_intent: intent.id.clone(),
            idempotency_key: self.key.map(str::to_owned),
            metadata: metadata.clone(),
            at: self.now,
        });
    }
}
