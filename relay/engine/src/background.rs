//! What the engine does by itself, from start to stop: works on events, recovers, gives money back,
//! runs the jobs by the clock, renews its leases.

use std::sync::Arc;

use causeway::order::Job;
use tokio::task::JoinSet;

use crate::{
    engine::Engine,
    inbox::{poller, worker},
    jobs, leases,
    reconcile::compensate,
    recovery,
};

impl Engine {
    /// Begins with what the engine does by itself: events, recovery, jobs by the clock.
    pub async fn start(self: &Arc<Self>) -> Background {
        if let Err(refusal) = poller::begin(self).await {
            tracing::warn!("it is not noted from when on events are asked for: {refusal}");
        }
        let mut renewal = JoinSet::new();
        let (journal, leases) = (Arc::clone(&self.journal), Arc::clone(&self.leases));
        renewal.spawn(leases::renew(journal, leases, Arc::clone(&self.clock)));
        let mut workers = JoinSet::new();
        workers.spawn(worker::run(Arc::clone(self), self.stopping()));
        workers.spawn(recovery::run(Arc::clone(self), self.stopping()));
        if let Some(found) = self.compensations.taken.lock().await.take() {
            workers.spawn(compensate::run(Arc::clone(self), found, self.stopping()));
        }
        let by_the_clock = |job: &Job| !matches!(job, Job::Inbox | Job::Recovery);
        for job in Job::ALL.into_iter().filter(by_the_clock) {
            workers.spawn(jobs::run(Arc::clone(self), job, self.stopping()));
        }
        Background { engine: Arc::clone(self), workers, renewal }
    }
}

/// What an engine does by itself.
pub struct Background {
    engine: Arc<Engine>,
    workers: JoinSet<()>,
    renewal: JoinSet<()>,
}

impl Background {
    /// Waits until the workers and all operations have ended, after [`Engine::stop`].
    pub async fn drain(&mut self) {
        while self.workers.join_next().await.is_some() {}
        self.engine.tasks.close();
        self.engine.tasks.wait().await;
    }

    /// Ends everything at once, so that nothing of it has the journal any more. An operation that
    /// has not ended is taken up by a repetition or by recovery.
    pub async fn abort(mut self) {
        self.workers.shutdown().await;
        self.renewal.shutdown().await;
    }
}
