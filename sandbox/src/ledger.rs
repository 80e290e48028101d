//! The judge: every effect on money, in the order in which it happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

/// What happened to the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// A card was held or charged for this amount. A charge that is captured at once has both entries.
    Authorized,
    /// This much of the authorized amount was taken.
    Captured,
    /// This much of a hold was given back, because the rest was captured or the hold was canceled.
    Released,
    /// This much of a hold was given back because nobody captured it in time.
    Expired,
    /// This much was sent back to the card.
    Refunded,
    /// This much came back from a refund that could not be delivered.
    RefundFailed,
    /// This much was taken by the bank of a customer who disputes the payment.
    Disputed,
    /// This much was given back by that bank.
    DisputeWon,
}

/// One effect on money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub effect: Effect,
    /// How much of it, in Stripe's units of the currency.
    pub amount: u64,
    /// The currency, in lower case.
    pub currency: String,
    /// The account, `acct_…`.
    pub account: String,
    /// The PaymentIntent, `pi_…`.
    pub payment_intent: String,
    /// The idempotency key of the call that did it; time has none.
    pub idempotency_key: Option<String>,
    /// The metadata of the PaymentIntent, or of the refund, as it was then.
    pub metadata: Arc<BTreeMap<String, String>>,
    /// When, by the sandbox's clock.
    pub at: Timestamp,
}

/// The entries so far. Sums are over one account, or over all of them when none is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: Vec<Entry>,
}

impl Ledger {
    /// Every effect, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Every effect on one PaymentIntent, in order.
    pub fn of_payment_intent(&self, id: &str) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.payment_intent == id).collect()
    }

    /// How many effects of one kind there were.
    pub fn count(&self, effect: Effect) -> usize {
        self.entries.iter().filter(|entry| entry.effect == effect).count()
    }

    /// All that was ever authorized.
    pub fn authorized(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).authorized()
    }

    /// All that was taken.
    pub fn captured(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).captured()
    }

    /// All that was given back without having been taken, whether by a caller or by time.
    pub fn released(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).released()
    }

    /// All that was sent back, less what came back again.
    pub fn refunded(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).refunded()
    }

    /// What cards are still being held for.
    pub fn held(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).held()
    }

    /// What banks took because of disputes, less what they gave back.
    pub fn disputed(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).disputed()
    }

    /// What was taken and not sent back. What banks took because of disputes is not counted.
    pub fn kept(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sums(account, currency).kept()
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
    given_back: u64,
    sent_back: u64,
    came_back: u64,
    taken: u64,
    returned: u64,
}

impl Sums {
    /// Counts an entry.
    pub(crate) fn add(&mut self, entry: &Entry) {
        let sum = match entry.effect {
            Effect::Authorized => &mut self.authorized,
            Effect::Captured => &mut self.captured,
            Effect::Released | Effect::Expired => &mut self.given_back,
            Effect::Refunded => &mut self.sent_back,
            Effect::RefundFailed => &mut self.came_back,
            Effect::Disputed => &mut self.taken,
            Effect::DisputeWon => &mut self.returned,
        };
        *sum = sum.saturating_add(entry.amount);
    }

    /// All that was ever authorized.
    pub(crate) fn authorized(self) -> u64 {
        self.authorized
    }

    /// All that was taken.
    pub(crate) fn captured(self) -> u64 {
        self.captured
    }

    /// All that was given back without having been taken.
    pub(crate) fn released(self) -> u64 {
        self.given_back
    }

    /// All that was sent back, less what came back again.
    pub(crate) fn refunded(self) -> u64 {
        self.sent_back.saturating_sub(self.came_back)
    }

    /// What cards are still being held for.
    pub(crate) fn held(self) -> u64 {
        self.authorized.saturating_sub(self.captured.saturating_add(self.given_back))
    }

    /// What banks took because of disputes, less what they gave back.
    pub(crate) fn disputed(self) -> u64 {
        self.taken.saturating_sub(self.returned)
    }

    /// What was taken and not sent back.
    pub(crate) fn kept(self) -> u64 {
        self.captured.saturating_sub(self.refunded())
    }
}
