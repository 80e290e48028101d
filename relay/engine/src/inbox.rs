//! The inbox: handles the processor's events, and polls for events that were lost.
//!
//! An event is stored before the processor gets an answer, and handled afterwards. The relay
//! treats an event as a hint: if the event shows a change, the relay looks up the object, and the
//! look-up moves the payment.

use causeway_ports::journal::{JournalError, inbox::InboundEvent};

use crate::engine::Engine;

/// Handler of a single event, by the event's kind.
mod handler;
/// Handlers of events about a card or a customer.
mod cards;
/// Worker that handles the due inbox entries.
pub(crate) mod worker;
/// Poller for payment systems without webhooks, and for lost events.
pub(crate) mod poller;

impl Engine {
    /// Stores a pushed event before the processor gets an answer. Returns whether the event was new.
    pub async fn accept_event(&self, event: InboundEvent) -> Result<bool, JournalError> {
        causeway_runtime::failpoint!("relay.webhook.before_store");
        let new = self.journal.enqueue(vec![event], None).await?;
        causeway_runtime::failpoint!("relay.webhook.stored");
        self.inbox.arrived.notify_one();
        Ok(new > 0)
    }
}
