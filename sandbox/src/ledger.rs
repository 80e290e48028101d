//! The ledger: every effect on money, in the order in which the effects happened. The ledger decides in tests
//! whether money was moved correctly.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The kind of one effect on money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// A card was held or charged for this amount. A charge that is captured at once has both entries.
    Authorized,
    /// This part of the authorized amount was captured.
    Captured,
    /// This part of a hold was released, because the rest was captured or the hold was canceled.
    Released,
    /// This part of a hold was released because no capture came in time.
    Expired,
    /// This amount was refunded to the card.
    Refunded,
    /// This amount came back from a refund that could not be delivered.
    RefundFailed,
    /// This amount was taken by the customer's bank because of a dispute.
    Disputed,
    /// This amount was given back by the bank after a won dispute.
    DisputeWon,
}

/// One effect on money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The kind of the effect.
    pub effect: Effect,
    /// The amount of the effect, in Stripe's units of the currency.
    pub amount: u64,
    /// The ISO 4217 code of the currency, in lower case.
    pub currency: String,
    /// Id of the account, `acct_…`.
    pub account: String,
    /// Id of the PaymentIntent, `pi_…`.
    pub payment_intent: String,
    /// The idempotency key of the call that caused the effect; an effect of passing time has none.
    pub idempotency_key: Option<String>,
    /// The metadata of the PaymentIntent, or of the refund, at the time of the effect.
    pub metadata: Arc<BTreeMap<String, String>>,
    /// The moment of the effect, by the sandbox's clock.
    pub at: Timestamp,
}

/// The entries so far. Sums are over one account, or over all accounts if no account is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: Vec<Entry>,
}

impl Ledger {
    /// Every effect of every account, in order of occurrence.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Every effect on one PaymentIntent, in order.
    pub fn of_payment_intent(&self, id: &str) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.payment_intent == id).collect()
    }

    /// The number of effects of one kind.
    pub fn count(&self, effect: Effect) -> usize {
        self.entries.iter().filter(|entry| entry.effect == effect).count()
    }

    /// The sum of all authorizations in a currency.
    pub fn authorized(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).authorized()
    }

    /// The sum of all captures in a currency.
    pub fn captured(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).captured()
    }

    /// The sum of all holds that were released without a capture, by a caller or by the passing of
    /// time.
    pub fn released(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).released()
    }

    /// The sum of all refunds, less the refunds that came back.
    pub fn refunded(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).refunded()
    }

    /// The sum that cards are still held for.
    pub fn held(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).held()
    }

    /// The sum that banks took because of disputes, less the sum that the banks gave back.
    pub fn disputed(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).disputed()
    }

    /// The sum of captures that were not refunded. Money that banks took because of disputes is not
    /// subtracted.
    pub fn kept(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).kept()
    }

    /// The effects after the first `count` effects.
    pub(crate) fn after(&self, count: usize) -> &[Entry] {
        self.entries.get(count..).unwrap_or_default()
    }

    pub(crate) fn write(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    fn sums(&self, account: Option<&str>, currency: &str) -> Sums {
        let fits = |entry: &&Entry| {
            entry.currency == currency && account.is_none_or(|account| entry.account == account)
        };
        let mut sums = Sums::default();
        self.entries.iter().filter(fits).for_each(|entry| sums.add(entry));
        sums
    }
}

/// The sums of some entries of one currency.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    authorized: u64,
    captured: u64,
    releases: u64,
    refunded: u64,
    failed_refunds: u64,
    disputes: u64,
    dispute_reversals: u64,
}

impl Sums {
    /// Adds an entry's amount to the sum of the entry's effect.
    pub(crate) fn add(&mut self, entry: &Entry) {
        let sum = match entry.effect {
            Effect::Authorized => &mut self.authorized,
            Effect::Captured => &mut self.captured,
            Effect::Released | Effect::Expired => &mut self.releases,
            Effect::Refunded => &mut self.refunded,
            Effect::RefundFailed => &mut self.failed_refunds,
            Effect::Disputed => &mut self.disputes,
            Effect::DisputeWon => &mut self.dispute_reversals,
        };
        *sum = sum.saturating_add(entry.amount);
    }

    /// The sum of all authorizations.
    pub(crate) fn authorized(self) -> u64 {
        self.authorized
    }

    /// The sum of all captures.
    pub(crate) fn captured(self) -> u64 {
        self.captured
    }

    /// The sum of all holds that were released without a capture.
    pub(crate) fn released(self) -> u64 {
        self.releases
    }

    /// The sum of all refunds, less the refunds that came back.
    pub(crate) fn refunded(self) -> u64 {
        self.refunded.saturating_sub(self.failed_refunds)
    }

    /// The sum that cards are still held for.
    pub(crate) fn held(self) -> u64 {
        self.authorized.saturating_sub(self.captured.saturating_add(self.releases))
    }

    /// The sum that banks took because of disputes, less the sum that the banks gave back.
    pub(crate) fn disputed(self) -> u64 {
        self.disputes.saturating_sub(self.dispute_reversals)
    }

    /// The sum of captures that were not refunded.
    pub(crate) fn kept(self) -> u64 {
        self.captured.saturating_sub(self.refunded())
    }
}
