//! The outbox of an account: where its events leave for the endpoints that want them.

use std::sync::Arc;

use crate::access::Side;
use crate::events::Event;
use crate::objects::webhook_endpoint::WebhookEndpoint;
use crate::shelf::Shelf;
use crate::webhooks::parcel::{Parcel, Reason};
use crate::webhooks::post::Post;
use crate::words::Word;

/// Where the events of one account leave.
#[derive(Debug)]
pub(crate) struct Outbox {
    side: Side,
    post: Arc<Post>,
}

impl Outbox {
    /// The outbox of an account, from which everything goes to the post.
    pub(crate) fn new(side: Side, post: Arc<Post>) -> Self {
        Self { side, post }
    }

    /// Puts an event on its way to all endpoints that want it.
    pub(crate) fn post(&self, event: &Arc<Event>, endpoints: &Shelf<WebhookEndpoint>) {
        let wanting = endpoints.newest_first().filter(|endpoint| endpoint.wants(event.kind.word()));
        let parcels: Vec<Parcel> =
            wanting.map(|one| Parcel::new(&self.side, &one.id, event, Reason::Wanted)).collect();
        if !parcels.is_empty() {
            self.post.hand_in(parcels);
        }
    }

    /// Sees to it that what happens by itself at a moment, in unix seconds, happens then, and not with the next
    /// call only, if anybody would hear of it.
    pub(crate) fn expect(&self, at: i64, endpoints: &Shelf<WebhookEndpoint>) {
        if endpoints.newest_first().next().is_some() {
            self.post.expect(at);
        }
    }
}
