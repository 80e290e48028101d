//! The state that all calls and the handle share.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::access::AccountMode;
use crate::bounded_log::BoundedLog;
use crate::calls::LoggedCall;
use crate::clock::Clock;
use crate::fault::Faults;
use crate::settings::RawCards;
use crate::state::{SandboxState, WorkContext};
use crate::state_lock::LockedState;
use crate::webhooks::delivery_queue::DeliveryQueue;

/// The shared state behind the server and the handle.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The sandbox's own clock.
    pub(crate) clock: Arc<Clock>,
    /// The accounts, the ledger, and the rest of the state.
    pub(crate) state: LockedState,
    /// The armed faults for calls.
    pub(crate) faults: Mutex<Faults>,
    /// The queue of deliveries to webhook endpoints.
    pub(crate) delivery_queue: Arc<DeliveryQueue>,
    /// The log of received calls.
    pub(crate) calls: Mutex<BoundedLog<LoggedCall>>,
    /// The prefix of all statement descriptors.
    pub(crate) prefix: String,
    /// The treatment of card numbers in accounts without a specific setting.
    pub(crate) raw_cards: RawCards,
    /// The delay until a new object can be found by a search, in seconds.
    pub(crate) search_lag: Arc<AtomicI64>,
    /// The base URL of the sandbox.
    pub(crate) origin: String,
    /// Changes when the sandbox stops.
    pub(crate) stopped: watch::Receiver<()>,
}

/// The ids and keys of the request that is served.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RequestIds<'a> {
    /// Id of the request, `req_…`.
    pub(crate) request_id: Option<&'a str>,
    /// The idempotency key of the request; the sandbox generates a key if the caller sent none.
    pub(crate) request_key: Option<&'a str>,
    /// The idempotency key that the caller sent.
    pub(crate) key: Option<&'a str>,
}

impl Shared {
    /// Borrows one account, with the ledger and the ids, for the work of one request.
    pub(crate) fn work<'a>(
        &'a self,
        state: &'a mut SandboxState,
        mode: &AccountMode,
        now: Timestamp,
        request_ids: RequestIds<'a>,
    ) -> WorkContext<'a> {
        let (account, ledger, ids) = state.open(mode);
        WorkContext {
            account,
            ledger,
            ids,
            now,
            request_id: request_ids.request_id,
            request_key: request_ids.request_key,
            key: request_ids.key,
            cause: None,
            origin: &self.origin,
            prefix: &self.prefix,
        }
    }
}
