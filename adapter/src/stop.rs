//! The stop signal of the adapter, for tasks that run on their own.

use std::time::Duration;

use tokio::sync::watch;

/// Receiver of the stop signal.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Sender of the stop signal.
#[derive(Clone)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// Creates sender and receiver of the stop signal.
pub(crate) fn channel() -> (Stopper, Stop) {
    let (stopper, stop) = watch::channel(false);
    (Stopper(stopper), Stop(stop))
}

impl Stopper {
    pub(crate) fn send(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether the stop signal was sent.
    pub(crate) fn is_sent(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the stop signal.
    pub(crate) async fn wait(&mut self) {
        // Fails when every sender is dropped, which also means a stop.
        drop(self.0.wait_for(|sent| *sent).await);
    }

    /// Waits, and returns whether the whole pause has passed without a stop.
    pub(crate) async fn pause(&mut self, pause: Duration) -> bool {
        tokio::time::timeout(pause, self.wait()).await.is_err()
    }
}
