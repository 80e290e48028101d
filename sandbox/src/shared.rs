//! What all calls and the handle share.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::access::Side;
use crate::calls::Call;
use crate::clock::Clock;
use crate::fault::Faults;
use crate::newest::Newest;
use crate::settings::RawCards;
use crate::state::{Desk, World};
use crate::webhooks::post::Post;

/// The sandbox behind its door.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The time.
    pub(crate) clock: Clock,
    /// All that happened.
    pub(crate) world: Mutex<World>,
    /// What will go wrong.
    pub(crate) faults: Mutex<Faults>,
    /// What brings events to webhook endpoints.
    pub(crate) post: Arc<Post>,
    /// What was received.
    pub(crate) calls: Mutex<Newest<Call>>,
    /// What statement descriptors begin with.
    pub(crate) prefix: String,
    /// What happens to the numbers of cards where nothing else was said.
    pub(crate) raw_cards: RawCards,
    /// How long objects cannot be found by searching, in seconds.
    pub(crate) search_lag: AtomicI64,
    /// Where the sandbox can be reached.
    pub(crate) origin: String,
    /// Changes when the sandbox stops.
    pub(crate) stopped: watch::Receiver<()>,
}

/// The request for which somebody works at a desk.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Errand<'a> {
    /// `req_…`
    pub(crate) request_id: Option<&'a str>,
    /// Its idempotency key, which the sandbox makes up if the caller sent none.
    pub(crate) request_key: Option<&'a str>,
    /// The idempotency key that the caller sent.
    pub(crate) key: Option<&'a str>,
}

impl Shared {
    /// A place to work at one account.
    pub(crate) fn desk<'a>(
        &'a self,
        world: &'a mut World,
        side: &Side,
        now: Timestamp,
        errand: Errand<'a>,
    ) -> Desk<'a> {
        let (account, ledger, ids) = world.open(side);
        Desk {
            account,
            ledger,
            ids,
            now,
            request_id: errand.request_id,
            request_key: errand.request_key,
            key: errand.key,
            cause: None,
            origin: &self.origin,
            prefix: &self.prefix,
        }
    }
}
