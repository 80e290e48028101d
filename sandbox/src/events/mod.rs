//! Events: what happened to an object, and how the object looked then.

pub(crate) mod changes;
pub(crate) mod types;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::events::changes::previous;
use crate::events::types::EventType;
use crate::objects::{Object, Seen};
use crate::state::{Account, Desk};
use crate::version;
use crate::words::Word;

/// For how long an event can be asked for, in seconds.
const REMEMBERED: i64 = 30 * 24 * 60 * 60;

/// An object at a moment in its life.
pub(crate) type Snapshot = Arc<dyn Object>;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// `evt_…`
    pub(crate) id: String,
    /// When, in unix seconds.
    pub(crate) created: i64,
    /// What.
    pub(crate) kind: EventType,
    /// The object as it was afterwards.
    pub(crate) object: Snapshot,
    /// The object as it was before, where Stripe tells what changed.
    pub(crate) before: Option<Snapshot>,
    /// What caused it; time is no cause.
    pub(crate) cause: Option<Arc<Cause>>,
    /// To how many endpoints it has not been delivered yet.
    pub(crate) pending: Arc<AtomicU32>,
}

/// The request that caused an event.
#[derive(Debug)]
pub(crate) struct Cause {
    request_id: String,
    idempotency_key: Option<String>,
}

impl Event {
    /// Whether it was delivered to all endpoints that wanted it.
    pub(crate) fn is_delivered(&self) -> bool {
        self.pending.load(Ordering::Relaxed) == 0
    }
}

impl Object for Event {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, seen: Seen) -> Value {
        let then = Seen { now: self.created, ..seen };
        let object = self.object.show(then);
        let data = match &self.before {
            Some(before) => {
                let previous = previous(&before.show(then), &object);
                json!({ "object": object, "previous_attributes": previous })
            }
            None => json!({ "object": object }),
        };
        json!({
            "id": self.id,
            "object": "event",
            "api_version": version::DEFAULT,
            "created": self.created,
            "data": data,
            "livemode": seen.livemode,
            "pending_webhooks": self.pending.load(Ordering::Relaxed),
            "request": {
                "id": self.cause.as_ref().map(|cause| &cause.request_id),
                "idempotency_key": self.cause.as_ref().and_then(|cause| cause.idempotency_key.as_ref()),
            },
            "type": self.kind.word(),
        })
    }
}

impl Account {
    /// Forgets the events that are too old.
    pub(crate) fn forget_events(&mut self, now: Timestamp) {
        self.events.forget_before(now.as_second().saturating_sub(REMEMBERED));
    }
}

impl Desk<'_> {
    /// Tells that something happened to an object.
    pub(crate) fn announce(&mut self, kind: EventType, object: Snapshot) {
        self.tell(kind, object, None);
    }

    /// Tells that an object changed, and what it was before.
    pub(crate) fn announce_change(&mut self, kind: EventType, before: Snapshot, object: Snapshot) {
        self.tell(kind, object, Some(before));
    }

    /// Tells that a caller changed an object, unless the call left it as it was.
    pub(crate) fn announce_if_changed(&mut self, kind: EventType, before: Snapshot, object: Snapshot) {
        let seen = self.seen();
        if before.show(seen) != object.show(seen) {
            self.tell(kind, object, Some(before));
        }
    }

    /// The request that is being served, told once for all that it causes.
    fn cause(&mut self) -> Option<Arc<Cause>> {
        let request_id = self.request_id?;
        let idempotency_key = self.request_key;
        let cause = self.cause.get_or_insert_with(|| {
            let idempotency_key = idempotency_key.map(str::to_owned);
            Arc::new(Cause { request_id: request_id.to_owned(), idempotency_key })
        });
        Some(Arc::clone(cause))
    }

    fn tell(&mut self, kind: EventType, object: Snapshot, before: Option<Snapshot>) {
        let event = Event {
            id: self.ids.fresh("evt"),
            created: self.second(),
            kind,
            object,
            before,
            cause: self.cause(),
            pending: Arc::default(),
        };
        let event = self.account.events.put(event);
        self.account.post(&event);
    }
}
