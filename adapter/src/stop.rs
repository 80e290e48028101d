//! The word that the adapter is being stopped, for what would go on by itself.

use std::time::Duration;

use tokio::sync::watch;

/// Hears that the adapter is being stopped.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Tells it.
#[derive(Clone)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// Both ends.
pub(crate) fn word() -> (Stopper, Stop) {
    let (stopper, stop) = watch::channel(false);
    (Stopper(stopper), Stop(stop))
}

impl Stopper {
    pub(crate) fn tell(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether it was told.
    pub(crate) fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is told.
    pub(crate) async fn told(&mut self) {
        // Fails when nobody is left who could tell it, which is as good.
        drop(self.0.wait_for(|told| *told).await);
    }

    /// Waits, and says whether the whole pause has passed.
    pub(crate) async fn pause(&mut self, pause: Duration) -> bool {
        tokio::time::timeout(pause, self.told()).await.is_err()
    }
}
