//! How often the relay's own jobs run.

use std::{collections::BTreeMap, time::Duration};

use causeway::order::Job;
use causeway_runtime::settings::Section;

/// The intervals.
#[derive(Debug, Clone)]
pub struct Jobs(BTreeMap<Job, Option<Duration>>);

/// Seconds between two runs unless the operator says otherwise, and the most there may be.
const USUAL: [(Job, u64, u64); 8] = [
    // What comes in is worked on at once; this is for what has to be tried again.
    (Job::Inbox, 1, 60),
    // How soon an operation that is due is taken up.
    (Job::Recovery, 1, 3600),
    (Job::Poll, 60, 86_400),
    (Job::Sweep, 3600, 86_400),
    (Job::Open, 900, 86_400),
    (Job::Customers, 3600, 86_400),
    (Job::Setups, 900, 86_400),
    (Job::Holds, 300, 86_400),
];

impl Jobs {
    /// Reads the section `jobs`, which may be missing.
    pub(super) fn read(root: &mut Section) -> Option<Jobs> {
        let mut section = root.section("jobs");
        let mut read = BTreeMap::new();
        for (job, usual, most) in USUAL {
            // Without the inbox, nothing that comes in would ever be worked on.
            let least = u64::from(job == Job::Inbox);
            let name = format!("{}_seconds", job.as_str());
            let seconds = match &mut section {
                Some(section) => section.number(&name, usual, least, most),
                None => Some(usual),
            };
            read.insert(job, seconds);
        }
        if let Some(section) = section {
            section.finish();
        }
        let all: Option<BTreeMap<_, _>> =
            read.into_iter().map(|(job, seconds)| Some((job, seconds?))).collect();
        Some(Jobs(all?.into_iter().map(|(job, seconds)| (job, interval(seconds))).collect()))
    }

    /// How often a job runs by itself; `None`: only when it is asked for.
    pub fn interval(&self, job: Job) -> Option<Duration> {
        self.0.get(&job).copied().flatten()
    }
}

/// Nothing for 0.
fn interval(seconds: u64) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(seconds))
}
