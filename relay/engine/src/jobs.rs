//! What the relay does by itself, now and then, and when somebody asks for it.

use std::{sync::Arc, time::Duration};

use causeway::{order::Job, refusal::Refusal, tenant::TenantName};
use causeway_domain::tenant::{PaymentSystem, Tenant};
use causeway_ports::processor::Capability;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    context::Context,
    counts::Counts,
    engine::Engine,
    inbox::{poller, worker},
    phase::before_begin,
    reconcile::sweep,
    recovery,
};

/// Looks at what is still open.
mod open;
/// Makes and deletes customers at Stripe.
mod customers;
/// Looks at card set-ups, and gives up abandoned ones.
mod setups;
/// Warns of holds that end, sees those that have ended, renews them.
mod holds;

/// How often it is looked whether a job is due.
const LOOK: Duration = Duration::from_millis(500);
/// Rows that a job takes from the journal at once.
const PAGE: u32 = 100;

/// Runs a job when it is due, until it is told to stop. A run that is broken off by that is
/// as one that was killed: the next one finds what it had not come to.
pub(crate) async fn run(engine: Arc<Engine>, job: Job, mut stop: watch::Receiver<bool>) {
    let Some(interval) = engine.config.jobs.interval(job) else { return };
    let runs = async {
        loop {
            tokio::time::sleep(LOOK).await;
            if let Err(refusal) = run_if_due(&engine, job, interval).await {
                tracing::error!(job = job.as_str(), "a job could not run: {refusal}");
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
        tracing::debug!(job = job.as_str(), "a job found nothing to do");
    } else {
        tracing::info!(job = job.as_str(), ?counts, "a job ran");
    }
    Ok(())
}

/// By the clock, and over a restart: what ran half an hour ago is due in half an hour. Gives
/// when it ran last, if it is due.
async fn due(context: &Context, job: Job, interval: Duration) -> Result<Option<Timestamp>, Refusal> {
    let now = context.surroundings.now();
    match context.journal.last_run(job).await.map_err(before_begin)? {
        Some(last) if now.duration_since(last).unsigned_abs() < interval => Ok(None),
        Some(last) => {
            context.journal.ran(job, now).await.map_err(before_begin)?;
            causeway_runtime::failpoint!("relay.job.claimed");
            Ok(Some(last))
        }
        // The first interval begins with the journal.
        None => {
            context.journal.ran(job, now).await.map_err(before_begin)?;
            Ok(None)
        }
    }
}

impl Engine {
    /// Runs a job now, for one tenant or for all. `last` is when it ran by itself before, so
    /// that it can make up for what it was not there for.
    pub async fn run_job(
        self: &Arc<Self>,
        job: Job,
        tenant: Option<&TenantName>,
        last: Option<Timestamp>,
    ) -> Result<Counts, Refusal> {
        let mut counts = Counts::default();
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
                    let told = polled.map(|new| {
                        counts.add("events", new);
                        false
                    });
                    counts.one("polled", &system.name, told);
                }
            }
            Job::Sweep => sweep::run(self, tenant, last, &mut counts).await?,
            Job::Recovery => recovery::now(self, tenant, &mut counts).await.map_err(before_begin)?,
            Job::Open => {
                // Who asks for it wants to know now; by the clock recovery goes its own way.
                if tenant.is_some() {
                    recovery::now(self, tenant, &mut counts).await.map_err(before_begin)?;
                }
                open::run(self, tenant, &mut counts).await?;
            }
            Job::Customers => customers::run(self, tenant, &mut counts).await?,
            Job::Setups => setups::run(self, tenant, &mut counts).await?,
            Job::Holds => holds::run(self, tenant, &mut counts).await?,
        }
        Ok(counts)
    }
}

impl Context {
    /// The payment systems whose processors have lists and events to ask for.
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
