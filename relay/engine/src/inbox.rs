//! The inbox: works on the processor's events, and polls for those that were lost.
//!
//! An event is stored before the processor is answered, and handled afterwards. It is a hint, not
//! the truth: where it tells something new, the object is looked up, and what is seen there moves
//! the payment.

use causeway_ports::journal::{JournalError, inbox::InboundEvent};

use crate::engine::Engine;

/// Handles one event.
mod handler;
/// Handles an event about a card or a customer.
mod cards;
/// Works on what has come in.
pub(crate) mod worker;
/// Asks for events where none can arrive, and for those that were lost.
pub(crate) mod poller;

impl Engine {
    /// Stores an event that was pushed. Gives whether it was new. Only then is the processor
    /// answered.
    pub async fn accept_event(&self, event: InboundEvent) -> Result<bool, JournalError> {
        causeway_runtime::failpoint!("relay.webhook.before_store");
        let new = self.journal.enqueue(vec![event], None).await?;
        causeway_runtime::failpoint!("relay.webhook.stored");
        self.inbox.arrived.notify_one();
        Ok(new > 0)
    }
}
