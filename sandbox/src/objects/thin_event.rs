//! A thin event of version 2 of the API: the type, and the id of the object instead of the object.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::events::types::EventType;
use crate::objects::event_destination::timestamp;
use crate::objects::{Object, RenderContext};
use crate::stripe_enum::StripeEnum;

/// The reference to the object of a thin event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RelatedObject {
    /// Id of the object.
    pub(crate) id: String,
    /// Stripe's name of the kind of object.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The path of the call that shows the object.
    pub(crate) url: String,
}

/// The request that caused a thin event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Id of the request, `req_…`.
    pub(crate) id: String,
    /// The idempotency key of the request.
    pub(crate) idempotency_key: Option<String>,
}

/// An event that Stripe could not generate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GenerationFailure {
    /// Id of the alert, `halert_…`.
    pub(crate) alert: String,
    /// The key that is equal for alerts of one kind.
    pub(crate) grouping_key: String,
    /// The type of the missing event.
    pub(crate) event_type: String,
    /// The object that the missing event was about.
    pub(crate) object: RelatedObject,
}

/// The state of a thin event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ThinEvent {
    /// Id of the event, `evt_test_…` in test mode.
    pub(crate) id: String,
    /// The moment of the event, in unix seconds.
    pub(crate) created: i64,
    /// The type of the event.
    pub(crate) kind: EventType,
    /// The object of the event.
    pub(crate) related: Option<RelatedObject>,
    /// The request that caused the event.
    pub(crate) request: Option<Request>,
    /// The missing event, for an event about a failed generation.
    pub(crate) failure: Option<GenerationFailure>,
}

impl ThinEvent {
    /// The whole event as `GET /v2/core/events/{id}` shows the event, with the data.
    pub(crate) fn show_with_data(&self, context: RenderContext) -> Value {
        let mut shown = self.show(context);
        let data = self.failure.as_ref().map(|failure| {
            json!({
                "alert_id": failure.alert,
                "grouping_key": failure.grouping_key,
                "impact": { "event_type": failure.event_type, "related_object": failure.object },
                "resolved_at": timestamp(self.created),
                "summary": "We have failed to create a notification for your Stripe account.",
            })
        });
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("changes".to_owned(), Value::Null);
            fields.insert("data".to_owned(), json!(data));
        }
        shown
    }
}

impl Object for ThinEvent {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    /// The notification that destinations receive.
    fn show(&self, context: RenderContext) -> Value {
        let reason = self.request.as_ref().map(|request| json!({ "type": "request", "request": request }));
        json!({
            "id": self.id,
            "object": "v2.core.event",
            "context": null,
            "created": timestamp(self.created),
            "livemode": context.livemode,
            "reason": reason,
            "related_object": self.related,
            "type": self.kind.as_str(),
        })
    }
}
