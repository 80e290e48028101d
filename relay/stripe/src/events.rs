//! Stripe's events. An event is only a hint; the relay looks up the object of the event.

/// The known types of events, with their effects.
pub mod types;
/// The ids and the correlation metadata of an event's object.
pub mod subject;
/// The port's reader for Stripe's events.
mod reader;

pub use reader::StripeEvents;

use crate::{json::StripeJson, view::Event};

/// An event of the webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEvent {
    /// Id of the event, "evt_…".
    pub id: String,
    /// Type of the event, as in "payment_intent.succeeded".
    pub kind: String,
    /// Creation time of the event, Unix seconds.
    pub created: i64,
    /// Whether real money moves, not test money.
    pub livemode: bool,
    /// The account, for an event of a connected account.
    pub account: Option<String>,
    /// The body in the form for storage, without card numbers.
    pub kept_body: String,
}

/// The error for a body that is not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is not an event")]
pub struct NotAnEvent;

/// Reads the body of a webhook, whose signature was verified before.
pub fn parse(body: &[u8]) -> Result<WebhookEvent, NotAnEvent> {
    let text = std::str::from_utf8(body).map_err(|_| NotAnEvent)?;
    let whole = StripeJson::read(body).map_err(|_| NotAnEvent)?;
    let kept_body = subject::kept(text, &whole);
    let event: Event = whole.parse().map_err(|_| NotAnEvent)?;
    Ok(WebhookEvent {
        id: event.id.into(),
        kind: event.kind.into(),
        created: event.created,
        livemode: event.livemode,
        account: event.account.map(String::from),
        kept_body,
    })
}

#[cfg(test)]
mod tests;
