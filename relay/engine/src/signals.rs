//! Signals to the engine's background workers.

use causeway::{request::PaymentId, tenant::TenantName};
use tokio::sync::{Mutex, Notify, mpsc};

/// The signals of the inbox worker.
#[derive(Default)]
pub(crate) struct InboxSignals {
    /// Notified after an event is stored in the inbox.
    pub(crate) arrived: Notify,
    /// Held by the run that handles events, so that only one run works at a time.
    pub(crate) working: Mutex<()>,
}

/// Late successes found while an operation was resolved, as a channel to the compensation worker.
pub(crate) struct Compensations {
    pub(crate) found: mpsc::UnboundedSender<(TenantName, PaymentId)>,
    /// The receiver, until the compensation worker takes the receiver.
    pub(crate) taken: Mutex<Option<mpsc::UnboundedReceiver<(TenantName, PaymentId)>>>,
}

impl Default for Compensations {
    fn default() -> Compensations {
        let (found, taken) = mpsc::unbounded_channel();
        Compensations { found, taken: Mutex::new(Some(taken)) }
    }
}
