//! The judge: the invariants of ledger, journal, answers and events, each checked separately.

/// One effect for each request, reported to the billing platform, and no report without an effect.
mod effects;
/// Sums and limits of amounts.
mod amounts;
/// Invariants of the journal, the history and the events.
mod records;

use std::collections::BTreeMap;

use crate::{
    evidence::Evidence,
    history::{Reply, Request},
};

/// The calls of a hundred that may end without an answer in time.
const LATE_OF_HUNDRED: usize = 5;

/// The findings of a run.
#[derive(Default)]
pub(crate) struct Verdict {
    /// Effects that happened twice.
    pub(crate) double: Vec<String>,
    /// Effects that were never reported to the billing platform.
    pub(crate) lost: Vec<String>,
    /// Reported effects that never happened.
    pub(crate) phantom: Vec<String>,
    /// Unresolved operations with an outcome that can be known.
    pub(crate) unknown: Vec<String>,
    /// Unresolved operations with an unknowable outcome: Stripe keeps a 500 as the answer.
    pub(crate) manual: Vec<String>,
    /// All other findings, by invariant.
    pub(crate) others: BTreeMap<&'static str, Vec<String>>,
}

impl Verdict {
    pub(crate) fn broken(&self) -> bool {
        let four = [&self.double, &self.lost, &self.phantom, &self.unknown];
        four.iter().any(|found| !found.is_empty()) || self.others.values().any(|found| !found.is_empty())
    }

    /// Adds findings of another check.
    pub(crate) fn add(&mut self, invariant: &'static str, found: impl IntoIterator<Item = String>) {
        self.others.entry(invariant).or_default().extend(found);
    }

    /// All findings, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let four = [
            ("double", &self.double),
            ("lost", &self.lost),
            ("phantom", &self.phantom),
            ("unknown", &self.unknown),
        ];
        let others = self.others.iter().map(|(name, found)| (*name, found));
        let all = four.into_iter().chain(others);
        all.flat_map(|(name, found)| found.iter().map(move |item| format!("{name}: {item}"))).collect()
    }
}

/// I14: callers get answers before their deadlines. A broken connection to the adapter prevents
/// answers, so a client's own deadline may end a few of a hundred calls.
pub(crate) fn deadlines<'a>(requests: impl Iterator<Item = &'a Request>) -> Option<String> {
    let reply: Vec<_> = requests.flat_map(|request| &request.reply).collect();
    // Status codes of the client's own library; an answer from the adapter has a reason.
    let out_of_time = ["Cancelled", "DeadlineExceeded"].map(|code| Reply::Nothing(code.to_owned()));
    let late = reply.iter().filter(|(reply, _)| out_of_time.contains(reply)).count();
    let all = reply.len();
    (late * 100 > all * LATE_OF_HUNDRED)
        .then(|| format!("of {all} calls {late} were ended by billing's own clock"))
}

/// Checks every invariant against the evidence.
pub(crate) fn judge(evidence: &Evidence) -> Verdict {
    let (unknown, manual) = effects::unresolved(evidence);
    let others = [
        ("I2 an answer is written down before it is given", records::written_when_told(evidence)),
        ("I3 nothing leaves before it is written", records::written_first(evidence)),
        ("I5 one request, one answer", records::answers_are_equal(evidence)),
        ("I6 another content is refused", records::others_are_refused(evidence)),
        ("I7 no more back than taken, no more taken than held", amounts::within_limits(evidence)),
        ("I8 legal paths", records::legal_paths(evidence)),
        ("I11 the journal is whole", records::journal_is_whole(evidence)),
        ("I12 the journal says what the ledger says", amounts::parity(evidence)),
        ("I15 three sums", amounts::three_sums(evidence)),
    ];
    Verdict {
        double: effects::double(evidence),
        lost: effects::lost(evidence),
        phantom: effects::phantom(evidence),
        unknown,
        manual,
        others: others.into_iter().collect(),
    }
}
