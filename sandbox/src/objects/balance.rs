//! The balance of an account: the available and the pending amounts of each currency at a moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::collection::Collection;
use crate::objects::balance_transaction::BalanceTransaction;
use crate::objects::{Object, RenderContext};

/// The amounts of a balance, by currency, in Stripe's units.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Balance {
    /// The amounts that can be paid out.
    pub(crate) available: BTreeMap<String, i64>,
    /// The amounts that become available later.
    pub(crate) pending: BTreeMap<String, i64>,
    /// The moment of the sums, in unix seconds.
    at: i64,
}

impl Balance {
    /// The sums of balance transactions at a moment in unix seconds. Every currency has both amounts; an
    /// account without movements has US dollars.
    pub(crate) fn of(transactions: &mut Collection<BalanceTransaction>, now: i64) -> Self {
        let mut balance = Self { at: now, ..Self::default() };
        for (currency, sum) in transactions.balance(now) {
            balance.available.insert(currency.to_owned(), sum.available);
            balance.pending.insert(currency.to_owned(), sum.pending);
        }
        if balance.available.is_empty() {
            balance.available.insert("usd".to_owned(), 0);
            balance.pending.insert("usd".to_owned(), 0);
        }
        balance
    }
}

impl Object for Balance {
    /// A balance has no id at Stripe.
    fn id(&self) -> &str {
        ""
    }

    fn created(&self) -> i64 {
        self.at
    }

    fn show(&self, context: RenderContext) -> Value {
        let list = |sums: &BTreeMap<String, i64>| -> Vec<Value> {
            let entry = |(currency, amount): (&String, &i64)| json!({ "amount": amount, "currency": currency, "source_types": { "card": amount } });
            sums.iter().map(entry).collect()
        };
        let zeros: Vec<Value> =
            self.available.keys().map(|currency| json!({ "amount": 0, "currency": currency })).collect();
        json!({
            "object": "balance",
            "available": list(&self.available),
            "livemode": context.livemode,
            "pending": list(&self.pending),
            "refund_and_dispute_prefunding": { "available": zeros, "pending": zeros },
        })
    }
}
