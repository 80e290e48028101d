//! I2, I3, I5, I6, I8, I11: the journal, the answers and the transitions.

use std::collections::{HashMap, HashSet};

use crate::{evidence::Evidence, history::Reply};

/// I3: the journal's row is older than the effect. Stripe's times are whole seconds.
pub(super) fn written_first(evidence: &Evidence) -> Vec<String> {
    let by_request: HashMap<_, _> =
        evidence.journal.operations.iter().map(|item| (item.request_id.as_str(), item)).collect();
    let mut found = vec![];
    for effect in &evidence.ledger {
        let Some(operation) = evidence.request_of(effect).and_then(|id| by_request.get(id)) else { continue };
        if operation.started / 1_000_000 > effect.at.as_second() {
            found.push(format!("{} was {} before it was written down", operation.request_id, effect.effect));
        }
    }
    found
}

/// I2: a look-up after an approval does not show an earlier state.
pub(super) fn written_when_told(evidence: &Evidence) -> Vec<String> {
    let less = ["STARTED", "UNKNOWN", "ACTION_REQUIRED"];
    let journal_status =
        evidence.requests.iter().filter_map(|(id, request)| Some((id, request.journal_status.as_ref()?)));
    let wrong = journal_status.filter(|(_, journal_status)| less.contains(&journal_status.as_str()));
    wrong
        .map(|(id, journal_status)| {
            format!("{id} was approved, and whoever looked then was told {journal_status}")
        })
        .collect()
}

/// I5: definitive answers to one request are equal, to the last byte.
pub(super) fn answers_are_equal(evidence: &Evidence) -> Vec<String> {
    let mut found = vec![];
    for (id, request) in &evidence.requests {
        let reply: HashSet<_> = request.reply.iter().filter(|(reply, _)| reply.is_definitive()).collect();
        if reply.len() > 1 {
            found.push(format!("{id} was answered in {} ways: {reply:?}", reply.len()));
        }
    }
    found
}

/// I6: another request with the same request id is refused.
pub(super) fn others_are_refused(evidence: &Evidence) -> Vec<String> {
    let refused = Reply::Refused("REQUEST_ID_REUSED".to_owned());
    let mut found = vec![];
    for (id, request) in &evidence.requests {
        let wrong = request.replies_to_others.iter().filter(|reply| **reply != refused);
        for reply in wrong.filter(|reply| !matches!(reply, Reply::Nothing(_))) {
            found.push(format!("another content under {id} was told {reply:?}"));
        }
    }
    found
}

/// Transitions that the judge accepts. Two failures are not final: DECLINED and NOT_CHARGED.
fn is_legal(from: &str, to: &str) -> bool {
    let over = ["CAPTURED", "RELEASED", "EXPIRED", "CANCELED"];
    let happened = ["AUTHORIZED", "DECLINED", "NOT_CHARGED"];
    let unknown = ["STARTED", "UNKNOWN"];
    from == to
        || !(over.contains(&from) || happened.contains(&from) && unknown.contains(&to) || to == "STARTED")
}

/// I8: a final state is final, a known outcome does not become unknown, and
/// no transition is missing.
pub(super) fn legal_paths(evidence: &Evidence) -> Vec<String> {
    let mut found = vec![];
    let mut at = HashMap::<&str, &str>::new();
    for (payment, from, to) in &evidence.journal.steps {
        let before = at.insert(payment, to);
        if before != from.as_deref() {
            found.push(format!("payment {payment} was {before:?}, and its next step is from {from:?}"));
        }
        if from.as_ref().is_some_and(|from| !is_legal(from, to)) {
            found.push(format!("payment {payment} went from {from:?} to {to}"));
        }
    }
    for payment in &evidence.journal.payments {
        if at.get(payment.id.as_str()) != Some(&payment.status.as_str()) {
            found.push(format!(
                "payment {} is {}, and its last step says otherwise",
                payment.id, payment.status
            ));
        }
    }
    found
}

/// I11: SQLite finds no fault in the file, and each request id and each key is there once.
pub(super) fn journal_is_whole(evidence: &Evidence) -> Vec<String> {
    let mut found = vec![];
    if evidence.journal.integrity != "ok" {
        found.push(evidence.journal.integrity.clone());
    }
    let mut keys = HashSet::new();
    for operation in &evidence.journal.operations {
        if !keys.insert(&operation.key) {
            found.push(format!("the key of {} is there twice", operation.request_id));
        }
    }
    found
}
