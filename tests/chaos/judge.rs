//! The judge: what must be true of the ledger, the journal, the answers and the events, each
//! by itself.

/// One effect each, told to billing, and none that is told and not there.
mod once;
/// Sums and limits.
mod amounts;
/// The journal, the history and the events by themselves.
mod form;

use std::collections::BTreeMap;

use crate::{
    evidence::Evidence,
    history::{Request, Told},
};

/// So many calls of a hundred may end without an answer in time.
const LATE_OF_HUNDRED: usize = 5;

/// What was found.
#[derive(Default)]
pub(crate) struct Verdict {
    /// Effects that happened twice.
    pub(crate) double: Vec<String>,
    /// Effects that billing never heard of.
    pub(crate) lost: Vec<String>,
    /// What billing was told and never happened.
    pub(crate) phantom: Vec<String>,
    /// What nobody knows, although it can be known.
    pub(crate) unknown: Vec<String>,
    /// What nobody can know: Stripe keeps its own mistake as the answer.
    pub(crate) manual: Vec<String>,
    /// Everything else, by invariant.
    pub(crate) others: BTreeMap<&'static str, Vec<String>>,
}

impl Verdict {
    pub(crate) fn broken(&self) -> bool {
        let four = [&self.double, &self.lost, &self.phantom, &self.unknown];
        four.iter().any(|found| !found.is_empty()) || self.others.values().any(|found| !found.is_empty())
    }

    /// Adds what was found elsewhere.
    pub(crate) fn also(&mut self, invariant: &'static str, found: impl IntoIterator<Item = String>) {
        self.others.entry(invariant).or_default().extend(found);
    }

    /// Everything that is wrong, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let four = [
            ("double", &self.double),
            ("lost", &self.lost),
            ("phantom", &self.phantom),
            ("unknown", &self.unknown),
        ];
        let others = self.others.iter().map(|(name, found)| (*name, found));
        let all = four.into_iter().chain(others);
        all.flat_map(|(name, found)| found.iter().map(move |one| format!("{name}: {one}"))).collect()
    }
}

/// I14: callers are answered before their deadlines. Where the wire to the adapter is broken
/// nobody can do that, so billing's own clock may end a few of a hundred calls.
pub(crate) fn deadlines<'a>(requests: impl Iterator<Item = &'a Request>) -> Option<String> {
    let told: Vec<_> = requests.flat_map(|request| &request.told).collect();
    // What billing's own side makes of it; an answer has a reason of ours.
    let out_of_time = ["Cancelled", "DeadlineExceeded"].map(|code| Told::Nothing(code.to_owned()));
    let late = told.iter().filter(|(told, _)| out_of_time.contains(told)).count();
    let all = told.len();
    (late * 100 > all * LATE_OF_HUNDRED)
        .then(|| format!("of {all} calls {late} were ended by billing's own clock"))
}

/// Judges.
pub(crate) fn judge(evidence: &Evidence) -> Verdict {
    let (unknown, manual) = once::unresolved(evidence);
    let others = [
        ("I2 an answer is written down before it is given", form::written_when_told(evidence)),
        ("I3 nothing leaves before it is written", form::written_first(evidence)),
        ("I5 one request, one answer", form::answers_are_equal(evidence)),
        ("I6 another content is refused", form::others_are_refused(evidence)),
        ("I7 no more back than taken, no more taken than held", amounts::within_limits(evidence)),
        ("I8 legal paths", form::legal_paths(evidence)),
        ("I11 the journal is whole", form::journal_is_whole(evidence)),
        ("I12 the journal says what the ledger says", amounts::parity(evidence)),
        ("I15 three sums", amounts::three_sums(evidence)),
    ];
    Verdict {
        double: once::double(evidence),
        lost: once::lost(evidence),
        phantom: once::phantom(evidence),
        unknown,
        manual,
        others: others.into_iter().collect(),
    }
}
