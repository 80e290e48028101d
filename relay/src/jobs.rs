//! What the relay does by itself, now and then, and when somebody asks for it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway::{order::Job, refusal::Refusal, tenant::TenantName};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    news::{poll, work},
    operation::{Desk, unwritable},
    recovery,
    settings::{PaymentSystem, Tenant},
};

/// Compares recent payments and refunds with Stripe's, both ways.
mod sweep;
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

/// What a job did, by a name for each thing that was counted.
#[derive(Debug, Default)]
pub struct Counts(pub BTreeMap<String, u64>);

impl Counts {
    fn add(&mut self, name: &str, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let entry = self.0.entry(name.to_owned()).or_default();
        *entry = entry.saturating_add(count);
    }

    /// One that went well or did not. One that did not stops no other.
    pub(crate) fn one(&mut self, name: &str, about: &str, result: Result<bool, Refusal>) {
        match result {
            Ok(true) => self.add(name, 1),
            Ok(false) => {}
            Err(refusal) => {
                tracing::warn!(job = name, about, "not done, and tried again by the next run: {refusal}");
                self.add("failed", 1);
            }
        }
    }
}

/// Runs a job when it is due, until it is told to stop. A run that is broken off by that is
/// as one that was killed: the next one finds what it had not come to.
pub(crate) async fn run(desk: Arc<Desk>, job: Job, mut stop: watch::Receiver<bool>) {
    let Some(interval) = desk.settings.jobs.interval(job) else { return };
    let runs = async {
        loop {
            tokio::time::sleep(LOOK).await;
            if let Err(refusal) = run_if_due(&desk, job, interval).await {
                tracing::error!(job = job.as_str(), "a job could not run: {refusal}");
            }
        }
    };
    tokio::select! {
        () = runs => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn run_if_due(desk: &Arc<Desk>, job: Job, interval: Duration) -> Result<(), Refusal> {
    let Some(last) = due(desk, job, interval).await? else { return Ok(()) };
    let counts = desk.run_job(job, None, Some(last)).await?.0;
    if counts.is_empty() {
        tracing::debug!(job = job.as_str(), "a job found nothing to do");
    } else {
        tracing::info!(job = job.as_str(), ?counts, "a job ran");
    }
    Ok(())
}

/// By the clock, and over a restart: what ran half an hour ago is due in half an hour. Gives
/// when it ran last, if it is due.
async fn due(desk: &Desk, job: Job, interval: Duration) -> Result<Option<Timestamp>, Refusal> {
    let now = desk.surroundings.now();
    match desk.journal.last_run(job).await.map_err(unwritable)? {
        Some(last) if now.duration_since(last).unsigned_abs() < interval => Ok(None),
        Some(last) => {
            desk.journal.ran(job, now).await.map_err(unwritable)?;
            causeway_runtime::failpoint!("relay.job.claimed");
            Ok(Some(last))
        }
        // The first interval begins with the journal.
        None => {
            desk.journal.ran(job, now).await.map_err(unwritable)?;
            Ok(None)
        }
    }
}

impl Desk {
    /// Runs a job now, for one tenant or for all. `last` is when it ran by itself before, so
    /// that it can make up for what it was not there for.
    pub(crate) async fn run_job(
        self: &Arc<Self>,
        job: Job,
        tenant: Option<&TenantName>,
        last: Option<Timestamp>,
    ) -> Result<Counts, Refusal> {
        let mut counts = Counts::default();
        match job {
            Job::Inbox => {
                counts.add("events", work::work_off(self).await.map_err(unwritable)?);
                work::forget(self).await.map_err(unwritable)?;
                if let Some(tenant) = tenant {
                    let known = self.journal.inbox_counts(tenant).await.map_err(unwritable)?;
                    counts.0.extend(known.into_iter().map(|(name, count)| (format!("inbox_{name}"), count)));
                }
            }
            Job::Poll => {
                for (tenant, system) in self.listing(tenant) {
                    let polled = poll::poll(self, &tenant.name, system).await;
                    let told = polled.map(|new| {
                        counts.add("events", new);
                        false
                    });
                    counts.one("polled", &system.name, told);
                }
            }
            Job::Sweep => sweep::run(self, tenant, last, &mut counts).await?,
            Job::Recovery => recovery::now(self, tenant, &mut counts).await?,
            Job::Open => {
                // Who asks for it wants to know now; by the clock recovery goes its own way.
                if tenant.is_some() {
                    recovery::now(self, tenant, &mut counts).await?;
                }
                open::run(self, tenant, &mut counts).await?;
            }
            Job::Customers => customers::run(self, tenant, &mut counts).await?,
            Job::Setups => setups::run(self, tenant, &mut counts).await?,
            Job::Holds => holds::run(self, tenant, &mut counts).await?,
        }
        Ok(counts)
    }

    /// The payment systems whose processors have lists and events to ask for.
    fn listing(&self, only: Option<&TenantName>) -> Vec<(&Tenant, &PaymentSystem)> {
        let tenants = self.settings.tenants.values();
        let tenants = tenants.filter(|tenant| only.is_none_or(|only| *only == tenant.name));
        let systems =
            tenants.flat_map(|tenant| tenant.payment_systems.values().map(move |system| (tenant, system)));
        let lists = |(tenant, system): &(&Tenant, &PaymentSystem)| {
            self.way(&tenant.name, system).is_ok_and(|way| way.keeps_lists())
        };
        systems.filter(lists).collect()
    }
}
