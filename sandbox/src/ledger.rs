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
        self.sum(Effect::Authorized, account, currency)
    }

    /// All that was taken.
    pub fn captured(&self, account: Option<&str>, currency: &str) -> u64 {
        self.sum(Effect::Captured, account, currency)
    }

    /// All that was given back without having been taken, whether by a caller or by time.
    pub fn released(&self, account: Option<&str>, currency: &str) -> u64 {
        let by_caller = self.sum(Effect::Released, account, currency);
        by_caller.saturating_add(self.sum(Effect::Expired, account, currency))
    }

    /// All that was sent back, less what came back again.
    pub fn refunded(&self, account: Option<&str>, currency: &str) -> u64 {
        let sent = self.sum(Effect::Refunded, account, currency);
        sent.saturating_sub(self.sum(Effect::RefundFailed, account, currency))
    }

    /// What cards are still being held for.
    pub fn held(&self, account: Option<&str>, currency: &str) -> u64 {
        let settled = self.captured(account, currency).saturating_add(self.released(account, currency));
        self.authorized(account, currency).saturating_sub(settled)
    }

    /// What banks took because of disputes, less what they gave back.
    pub fn disputed(&self, account: Option<&str>, currency: &str) -> u64 {
        let taken = self.sum(Effect::Disputed, account, currency);
        taken.saturating_sub(self.sum(Effect::DisputeWon, account, currency))
    }

    /// What was taken and not sent back. What banks took because of disputes is not counted.
    pub fn kept(&self, account: Option<&str>, currency: &str) -> u64 {
        self.captured(account, currency).saturating_sub(self.refunded(account, currency))
    }

    pub(crate) fn write(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    fn sum(&self, effect: Effect, account: Option<&str>, currency: &str) -> u64 {
        let counted = self.entries.iter().filter(|entry| {
            entry.effect == effect
                && entry.currency == currency
                && account.is_none_or(|account| entry.account == account)
        });
        counted.fold(0, |sum, entry| sum.saturating_add(entry.amount))
    }
}
