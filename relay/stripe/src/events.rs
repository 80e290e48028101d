//! Stripe's events. An event is a hint: the object that it is about is looked up.

use serde::Deserialize;

/// The types of events that are known.
pub mod types;
/// The ids and the correlation of an event's object.
pub mod subject;
/// Events as the port's readings.
mod reader;

pub use reader::StripeEvents;

use crate::{json, view::Event};

/// An event as the webhook endpoint takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEvent {
    /// "evt_…"
    pub id: String,
    /// "payment_intent.succeeded", …
    pub kind: String,
    /// When it happened, Unix seconds.
    pub created: i64,
    /// Whether real money moves.
    pub livemode: bool,
    /// The account, where it is a connected one.
    pub account: Option<String>,
    /// The body as it may be kept: without card numbers.
    pub kept_body: String,
}

/// The body is no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is not an event")]
pub struct NotAnEvent;

/// Reads the body of a webhook, whose signature was verified before.
pub fn parse(body: &[u8]) -> Result<WebhookEvent, NotAnEvent> {
    let text = std::str::from_utf8(body).map_err(|_| NotAnEvent)?;
    let whole = json::read(body).map_err(|_| NotAnEvent)?;
    let event = Event::deserialize(&whole).map_err(|_| NotAnEvent)?;
    Ok(WebhookEvent {
        id: event.id,
        kind: event.kind,
        created: event.created,
        livemode: event.livemode,
        account: event.account,
        kept_body: subject::kept(text, &whole),
    })
}

#[cfg(test)]
mod tests;
