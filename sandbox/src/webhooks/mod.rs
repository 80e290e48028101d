//! Webhooks: events on the way to the subscribed endpoints.
//!
//! An event goes from the account's outbox into the lane of each endpoint that subscribes to the
//! event's type. The courier wakes when a parcel waits or becomes due, and works off every lane
//! independently, so that no endpoint has to wait for another endpoint and no call for any of them.

mod carrier;
pub(crate) mod dispatcher;
pub(crate) mod delivery;
pub(crate) mod fault;
mod handle;
mod lane;
pub(crate) mod outbox;
mod parcel;
pub(crate) mod post;
mod schedule;
mod signature;
mod unreceived;
