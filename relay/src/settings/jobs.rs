//! Intervals of the background jobs.

use std::{collections::BTreeMap, time::Duration};

use causeway::request::Job;
use causeway_engine::JobIntervals;
use causeway_runtime::settings::Section;

/// For each job the default interval and the maximum interval, in seconds.
const USUAL: [(Job, u64, u64); 8] = [
    // New events are handled at once; the interval is for events that have to be retried.
    (Job::Inbox, 1, 60),
    // The maximum delay until a due operation is resumed.
    (Job::Recovery, 1, 3600),
    (Job::Poll, 60, 86_400),
    (Job::Sweep, 3600, 86_400),
    (Job::Open, 900, 86_400),
    (Job::Customers, 3600, 86_400),
    (Job::Setups, 900, 86_400),
    (Job::Holds, 300, 86_400),
];

/// Reads the section `jobs`, which may be absent.
pub(super) fn read(root: &mut Section) -> Option<JobIntervals> {
    let mut section = root.section("jobs");
    let mut read = vec![];
    for (job, usual, most) in USUAL {
        // The minimum is 1 for the inbox, because 0 would leave every event unhandled.
        let least = u64::from(job == Job::Inbox);
        let name = format!("{}_seconds", job.as_str());
        let seconds = match &mut section {
            Some(section) => section.number(&name, usual, least, most),
            None => Some(usual),
        };
        read.push((job, seconds));
    }
    if let Some(section) = section {
        section.finish();
    }
    let all: Option<BTreeMap<_, _>> =
        read.into_iter().map(|(job, seconds)| Some((job, Duration::from_secs(seconds?)))).collect();
    let intervals = all?.into_iter().filter(|(_, interval)| !interval.is_zero());
    Some(JobIntervals(intervals.collect()))
}
