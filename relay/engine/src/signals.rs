//! Signals to the engine's background workers.

use std::sync::Arc;

use causeway::{request::PaymentId, tenant::TenantName};
use causeway_runtime::shares::Shares;
use tokio::sync::{Mutex, Notify, mpsc};

/// Maximum number of events handled at the same time. A tenant of several has half of them at most.
const EVENTS_AT_ONCE: usize = 8;

/// The signals and places of the inbox worker.
pub(crate) struct InboxSignals {
    /// Notified after an event is stored in the inbox.
    pub(crate) arrived: Notify,
    /// Held by the run that handles events, so that only one run works at a time.
    pub(crate) working: Mutex<()>,
    /// Places for events that are handled at the same time, with a share for each tenant.
    pub(crate) places: Arc<Shares<TenantName>>,
}

impl InboxSignals {
    /// The signals, with places for this number of tenants.
    pub(crate) fn of(tenants: usize) -> InboxSignals {
        let places = Arc::new(Shares::halves(EVENTS_AT_ONCE, tenants));
        InboxSignals { arrived: Notify::default(), working: Mutex::default(), places }
    }
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
