//! The scheduled jobs, which also run on request.

use std::{pin::Pin, sync::Arc, time::Duration};

use causeway::{refusal::Refusal, request::Job, tenant::TenantName};
use causeway_domain::tenant::{PaymentSystem, Tenant};
use causeway_ports::processor::Capability;
use jiff::Timestamp;
use tokio::{sync::watch, time::Instant};

use crate::{
    context::Context,
    counts::{Item, JobCounts},
    engine::Engine,
    inbox::{poller, worker},
    phase::before_begin,
    reconcile::sweep,
    recovery,
};

/// Looks up payments and operations without a final outcome.
mod open;
/// Registers and deletes customers at Stripe.
mod customers;
/// Looks up SetupIntents in verification, and cancels abandoned ones.
mod setups;
/// Warns of expiring holds, renews holds, and records expired holds.
mod holds;

/// Interval of checks whether a job is due.
const DUE_CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// Maximum number of rows that a job reads from the journal at once.
const PAGE: u32 = 100;

/// Runs a job at the interval until the relay stops. After a cancelled run, as after a crash, the
/// next run handles the remaining items.
pub(crate) async fn run(engine: Arc<Engine>, job: Job, mut stop: watch::Receiver<bool>) {
    let Some(interval) = engine.config.jobs.interval(job) else { return };
    let runs = async {
        loop {
            tokio::time::sleep(DUE_CHECK_INTERVAL).await;
            if let Err(refusal) = run_if_due(&engine, job, interval).await {
                tracing::error!(
                    job = job.as_str(),
                    "a job failed, and runs again at its next interval: {refusal}"
                );
            }
        }
    };
    tokio::select! {
        () = runs => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn run_if_due(engine: &Arc<Engine>, job: Job, interval: Duration) -> Result<(), Refusal> {
    let Some(last) = due(engine, job, interval).await? else { return Ok(()) };
    let counts = engine.run_job(job, None, Some(last)).await?.0;
    if counts.is_empty() {
        tracing::debug!(job = job.as_str(), "a job ran and had nothing to do");
    } else {
        tracing::info!(job = job.as_str(), ?counts, "a job ran");
    }
    Ok(())
}

/// Whether a job is due by the journal's time of the last run, which survives a restart: with an
/// interval of one hour, a run half an hour ago leaves half an hour. Returns the time of the last
/// run if the job is due.
async fn due(context: &Context, job: Job, interval: Duration) -> Result<Option<Timestamp>, Refusal> {
    let now = context.environment.now();
    match context.journal.last_run(job).await.map_err(before_begin)? {
        Some(last) if now.duration_since(last).unsigned_abs() < interval => Ok(None),
        Some(last) => {
            context.journal.ran(job, now).await.map_err(before_begin)?;
            causeway_runtime::failpoint!("relay.job.claimed");
            Ok(Some(last))
        }
        // On a new journal, the first interval starts now.
        None => {
            context.journal.ran(job, now).await.map_err(before_begin)?;
            Ok(None)
        }
    }
}

/// A job's future on the heap. The function of its own keeps the large futures of all jobs off the stack
/// of `run_job`, below which a job has its deepest calls.
fn boxed<F>(job: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(job())
}

impl Engine {
    /// Runs a job for a tenant who asks for the job: once at a time, and at a limited rate.
    pub async fn run_requested_job(
        self: &Arc<Self>,
        tenant: &TenantName,
        job: Job,
    ) -> Result<JobCounts, Refusal> {
        let _running = self.requested_jobs.begin(tenant, job, Instant::now())?;
        self.run_job(job, Some(tenant), None).await
    }

    /// Runs a job now, for one tenant or for all. `last` is the time of the previous scheduled run,
    /// so that the sweep covers a downtime.
    pub async fn run_job(
        self: &Arc<Self>,
        job: Job,
        tenant: Option<&TenantName>,
        last: Option<Timestamp>,
    ) -> Result<JobCounts, Refusal> {
        let mut counts = JobCounts::default();
        match job {
            Job::Inbox => {
                counts.add("events", worker::work_off(self).await.map_err(before_begin)?);
                worker::forget(self).await.map_err(before_begin)?;
                if let Some(tenant) = tenant {
                    let known = self.journal.inbox_counts(tenant).await.map_err(before_begin)?;
                    counts.0.extend(known.into_iter().map(|(name, count)| (format!("inbox_{name}"), count)));
                }
            }
            Job::Poll => {
                for (tenant, system) in self.listing(tenant) {
                    let polled = poller::poll(self, &tenant.name, system).await;
                    let counted = polled.map(|new| {
                        counts.add("events", new);
                        false
                    });
                    counts.one("polled", &Item::of_system(&tenant.name, &system.name), counted);
                }
            }
            Job::Sweep => boxed(|| sweep::run(self, tenant, last, &mut counts)).await?,
            Job::Recovery => {
                boxed(|| recovery::now(self, tenant, &mut counts)).await.map_err(before_begin)?;
            }
            Job::Open => {
                // A caller on request expects current outcomes; for scheduled runs, recovery
                // has a separate schedule.
                if tenant.is_some() {
                    boxed(|| recovery::now(self, tenant, &mut counts)).await.map_err(before_begin)?;
                }
                boxed(|| open::run(self, tenant, &mut counts)).await?;
            }
            Job::Customers => boxed(|| customers::run(self, tenant, &mut counts)).await?,
            Job::Setups => boxed(|| setups::run(self, tenant, &mut counts)).await?,
            Job::Holds => boxed(|| holds::run(self, tenant, &mut counts)).await?,
        }
        Ok(counts)
    }
}

impl Context {
    /// The payment systems with a processor that offers lists of objects and events.
    pub(crate) fn listing(&self, only: Option<&TenantName>) -> Vec<(&Tenant, &PaymentSystem)> {
        let tenants = self.config.tenants.values();
        let tenants = tenants.filter(|tenant| only.is_none_or(|only| *only == tenant.name));
        let systems =
            tenants.flat_map(|tenant| tenant.payment_systems.values().map(move |system| (tenant, system)));
        let lists = |(tenant, system): &(&Tenant, &PaymentSystem)| {
            let processor = self.processor_of_system(&tenant.name, system);
            processor.is_ok_and(|processor| processor.can(Capability::List))
        };
        systems.filter(lists).collect()
    }
}
