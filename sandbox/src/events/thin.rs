//! Thin events: the ping of an event destination, and the report of an event that could not be generated.

use std::sync::Arc;

use serde_json::Value;

use crate::events::types::EventType;
use crate::events::{Event, Snapshot};
use crate::objects::thin_event::{GenerationFailure, RelatedObject, Request, ThinEvent};
use crate::state::WorkContext;
use crate::stripe_enum::StripeEnum;

impl WorkContext<'_> {
    /// Sends a ping to an event destination, and returns the thin event.
    pub(crate) fn ping(&mut self, destination: &str) -> Arc<ThinEvent> {
        let related = RelatedObject {
            id: destination.to_owned(),
            kind: "v2.core.event_destination".to_owned(),
            url: format!("/v2/core/event_destinations/{destination}"),
        };
        let (event, delivered) = self.record_thin_event(EventType::EventDestinationPing, Some(related), None);
        self.account.outbox.enqueue_for(&delivered, destination);
        event
    }

    /// Reports that an event about an object could not be generated. The event itself is in no list, and is
    /// not delivered.
    pub(crate) fn report_generation_failure(&mut self, kind: EventType, object: &Snapshot) {
        let shown = object.show(self.render_context());
        let object_type = shown.get("object").and_then(Value::as_str).unwrap_or_default();
        let failure = GenerationFailure {
            alert: format!("halert_{}", self.ids.letters(46)),
            grouping_key: format!("_grouping_{}", self.ids.letters(50)),
            event_type: kind.as_str().to_owned(),
            object: RelatedObject {
                id: object.id().to_owned(),
                kind: object_type.to_owned(),
                url: format!("/v1/{object_type}s/{}", object.id()),
            },
        };
        let kind = EventType::EventGenerationFailed;
        let (_, delivered) = self.record_thin_event(kind, None, Some(failure));
        self.account.enqueue(&delivered);
    }

    /// Stores a thin event, together with the event by which the dispatcher delivers the thin event.
    fn record_thin_event(
        &mut self,
        kind: EventType,
        related: Option<RelatedObject>,
        failure: Option<GenerationFailure>,
    ) -> (Arc<ThinEvent>, Arc<Event>) {
        let mode = if self.account.mode.livemode { "" } else { "test_" };
        let request = self
            .request_id
            .map(|id| Request { id: id.to_owned(), idempotency_key: self.request_key.map(str::to_owned) });
        let event = self.account.thin_events.put(ThinEvent {
            id: format!("evt_{mode}{}", self.ids.letters(50)),
            created: self.now.as_second(),
            kind,
            related,
            request,
            failure,
        });
        let delivered = self.account.events.put(Event {
            id: event.id.clone(),
            created: event.created,
            kind,
            object: Arc::<ThinEvent>::clone(&event).into(),
            before: None,
            cause: None,
            pending: Arc::default(),
        });
        (event, delivered)
    }
}
