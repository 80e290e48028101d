//! The sums of an account's balance, kept up to date with every balance transaction.

use std::collections::BTreeMap;

use crate::objects::Object;

/// One change of the balance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BalanceChange<'a> {
    /// The ISO 4217 code of the currency, in lower case.
    pub(crate) currency: &'a str,
    /// The moment from which the money is available, in unix seconds.
    pub(crate) available_on: i64,
    /// The signed amount, less the fee.
    pub(crate) net: i64,
}

/// The available and the pending amount of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BalanceSum {
    /// The amount that is available.
    pub(crate) available: i64,
    /// The amount that becomes available later.
    pub(crate) pending: i64,
}

/// The sums by currency.
pub(crate) type CurrencySums<'a> = BTreeMap<&'a str, BalanceSum>;

/// The sums of some changes of the balance.
#[derive(Debug, Default)]
pub(crate) struct BalanceSums {
    /// The newest moment so far. Money that is available by then is in `available`.
    until: i64,
    available: BTreeMap<String, i64>,
    /// The money that becomes available later, by moment and currency.
    pending: BTreeMap<(i64, String), i64>,
}

impl BalanceSums {
    /// Adds the change of an object.
    pub(crate) fn add(&mut self, object: &impl Object) {
        if let Some(change) = object.balance_change() {
            self.pass_to(object.created());
            self.change(&change, change.net);
        }
    }

    /// Subtracts the change of an object that was added before.
    pub(crate) fn subtract(&mut self, object: &impl Object) {
        if let Some(change) = object.balance_change() {
            self.change(&change, change.net.saturating_neg());
        }
    }

    /// The sums at a moment in unix seconds, by currency.
    pub(crate) fn at(&self, now: i64) -> CurrencySums<'_> {
        let mut sums = CurrencySums::new();
        for (currency, amount) in &self.available {
            sums.entry(currency).or_default().available = *amount;
        }
        for ((available_on, currency), amount) in &self.pending {
            let sum = sums.entry(currency).or_default();
            let part = if *available_on > now { &mut sum.pending } else { &mut sum.available };
            *part = part.saturating_add(*amount);
        }
        sums
    }

    fn change(&mut self, change: &BalanceChange<'_>, net: i64) {
        let currency = change.currency.to_owned();
        let sum = if change.available_on > self.until {
            self.pending.entry((change.available_on, currency)).or_default()
        } else {
            self.available.entry(currency).or_default()
        };
        *sum = sum.saturating_add(net);
    }

    /// Moves the money that is available at a moment.
    fn pass_to(&mut self, moment: i64) {
        self.until = self.until.max(moment);
        while self.pending.first_key_value().is_some_and(|((available_on, _), _)| *available_on <= self.until)
        {
            let Some(((_, currency), amount)) = self.pending.pop_first() else { return };
            let sum = self.available.entry(currency).or_default();
            *sum = sum.saturating_add(amount);
        }
    }
}
