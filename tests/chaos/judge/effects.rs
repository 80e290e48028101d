//! I1, I2, I4: at most one effect for each request, and a report of each effect.

use std::collections::{BTreeMap, HashSet};

use crate::{
    evidence::{Evidence, Operation},
    history::{Kind, Reply, Request},
    sandbox::Effect,
};

/// Effects beyond the first of a request. Checked twice: by the billing platform's own metadata on
/// payments, which needs no journal, and by the journal's idempotency keys.
pub(super) fn double(evidence: &Evidence) -> Vec<String> {
    let mut found = vec![];
    let mut marked = BTreeMap::<_, Vec<_>>::new();
    for effect in evidence.ledger.iter().filter(|effect| effect.effect == "authorized") {
        let mark = effect.metadata.get("chaos_request").cloned().unwrap_or_default();
        marked.entry((effect.account.clone(), mark)).or_default().push(&effect.payment_intent);
    }
    for ((_, mark), intents) in marked.into_iter().filter(|(_, intents)| intents.len() > 1) {
        found.push(format!("{mark} was authorized {} times: {intents:?}", intents.len()));
    }
    let mut by_request = BTreeMap::<_, u64>::new();
    for effect in &evidence.ledger {
        let Some(request) = evidence.request_of(effect) else { continue };
        *by_request.entry((request.to_owned(), effect.effect.clone())).or_default() += 1;
    }
    for ((request, effect), times) in by_request.into_iter().filter(|(_, times)| *times > 1) {
        // Authorizations are counted by metadata above.
        if effect != "authorized" {
            found.push(format!("{request} was {effect} {times} times"));
        }
    }
    for (intent, effects) in evidence.intents() {
        let captures = effects.iter().filter(|effect| effect.effect == "captured").count();
        if captures > 1 {
            found.push(format!("{intent} was captured {captures} times"));
        }
    }
    found
}

/// Effects that no answer and no event has reported, and effects that contradict the reports.
pub(super) fn lost(evidence: &Evidence) -> Vec<String> {
    let mut found = vec![];
    let mut known = HashSet::new();
    for effect in &evidence.ledger {
        let reply = format!("{} {} of {}", effect.amount, effect.effect, effect.payment_intent);
        let Some(id) = evidence.request_of(effect) else {
            found.push(format!("{reply} is of no request that the journal knows"));
            continue;
        };
        let Some(request) = evidence.requests.get(id) else {
            found.push(format!("{reply} is of {id}, which billing never made"));
            continue;
        };
        if effect.effect != request.kind.effect() || !known.insert((id, &effect.effect)) {
            continue;
        }
        if !evidence.is_reported(id, request) {
            found.push(format!("{reply} is of {id}, and billing was told: {:?}", last_words(request)));
        }
        let no = |reply: &Reply| matches!(reply, Reply::Declined(_) | Reply::Refused(_));
        let stands = request.kind != Kind::Authorize || !was_given_back(&evidence.effects_of_payment(effect));
        if request.was_answered(no) && !request.was_answered(|reply| *reply == Reply::Approved) && stands {
            found.push(format!("{reply} stands, and billing was told no: {:?}", last_words(request)));
        }
    }
    found
}

/// Whether the whole hold was given back.
fn was_given_back(effects: &[&Effect]) -> bool {
    let sum = |kinds: &[&str]| {
        effects
            .iter()
            .filter(|item| kinds.contains(&item.effect.as_str()))
            .map(|item| item.amount)
            .sum::<u64>()
    };
    sum(&["authorized"]) == sum(&["released", "expired"]) || sum(&["captured"]) == sum(&["refunded"])
}

/// The last answers to a request, for the reader of a finding.
fn last_words(request: &Request) -> Vec<&Reply> {
    request.reply.iter().rev().take(4).map(|(reply, _)| reply).collect()
}

/// Reported effects that the ledger does not have with this amount.
pub(super) fn phantom(evidence: &Evidence) -> Vec<String> {
    let mut found = vec![];
    for (id, request) in &evidence.requests {
        if !evidence.is_reported(id, request) {
            continue;
        }
        match evidence.effects_of(id).find(|effect| effect.effect == request.kind.effect()) {
            None => found.push(format!("{id} was approved, and nothing was {}", request.kind.effect())),
            Some(effect) => {
                let fits = effect.amount == request.minor_units
                    && effect.currency.eq_ignore_ascii_case(request.currency)
                    && effect.account == evidence.accounts[request.tenant];
                if !fits {
                    found.push(format!(
                        "{id} was approved over {} {}, and it is {effect:?}",
                        request.minor_units, request.currency
                    ));
                }
            }
        }
    }
    found
}

/// Unresolved operations at the end: first those with an outcome that can be known, then
/// those without. In the latter Stripe keeps a 500 as the answer for ever, and there is
/// no effect to find.
pub(super) fn unresolved(evidence: &Evidence) -> (Vec<String>, Vec<String>) {
    let with_effect: HashSet<_> =
        evidence.ledger.iter().filter_map(|effect| effect.idempotency_key.as_ref()).collect();
    let open =
        evidence.journal.operations.iter().filter(|item| ["OPEN", "UNKNOWN"].contains(&item.state.as_str()));
    let open_payments: HashSet<_> = open.clone().filter_map(|item| item.payment.as_ref()).collect();
    let (manual, unknown): (Vec<_>, Vec<_>) = open
        .partition(|item| evidence.traffic.broken.contains(&item.key) && !with_effect.contains(&item.key));
    let formatted = |item: &Operation| format!("{} ({}) is {}", item.request_id, item.kind, item.state);
    let mut unknown: Vec<_> = unknown.into_iter().map(formatted).collect();
    for payment in &evidence.journal.payments {
        if ["STARTED", "UNKNOWN"].contains(&payment.status.as_str()) && !open_payments.contains(&payment.id) {
            unknown.push(format!("payment {} is {}, and no operation is open", payment.id, payment.status));
        }
    }
    (unknown, manual.into_iter().map(formatted).collect())
}
