//! `GET /v1/balance`: the available and the pending amounts of the account.

use serde_json::{Value, json};

use crate::balance_sums::BalanceSum;
use crate::endpoints::Plan;
use crate::error::StripeResult;
use crate::expand::Kind;
use crate::form::Form;
use crate::state::WorkContext;

/// Parses the call; the sums are made at execution time.
pub(crate) fn show(form: &Form) -> StripeResult<Plan> {
    Plan::object(form, Kind::Balance, |work| Ok(sums(work)))
}

fn sums(work: &mut WorkContext<'_>) -> Value {
    let now = work.unix_seconds();
    let livemode = work.render_context().livemode;
    // Every currency is in both lists, also with an amount of zero. An account without
    // movements shows US dollars.
    let mut sums = work.account.balance_transactions.balance(now);
    if sums.is_empty() {
        sums.insert("usd", BalanceSum::default());
    }
    let list = |part: fn(&BalanceSum) -> i64| -> Vec<Value> {
        let amount_entry = |(currency, sum): (&&str, &BalanceSum)| {
            let amount = part(sum);
            json!({ "amount": amount, "currency": currency, "source_types": { "card": amount } })
        };
        sums.iter().map(amount_entry).collect()
    };
    let zeros: Vec<Value> =
        sums.keys().map(|currency| json!({ "amount": 0, "currency": currency })).collect();
    json!({
        "object": "balance",
        "available": list(|sum| sum.available),
        "livemode": livemode,
        "pending": list(|sum| sum.pending),
        "refund_and_dispute_prefunding": { "available": zeros, "pending": zeros },
    })
}
