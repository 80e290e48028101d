//! Webhooks: events on their way to the endpoints that want them.
//!
//! An event goes from its account's outbox into the lane of each endpoint that wants it. The courier wakes when
//! something waits there or becomes due, and works off every lane by itself, so that no endpoint has to wait
//! for another one and no call for any of them.

mod carrier;
pub(crate) mod courier;
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
