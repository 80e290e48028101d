//! Signals between the engine's background workers and those who give them work.

use causeway::{order::PaymentId, tenant::TenantName};
use tokio::sync::{Mutex, Notify, mpsc};

/// The inbox worker's signals.
#[derive(Default)]
pub(crate) struct InboxSignals {
    /// Notified when an event has come in.
    pub(crate) arrived: Notify,
    /// One run works on events at a time.
    pub(crate) working: Mutex<()>,
}

/// Payments whose money has to go back, found while an operation was resolved.
pub(crate) struct Compensations {
    pub(crate) found: mpsc::UnboundedSender<(TenantName, PaymentId)>,
    /// The worker's end, until the worker begins.
    pub(crate) taken: Mutex<Option<mpsc::UnboundedReceiver<(TenantName, PaymentId)>>>,
}

impl Default for Compensations {
    fn default() -> Compensations {
        let (found, taken) = mpsc::unbounded_channel();
        Compensations { found, taken: Mutex::new(Some(taken)) }
    }
}
