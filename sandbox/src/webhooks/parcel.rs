//! A parcel: one event on its way to one endpoint.

use std::sync::Arc;

use jiff::Timestamp;

use crate::access::Side;
use crate::events::Event;
use crate::webhooks::delivery::{Delivery, DeliveryOutcome};
use crate::webhooks::fault::WebhookFault;
use crate::words::Word;

/// An event, and the endpoint it is meant for.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    /// Whose event it is.
    pub(crate) side: Side,
    /// `we_…`
    pub(crate) endpoint: String,
    /// What is brought.
    pub(crate) event: Arc<Event>,
    /// Which attempt this is, counted from one.
    pub(crate) attempt: u32,
    /// Why it is sent.
    pub(crate) reason: Reason,
    /// The fault that hit this attempt. No other one hits it any more.
    pub(crate) fault: Option<WebhookFault>,
}

/// Why a parcel is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The endpoint wants the event. It is sent again until it arrives, or for as long as Stripe tries.
    Wanted,
    /// A fault doubled it. It is sent once.
    Doubled,
    /// Somebody asked for it by hand. It is sent once.
    Resent,
}

impl Parcel {
    /// An event for an endpoint, before the first attempt.
    pub(crate) fn new(side: &Side, endpoint: &str, event: &Arc<Event>, reason: Reason) -> Self {
        Self {
            side: side.clone(),
            endpoint: endpoint.to_owned(),
            event: Arc::clone(event),
            attempt: 1,
            reason,
            fault: None,
        }
    }

    /// The same parcel once more, for the fault that doubled it.
    pub(crate) fn double(&self) -> Self {
        Self { reason: Reason::Doubled, ..self.clone() }
    }

    /// The same parcel for the next attempt.
    pub(crate) fn again(self) -> Self {
        Self { attempt: self.attempt.saturating_add(1), fault: None, ..self }
    }

    /// The type of its event.
    pub(crate) fn kind(&self) -> &'static str {
        self.event.kind.word()
    }

    /// What the log says of it.
    pub(crate) fn entry(&self, url: &str, at: Timestamp, outcome: DeliveryOutcome) -> Delivery {
        Delivery {
            event: self.event.id.clone(),
            kind: self.kind().to_owned(),
            endpoint: self.endpoint.clone(),
            url: url.to_owned(),
            attempt: self.attempt,
            resent: self.reason == Reason::Resent,
            at,
            fault: self.fault,
            outcome,
            next_at: None,
        }
    }
}
