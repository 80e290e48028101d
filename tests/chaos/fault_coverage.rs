//! A run with too few faults proves no invariant, and fails.

use std::collections::{BTreeMap, HashSet};

use crate::{config::Scale, evidence::Evidence, faults, history::Reply, kills::Done};

/// Failpoints that no process reaches in this run, with the test that covers each.
pub(crate) const ELSEWHERE: &[(&str, &str)] = &[
    ("relay.late_success.noted", "a story: the payment has to succeed ten minutes late"),
    ("relay.renewal.held", "a story: a hold has to be about to lapse"),
    ("relay.renewal.released", "a story: a hold has to be about to lapse"),
    ("adapter.post.before_send", "a story: nobody has events posted here"),
    ("adapter.post.taken", "a story: nobody has events posted here"),
    ("adapter.post.recorded", "a story: nobody has events posted here"),
    ("adapter.cursor.before_rename", "a story: nobody has events posted here"),
];

/// How often each kind of fault has to strike in the full run.
pub(crate) const MIN_KILLS: u64 = 20;

/// The figures that were too low, a line each.
pub(crate) fn of(
    scale: &Scale,
    evidence: &Evidence,
    done: &Done,
    places: &[String],
    faults: &BTreeMap<String, u64>,
) -> Vec<String> {
    let mut found = vec![];
    let least = scale.at_least(MIN_KILLS);
    let mut kinds = faults::kinds_of_calls();
    kinds.extend(faults::kinds_of_deliveries().into_iter().map(|kind| format!("webhook {kind}")));
    kinds.extend(faults::kinds_of_connection_faults());
    for kind in kinds {
        let times = faults.get(&kind).copied().unwrap_or_default();
        if times < least {
            found.push(format!("{kind} struck {times} times, and {least} are the least"));
        }
    }
    let died = done.places.lock().unwrap();
    for place in places {
        let times = died.get(place).copied().unwrap_or_default();
        if times < scale.each_failpoint {
            found.push(format!("{place} killed {times} times, and {} are the least", scale.each_failpoint));
        }
    }
    let unknown = through_unknown(evidence);
    if unknown * 100 < evidence.requests.len() {
        found.push(format!("{unknown} of {} requests were unknown for a while", evidence.requests.len()));
    }
    let least = scale.at_least(100);
    if evidence.traffic.replayed < least {
        found.push(format!("{} answers were replayed, and {least} are the least", evidence.traffic.replayed));
    }
    found
}

/// Requests with an unknown outcome: those that the billing platform saw, and those that the relay
/// took again because the outcome was unknown.
pub(crate) fn through_unknown(evidence: &Evidence) -> usize {
    let reply =
        |reply: &Reply| *reply == Reply::Unknown || *reply == Reply::Nothing("OUTCOME_UNKNOWN".to_owned());
    let message =
        evidence.requests.iter().filter(|(_, request)| request.was_answered(reply)).map(|(id, _)| id);
    let again = evidence.journal.operations.iter().filter(|item| item.epoch > 1);
    message.chain(again.map(|item| &item.request_id)).collect::<HashSet<_>>().len()
}
