//! Jobs on request: each job runs once at a time for a tenant, and at a limited rate.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway::{refusal::Refusal, request::Job, tenant::TenantName};
use causeway_runtime::pace::Bucket;
use tokio::time::Instant;

use crate::tenant_share::share_used_up;

/// Jobs of one tenant per second, in the long run.
const EACH_SECOND: u32 = 10;
/// Jobs of this time may run at once.
const BURST: Duration = Duration::from_secs(10);
/// Wait before a retry.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The jobs that run on request now, and the rates of the tenants.
#[derive(Clone, Default)]
pub(crate) struct RequestedJobs(Arc<Mutex<Requested>>);

#[derive(Default)]
struct Requested {
    running: HashSet<(TenantName, Job)>,
    rates: HashMap<TenantName, Option<Bucket>>,
}

/// A job that runs on request; another run may begin after the drop.
pub(crate) struct Running {
    jobs: RequestedJobs,
    key: (TenantName, Job),
}

impl RequestedJobs {
    /// Begins a job of a tenant, unless the job runs or the rate is used up.
    pub(crate) fn begin(&self, tenant: &TenantName, job: Job, now: Instant) -> Result<Running, Refusal> {
        let mut requested = self.lock();
        let key = (tenant.clone(), job);
        if requested.running.contains(&key) {
            let what = format!("its job {} runs already", job.as_str());
            return Err(share_used_up(tenant, what, RETRY_AFTER));
        }
        let rate =
            requested.rates.entry(tenant.clone()).or_insert_with(|| Bucket::bursting(EACH_SECOND, BURST));
        if rate.as_mut().is_some_and(|rate| !rate.spend(now)) {
            let what = format!("it has run {EACH_SECOND} jobs per second for {} s", BURST.as_secs());
            return Err(share_used_up(tenant, what, RETRY_AFTER));
        }
        requested.running.insert(key.clone());
        Ok(Running { jobs: self.clone(), key })
    }

    fn lock(&self) -> MutexGuard<'_, Requested> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.jobs.lock().running.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_runs_each_job_once_at_a_time_and_at_a_rate() {
        let tenant = |name: &str| TenantName::parse(name).unwrap();
        let (acme, globex) = (tenant("acme"), tenant("globex"));
        let (jobs, start) = (RequestedJobs::default(), Instant::now());
        let sweep = jobs.begin(&acme, Job::Sweep, start).ok();
        let refused = |again: Result<Running, Refusal>| again.err().map(|refusal| refusal.to_string());
        let said = refused(jobs.begin(&acme, Job::Sweep, start)).unwrap();
        assert!(said.contains("tenant acme has used up its share: its job sweep runs already"), "{said}");
        assert!(
            jobs.begin(&acme, Job::Poll, start).is_ok() && jobs.begin(&globex, Job::Sweep, start).is_ok()
        );
        drop(sweep);
        assert!(jobs.begin(&acme, Job::Sweep, start).is_ok());
        let runs = std::iter::from_fn(|| jobs.begin(&acme, Job::Poll, start).ok()).take(1000).count();
        assert_eq!(runs, 97, "a hundred, and three before");
        assert!(jobs.begin(&globex, Job::Poll, start).is_ok(), "the rate is its own");
        assert!(jobs.begin(&acme, Job::Poll, start + Duration::from_millis(100)).is_ok());
    }
}
