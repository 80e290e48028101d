//! `GET /v1/balance`: the available and the pending amounts of the account.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::endpoints::Plan;
use crate::error::StripeResult;
use crate::expand::Kind;
use crate::form::Form;
use crate::state::WorkContext;

/// Parses the call; the sums are made at execution time.
pub(crate) fn show(form: &Form) -> StripeResult<Plan> {
    Plan::object(form, Kind::Balance, |work| Ok(sums(work)))
}

fn sums(work: &WorkContext<'_>) -> Value {
    let now = work.unix_seconds();
    let (mut available, mut pending) = (BTreeMap::new(), BTreeMap::new());
    for transaction in work.account.balance_transactions.newest_first() {
        let sums = if transaction.available_on > now { &mut pending } else { &mut available };
        let sum: &mut i64 = sums.entry(transaction.currency.as_str()).or_default();
        *sum = sum.saturating_add(transaction.net());
    }
    // Every currency is in both lists, also with an amount of zero. An account without
    // movements shows US dollars.
    let mut currencies: Vec<&str> = available.keys().chain(pending.keys()).copied().collect();
    currencies.sort_unstable();
    currencies.dedup();
    if currencies.is_empty() {
        currencies.push("usd");
    }
    let list = |sums: &BTreeMap<&str, i64>| -> Vec<Value> {
        let amount_entry = |currency: &&str| {
            let amount = sums.get(*currency).copied().unwrap_or_default();
            json!({ "amount": amount, "currency": currency, "source_types": { "card": amount } })
        };
        currencies.iter().map(amount_entry).collect()
    };
    let zeros: Vec<Value> =
        currencies.iter().map(|currency| json!({ "amount": 0, "currency": currency })).collect();
    json!({
        "object": "balance",
        "available": list(&available),
        "livemode": work.render_context().livemode,
        "pending": list(&pending),
        "refund_and_dispute_prefunding": { "available": zeros, "pending": zeros },
    })
}
