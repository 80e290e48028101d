//! The ledger: the effects on money page by page, and the sums of the effects.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::control::{ControlRequest, ControlResult};
use crate::ledger::{Effect, Entry, Ledger, Sums};
use crate::lock::lock;
use crate::shared::Shared;

/// The filter by account, PaymentIntent and currency.
struct Filter<'a> {
    account: Option<&'a str>,
    payment_intent: Option<&'a str>,
    currency: Option<String>,
}

impl Filter<'_> {
    fn fits(&self, entry: &Entry) -> bool {
        self.account.is_none_or(|account| entry.account == account)
            && self.payment_intent.is_none_or(|id| entry.payment_intent == id)
            && self.currency.as_ref().is_none_or(|currency| entry.currency == *currency)
    }
}

/// Answers a page of the entries, and the sums over all entries that match the filter.
pub(super) fn show(request: &ControlRequest<'_>) -> ControlResult {
    let query = request.query(&["account", "payment_intent", "currency", "after", "limit"])?;
    let (after, limit) = (query.number("after")?.unwrap_or(0_usize), query.limit()?);
    let filter = Filter {
        account: query.text("account"),
        payment_intent: query.text("payment_intent"),
        currency: query.text("currency").map(str::to_ascii_lowercase),
    };
    let mut state = lock(&request.shared.state);
    state.do_due_work(request.shared.clock.now());
    let fits = |(_, entry): &(usize, &Entry)| filter.fits(entry);
    let matching: Vec<(usize, &Entry)> = (1..).zip(state.ledger.entries()).filter(fits).collect();
    let mut rest = matching.iter().filter(|(number, _)| *number > after);
    let page: Vec<&(usize, &Entry)> = rest.by_ref().take(limit).collect();
    let more = rest.next().is_some();
    let last = page.last().map_or(after, |(number, _)| *number);
    Ok(json!({
        "count": matching.len(),
        "entries": page.iter().map(|(number, entry)| shown(*number, entry)).collect::<Vec<_>>(),
        "next_after": more.then_some(last),
        "sums": sums(&matching),
    }))
}

/// One entry of the ledger, as JSON.
fn shown(number: usize, entry: &Entry) -> Value {
    json!({
        "number": number,
        "effect": effect_name(entry.effect),
        "amount": entry.amount,
        "currency": entry.currency,
        "account": entry.account,
        "payment_intent": entry.payment_intent,
        "idempotency_key": entry.idempotency_key,
        "metadata": entry.metadata,
        "at": entry.at.to_string(),
    })
}

/// The sums of each account in each currency.
fn sums(entries: &[(usize, &Entry)]) -> Vec<Value> {
    let mut by_account: BTreeMap<(&str, &str), Sums> = BTreeMap::new();
    for (_, entry) in entries {
        by_account.entry((&entry.account, &entry.currency)).or_default().add(entry);
    }
    let sum = |((account, currency), sums): ((&str, &str), Sums)| {
        json!({
            "account": account,
            "currency": currency,
            "authorized": sums.authorized(),
            "captured": sums.captured(),
            "released": sums.released(),
            "refunded": sums.refunded(),
            "held": sums.held(),
            "kept": sums.kept(),
            "disputed": sums.disputed(),
        })
    };
    by_account.into_iter().map(sum).collect()
}

/// The name of an effect in the JSON of the control API.
fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Authorized => "authorized",
        Effect::Captured => "captured",
        Effect::Released => "released",
        Effect::Expired => "expired",
        Effect::Refunded => "refunded",
        Effect::RefundFailed => "refund_failed",
        Effect::Disputed => "disputed",
        Effect::DisputeWon => "dispute_won",
    }
}

impl Shared {
    /// A copy of the ledger with every effect so far.
    pub(crate) fn ledger(&self) -> Ledger {
        let mut state = lock(&self.state);
        state.do_due_work(self.clock.now());
        state.ledger.clone()
    }
}
