//! The report of a run: figures, findings, and the last line.

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use crate::{
    config::Scale,
    evidence::Evidence,
    fault_coverage,
    history::{Kind, Reply},
    judge::Verdict,
    settling::Resolved,
};

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// Every invariant held, and enough faults struck.
    Held,
    /// No invariant was broken, but too few faults struck for a verdict.
    Vacuous,
    /// An invariant was broken.
    Broken,
}

impl End {
    /// The result of a run by the exit code.
    pub(crate) fn of(code: Option<i32>) -> End {
        match code {
            Some(0) => End::Held,
            Some(2) => End::Vacuous,
            _ => End::Broken,
        }
    }

    pub(crate) fn code(self) -> ExitCode {
        match self {
            End::Held => ExitCode::SUCCESS,
            End::Broken => ExitCode::from(1),
            End::Vacuous => ExitCode::from(2),
        }
    }
}

/// The sum of a run, or of several.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums([usize; 8]);

impl Sums {
    pub(crate) fn of(verdict: &Verdict, kills: u64, faults: u64, payments: u64) -> Sums {
        let four = [&verdict.double, &verdict.lost, &verdict.phantom, &verdict.unknown];
        let [double, lost, phantom, unknown] = four.map(Vec::len);
        let [kills, faults, payments] =
            [kills, faults, payments].map(|count| usize::try_from(count).unwrap());
        Sums([double, lost, phantom, unknown, verdict.manual.len(), kills, faults, payments])
    }

    /// Parses a last line; `None` for any other line.
    pub(crate) fn read(line: &str) -> Option<Sums> {
        let words: Vec<_> = line.split(' ').map(|word| word.split_once('=')).collect::<Option<_>>()?;
        let counts: Vec<usize> = words.iter().map(|(_, count)| count.parse().ok()).collect::<Option<_>>()?;
        Some(Sums(counts.try_into().ok()?))
    }

    pub(crate) fn add(&mut self, other: &Sums) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, more)| *sum += more);
    }

    /// Writes the sums as the last line.
    pub(crate) fn line(&self) -> String {
        let names = ["double", "lost", "phantom", "unknown", "manual", "kills", "faults", "payments"];
        let all: Vec<_> = names.iter().zip(self.0).map(|(name, count)| format!("{name}={count}")).collect();
        all.join(" ")
    }
}

/// Figures of a run beside the sums.
pub(crate) struct Figures<'a> {
    pub(crate) scale: &'a Scale,
    pub(crate) evidence: &'a Evidence,
    pub(crate) resolved: &'a Resolved,
    pub(crate) faults: &'a BTreeMap<String, u64>,
    pub(crate) places: &'a BTreeMap<String, u64>,
    /// Milliseconds until the relay listened, after each death.
    pub(crate) starts: Vec<u64>,
    /// Peak memory of a relay in KiB.
    pub(crate) memory: u64,
    pub(crate) pauses: u64,
    pub(crate) new_secrets: u64,
}

/// A ratio with two decimals.
fn ratio(of: u64, to: u64) -> String {
    let hundredths = of * 100 / to.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

impl Figures<'_> {
    /// Prints the figures, a line each.
    pub(crate) fn print(mut self) {
        let resolved = self.resolved;
        println!(
            "unknown when the faults ended: {} resolved, p50 {} ms, p99 {} ms, all {} ms; {} left",
            resolved.took.len(),
            resolved.percentile(50),
            resolved.percentile(99),
            resolved.percentile(100),
            resolved.left
        );
        let requests = &self.evidence.requests;
        let unknown = fault_coverage::through_unknown(self.evidence);
        println!("requests: {}, {unknown} of them unknown for a while", requests.len());
        self.calls();
        self.starts.sort_unstable();
        let of_starts = |of_hundred: usize| {
            self.starts.get((self.starts.len() * of_hundred / 100).min(self.starts.len().saturating_sub(1)))
        };
        println!(
            "the relay started {} times: p50 {:?} ms, p99 {:?} ms; most memory {} KiB; {} pauses, {} new secrets",
            self.starts.len(),
            of_starts(50).copied().unwrap_or_default(),
            of_starts(99).copied().unwrap_or_default(),
            self.memory,
            self.pauses,
            self.new_secrets
        );
        println!("died at: {:?}", self.places);
        println!("faults: {:?}", self.faults);
        println!("what billing heard while it asked: {:?}", self.received());
        println!("seed {}", self.scale.seed);
    }

    /// Calls to Stripe: POST calls per operation that reached Stripe, and look-ups for new
    /// events or unknown outcomes.
    fn calls(&self) {
        let heads = &self.evidence.traffic;
        let post_count = |names: &[&str]| names.iter().filter_map(|name| heads.asked.get(*name)).sum::<u64>();
        let count = |count: usize| u64::try_from(count).unwrap();
        let operations = count(self.evidence.journal.operations.len());
        let numbers = count(self.evidence.requests.values().filter(|request| request.with_number).count());
        let money = post_count(&["payment_intents", "confirm", "capture", "cancel", "refunds"]);
        println!(
            "calls to Stripe: {} for each of {operations} operations, {} for each of {numbers} card numbers; {} looks at each operation; {} answers replayed",
            ratio(money, operations),
            ratio(post_count(&["payment_methods"]), numbers),
            ratio(heads.looks_up(), operations),
            heads.replayed
        );
        println!("asked: {:?}; looked: {:?}", heads.asked, heads.status_at_end);
    }

    fn received(&self) -> BTreeMap<String, u64> {
        let mut received = BTreeMap::new();
        for request in self.evidence.requests.values() {
            for (reply, _) in &request.reply {
                let name = match reply {
                    Reply::Nothing(reason) | Reply::Refused(reason) => reason.clone(),
                    Reply::Approved | Reply::Declined(_) | Reply::NotYet | Reply::Unknown => {
                        format!("{reply:?}")
                    }
                };
                *received.entry(name).or_default() += 1;
            }
        }
        let refunds = self.evidence.requests.values().filter(|request| request.kind == Kind::Refund).count();
        received.insert("(refunds)".to_owned(), u64::try_from(refunds).unwrap());
        received
    }
}

/// Keeps ledger, findings and seed beside the files of a run, for the reader of a failed run.
pub(crate) fn keep(scale: &Scale, directory: &Path, evidence: &Evidence, verdict: &Verdict) {
    let seed = format!("CHAOS_SEED={} CHAOS_PAYMENTS={}\n", scale.seed, scale.payments);
    let ledger: Vec<_> = evidence.ledger.iter().map(|effect| format!("{effect:?}")).collect();
    std::fs::write(directory.join("seed"), seed).unwrap();
    std::fs::write(directory.join("ledger"), ledger.join("\n")).unwrap();
    std::fs::write(directory.join("wrong"), verdict.lines().join("\n")).unwrap();
    // The settings hold keys, which are not needed any more.
    drop(std::fs::remove_dir_all(directory.join("settings")));
    println!("seed, history, journal and ledger are kept in {}", directory.display());
}
