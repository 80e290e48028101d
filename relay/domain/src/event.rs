//! Events for watchers, derived from the changes of payments and customers. Every change passes through
//! this derivation, so no change lacks its event, whichever source led to the change.

use causeway::{
    money::SumError,
    request::lookup::moment_to_wire,
    tenant::TenantName,
    v1::{self, EventKind},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{
    change::{CustomerChange, PaymentChange},
    operation::Source,
    payment::{
        AlarmKind, Dispute, Payment, Refund,
        event_projection::{EventKey, PendingEvent},
    },
};

/// The events of a payment's change. The payment records them as emitted.
pub fn of_payment(change: &mut PaymentChange) -> Result<Vec<v1::Event>, SumError> {
    let pending = change.payment.pending_events();
    let PaymentChange { payment, entry, .. } = change;
    let shown = if pending.is_empty() { None } else { Some(payment.to_event()?) };
    let event = |pending: &PendingEvent| {
        let (kind, source) = match pending {
            PendingEvent::Once(key) => (key.kind(), source_of(payment, key, entry.source)),
            PendingEvent::Unknown => (EventKind::PaymentUnknown, entry.source),
            PendingEvent::Resolved => (EventKind::PaymentResolved, entry.source),
        };
        let mut event = v1::Event {
            at: Some(moment_to_wire(entry.at)),
            kind: kind.into(),
            source: source.to_wire().into(),
            payment: shown.clone(),
            processor_reference: entry.reference.clone().unwrap_or_default(),
            ..Default::default()
        };
        if let PendingEvent::Once(key) = pending {
            detail(&mut event, payment, key);
        }
        event
    };
    Ok(pending.iter().map(event).collect())
}

/// The source of an event. A refund made directly at Stripe keeps the source `Dashboard`, whichever way
/// the relay learned of the refund. A later failure of such a refund comes from the bank and keeps the
/// source of the change.
fn source_of(payment: &Payment, key: &EventKey, source: Source) -> Source {
    match key {
        EventKey::RefundCreated(id) | EventKey::RefundSucceeded(id) => match refund(payment, *id) {
            Some(refund) if refund.is_foreign() => Source::Dashboard,
            Some(_) | None => source,
        },
        EventKey::ActionRequired
        | EventKey::Authorized
        | EventKey::Expiring
        | EventKey::Captured
        | EventKey::Declined
        | EventKey::NotCharged
        | EventKey::Released
        | EventKey::Expired
        | EventKey::Canceled
        | EventKey::RefundFailed(_)
        | EventKey::DisputeOpened(_)
        | EventKey::DisputeUpdated(..)
        | EventKey::DisputeEscalated(_)
        | EventKey::DisputeClosed(_)
        | EventKey::Alarm(_) => source,
    }
}

fn refund(payment: &Payment, id: uuid::Uuid) -> Option<&Refund> {
    payment.refunds.iter().find(|refund| refund.id == id)
}

/// Fills the part of an event beside the payment: the refund, the dispute or the alarm.
fn detail(event: &mut v1::Event, payment: &Payment, key: &EventKey) {
    match key {
        EventKey::RefundCreated(id) | EventKey::RefundSucceeded(id) | EventKey::RefundFailed(id) => {
            event.refund = refund(payment, *id).map(Refund::to_wire);
        }
        EventKey::DisputeOpened(id)
        | EventKey::DisputeUpdated(id, _)
        | EventKey::DisputeEscalated(id)
        | EventKey::DisputeClosed(id) => {
            let found = payment.disputes.iter().find(|dispute| dispute.id == *id);
            event.dispute = found.map(Dispute::to_wire);
        }
        EventKey::Alarm(number) => {
            event.alarm = payment.contradictions.get(*number).map(|said| v1::Alarm {
                code: said.code.as_str().to_owned(),
                message: said.what.clone(),
                payment_system: payment.payment_system.clone(),
                processor_id: payment.facts.payment_intent.clone().unwrap_or_default(),
            });
        }
        EventKey::ActionRequired
        | EventKey::Authorized
        | EventKey::Expiring
        | EventKey::Captured
        | EventKey::Declined
        | EventKey::NotCharged
        | EventKey::Released
        | EventKey::Expired
        | EventKey::Canceled => {}
    }
}

/// The events of a customer's change, one per card event. The cards record them as emitted.
pub fn of_customer(change: &mut CustomerChange) -> Vec<v1::Event> {
    let CustomerChange { customer, source, .. } = change;
    let pending = customer.pending_events();
    let event = |(kind, card)| v1::Event {
        at: Some(moment_to_wire(customer.updated)),
        kind: EventKind::into(kind),
        source: source.to_wire().into(),
        card: Some(customer.card_to_wire(card)),
        ..Default::default()
    };
    pending.iter().filter_map(|(kind, token)| Some((*kind, customer.card(token)?))).map(event).collect()
}

/// An alarm about no payment of the relay. Alarms of equal key are raised once.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// The tenant that receives the alarm.
    pub tenant: TenantName,
    /// Key that identifies the alarm: a second alarm with an equal key is not raised.
    pub key: String,
    /// The moment at which the alarm is raised.
    pub at: Timestamp,
    /// Code of the alarm, for machines.
    pub code: AlarmKind,
    /// One sentence for the operator: the problem and the remedy.
    pub message: String,
    /// Name of the payment system.
    pub payment_system: String,
    /// Stripe's id of the object in question.
    pub processor_id: String,
}

impl Alarm {
    /// The event that carries the alarm to watchers, with the source `Recovery`.
    pub fn to_event(&self) -> v1::Event {
        v1::Event {
            at: Some(moment_to_wire(self.at)),
            kind: EventKind::Alarm.into(),
            source: v1::EventSource::Recovery.into(),
            alarm: Some(v1::Alarm {
                code: self.code.as_str().to_owned(),
                message: self.message.clone(),
                payment_system: self.payment_system.clone(),
                processor_id: self.processor_id.clone(),
            }),
            ..Default::default()
        }
    }
}

/// The id of an event. The id is stable for a sequence of a tenant, and no two events share an id.
pub fn id(tenant: &TenantName, event: &v1::Event) -> uuid::Uuid {
    let about = event.payment.as_ref().map(|payment| payment.id.as_str()).unwrap_or_default();
    let at = event.at.as_ref().map_or((0, 0), |at| (at.seconds, at.nanos));
    let text = format!("{tenant}|{}|{}|{at:?}|{about}", event.sequence, event.kind);
    let hash = Sha256::digest(text);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.iter()).for_each(|(to, from)| *to = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl Source {
    /// The source as events show it. Billing becomes `Api`, because no event exists before the
    /// processor has answered.
    pub fn to_wire(self) -> v1::EventSource {
        match self {
            Source::Billing | Source::Api => v1::EventSource::Api,
            Source::Webhook => v1::EventSource::Webhook,
            Source::Dashboard => v1::EventSource::Dashboard,
            Source::Recovery => v1::EventSource::Recovery,
        }
    }
}
