//! The outbox of an account: the way of events to the subscribed endpoints.

use std::sync::Arc;

use crate::access::Side;
use crate::events::Event;
use crate::objects::webhook_endpoint::WebhookEndpoint;
use crate::shelf::Collection;
use crate::webhooks::parcel::{PendingDelivery, Reason};
use crate::webhooks::post::Post;
use crate::words::Word;

/// The outgoing events of one account.
#[derive(Debug)]
pub(crate) struct Outbox {
    side: Side,
    post: Arc<Post>,
}

impl Outbox {
    /// The outbox of an account, which hands all parcels to the post.
    pub(crate) fn new(side: Side, post: Arc<Post>) -> Self {
        Self { side, post }
    }

    /// Queues an event for all endpoints that subscribe to the event's type.
    pub(crate) fn post(&self, event: &Arc<Event>, endpoints: &Collection<WebhookEndpoint>) {
        let wanting = endpoints.newest_first().filter(|endpoint| endpoint.wants(event.kind.word()));
        let parcels: Vec<PendingDelivery> =
            wanting.map(|one| PendingDelivery::new(&self.side, &one.id, event, Reason::Wanted)).collect();
        if !parcels.is_empty() {
            self.post.hand_in(parcels);
        }
    }

    /// Sets the courier's alarm for scheduled work at a moment, in unix seconds. Without endpoints
    /// there is no alarm, and the work waits for the next call.
    pub(crate) fn expect(&self, at: i64, endpoints: &Collection<WebhookEndpoint>) {
        if endpoints.newest_first().next().is_some() {
            self.post.expect(at);
        }
    }
}
