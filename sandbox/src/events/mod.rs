//! Events: the type of a change, and a snapshot of the object after the change.

pub(crate) mod changes;
pub(crate) mod thin;
pub(crate) mod types;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::events::changes::previous;
use crate::events::types::EventType;
use crate::objects::{Object, RenderContext};
use crate::state::{Account, WorkContext};
use crate::storage::objects::Snapshot;
use crate::stripe_enum::StripeEnum;
use crate::version::Version;

/// The time during which an event can be retrieved, in seconds.
const RETENTION: i64 = 30 * 24 * 60 * 60;

/// An event about one object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    /// The id of the event, `evt_…`.
    pub(crate) id: String,
    /// The time of the event, in unix seconds.
    pub(crate) created: i64,
    /// The type of the event.
    pub(crate) kind: EventType,
    /// The object after the event.
    pub(crate) object: Snapshot,
    /// The object before the event, if Stripe includes `previous_attributes`.
    pub(crate) before: Option<Snapshot>,
    /// The request that caused the event; `None` for an effect that became due.
    pub(crate) cause: Option<Arc<Cause>>,
    /// The number of endpoints without a successful delivery so far.
    #[serde(skip)]
    pub(crate) pending: Arc<AtomicU32>,
}

/// The request that caused an event.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Cause {
    request_id: String,
    idempotency_key: Option<String>,
}

impl Event {
    /// Whether the event was delivered to every subscribed endpoint.
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

    fn indexed(&self, add: &mut dyn FnMut(&str, &str)) {
        add("type", self.kind.as_str());
    }

    fn show(&self, context: RenderContext) -> Value {
        if self.kind.is_thin() {
            return self.object.show(context);
        }
        let at_creation = RenderContext { now: self.created, ..context };
        let object = self.object.show(at_creation);
        let data = match &self.before {
            Some(before) => {
                let previous = previous(&before.show(at_creation), &object);
                json!({ "object": object, "previous_attributes": previous })
            }
            None => json!({ "object": object }),
        };
        json!({
            "id": self.id,
            "object": "event",
            "api_version": Version::default().as_str(),
            "created": self.created,
            "data": data,
            "livemode": context.livemode,
            "pending_webhooks": self.pending.load(Ordering::Relaxed),
            "request": {
                "id": self.cause.as_ref().map(|cause| &cause.request_id),
                "idempotency_key": self.cause.as_ref().and_then(|cause| cause.idempotency_key.as_ref()),
            },
            "type": self.kind.as_str(),
        })
    }
}

impl Account {
    /// Removes the events that are older than thirty days.
    pub(crate) fn remove_old_events(&mut self, now: Timestamp) {
        let oldest = now.as_second().saturating_sub(RETENTION);
        self.events.remove_created_before(oldest);
        self.thin_events.remove_created_before(oldest);
    }
}

impl WorkContext<'_> {
    /// Emits an event about an object.
    pub(crate) fn emit(&mut self, kind: EventType, object: impl Into<Snapshot>) {
        self.record_event(kind, object.into(), None);
    }

    /// Emits an event about a changed object, with the object before the change.
    pub(crate) fn emit_change(
        &mut self,
        kind: EventType,
        before: impl Into<Snapshot>,
        object: impl Into<Snapshot>,
    ) {
        self.record_event(kind, object.into(), Some(before.into()));
    }

    /// Emits an event about an object that a call changed. A call that left the object
    /// unchanged causes no event.
    pub(crate) fn emit_if_changed(
        &mut self,
        kind: EventType,
        before: impl Into<Snapshot>,
        object: impl Into<Snapshot>,
    ) {
        let (before, object) = (before.into(), object.into());
        let context = self.render_context();
        if before.show(context) != object.show(context) {
            self.record_event(kind, object, Some(before));
        }
    }

    /// The request in progress, shared by all events that the request causes.
    fn cause(&mut self) -> Option<Arc<Cause>> {
        let request_id = self.request_id?;
        let idempotency_key = self.request_key;
        let cause = self.cause.get_or_insert_with(|| {
            let idempotency_key = idempotency_key.map(str::to_owned);
            Arc::new(Cause { request_id: request_id.to_owned(), idempotency_key })
        });
        Some(Arc::clone(cause))
    }

    fn record_event(&mut self, kind: EventType, object: Snapshot, before: Option<Snapshot>) {
        if self.account.outbox.fails_to_generate(kind) {
            return self.report_generation_failure(kind, &object);
        }
        let event = Event {
            id: self.ids.fresh("evt"),
            created: self.unix_seconds(),
            kind,
            object,
            before,
            cause: self.cause(),
            pending: Arc::default(),
        };
        let event = self.account.events.put(event);
        self.account.enqueue(&event);
    }
}
