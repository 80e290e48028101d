//! The engine's background workers, from start to stop: the inbox worker, recovery, compensation of
//! late successes, the scheduled jobs, and the renewal of leases.

use std::sync::Arc;

use causeway::request::Job;
use tokio::task::JoinSet;

use crate::{
    engine::Engine,
    inbox::{poller, worker},
    jobs, leases,
    reconcile::compensate,
    recovery,
};

impl Engine {
    /// Starts the background workers and returns the handle that stops or drains the workers.
    pub async fn start(self: &Arc<Self>) -> Background {
        poller::begin(self).await;
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
        for job in Job::ALL.iter().copied().filter(by_the_clock) {
            workers.spawn(jobs::run(Arc::clone(self), job, self.stopping()));
        }
        Background { engine: Arc::clone(self), workers, renewal }
    }
}

/// Handle of the engine's background workers.
pub struct Background {
    engine: Arc<Engine>,
    workers: JoinSet<()>,
    renewal: JoinSet<()>,
}

impl Background {
    /// Waits until the workers and all operations have ended. Call [`Engine::stop`] first.
    pub async fn drain(&mut self) {
        while self.workers.join_next().await.is_some() {}
        self.engine.tasks.close();
        self.engine.tasks.wait().await;
    }

    /// Cancels all workers at once and releases their references to the journal. An unfinished
    /// operation is resolved later by a repeated request or by recovery.
    pub async fn abort(mut self) {
        self.workers.shutdown().await;
        self.renewal.shutdown().await;
    }
}
