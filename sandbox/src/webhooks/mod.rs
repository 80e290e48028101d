//! Webhooks: the delivery of events to the subscribed endpoints.
//!
//! An event goes from the account's outbox into the queue of each endpoint that subscribes to the
//! event's type. The dispatcher wakes when a delivery waits or becomes due, and handles the endpoints
//! independently, so that a slow endpoint delays neither other endpoints nor calls.

mod client;
pub(crate) mod dispatcher;
pub(crate) mod delivery;
pub(crate) mod delivery_changes;
pub(crate) mod fault;
mod handle;
mod endpoint_queue;
pub(crate) mod outbox;
pub(crate) mod pending_delivery;
pub(crate) mod delivery_queue;
pub(crate) mod restored_deliveries;
mod retry_schedule;
mod signature;
mod unreceived;
