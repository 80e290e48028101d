//! Events for those who watch: what a change tells, written in its transaction.
//!
//! Every engine calls this with every change, so no change goes untold, whatever led to
//! it.

use causeway::{
    order::lookup::moment_to_wire,
    tenant::TenantName,
    v1::{self, EventKind},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{CustomerChange, PaymentChange, Source};
use crate::payment::{
    AlarmKind, Payment, Refund,
    told::{Mark, News},
};

/// What a change of a payment tells. The payment remembers that it was told.
pub fn of_payment(change: &mut PaymentChange) -> Vec<v1::Event> {
    let news = change.payment.tell();
    let PaymentChange { payment, step, .. } = change;
    let shown = (!news.is_empty()).then(|| payment.to_event());
    let event = |news: &News| {
        let (kind, source) = match news {
            News::Once(mark) => (mark.kind(), source_of(payment, mark, step.source)),
            News::Unknown => (EventKind::PaymentUnknown, step.source),
            News::Resolved => (EventKind::PaymentResolved, step.source),
        };
        let mut event = v1::Event {
            at: Some(moment_to_wire(step.at)),
            kind: kind.into(),
            source: source.to_wire().into(),
            payment: shown.clone(),
            processor_reference: step.reference.clone().unwrap_or_default(),
            ..Default::default()
        };
        if let News::Once(mark) = news {
            detail(&mut event, payment, mark);
        }
        event
    };
    news.iter().map(event).collect()
}

/// A refund that was made straight at Stripe is so however it was heard of. What happens
/// to one later is the bank's doing.
fn source_of(payment: &Payment, mark: &Mark, source: Source) -> Source {
    match mark {
        Mark::RefundCreated(id) | Mark::RefundSucceeded(id) => match refund(payment, *id) {
            Some(refund) if refund.is_foreign() => Source::Dashboard,
            Some(_) | None => source,
        },
        Mark::ActionRequired
        | Mark::Authorized
        | Mark::Expiring
        | Mark::Captured
        | Mark::Declined
        | Mark::NotCharged
        | Mark::Released
        | Mark::Expired
        | Mark::Canceled
        | Mark::RefundFailed(_)
        | Mark::DisputeOpened(_)
        | Mark::DisputeUpdated(..)
        | Mark::DisputeEscalated(_)
        | Mark::DisputeClosed(_)
        | Mark::Alarm(_) => source,
    }
}

fn refund(payment: &Payment, id: uuid::Uuid) -> Option<&Refund> {
    payment.refunds.iter().find(|refund| refund.id == id)
}

/// What an event holds beside the payment.
fn detail(event: &mut v1::Event, payment: &Payment, mark: &Mark) {
    match mark {
        Mark::RefundCreated(id) | Mark::RefundSucceeded(id) | Mark::RefundFailed(id) => {
            event.refund = refund(payment, *id).map(Refund::to_wire);
        }
        Mark::DisputeOpened(id)
        | Mark::DisputeUpdated(id, _)
        | Mark::DisputeEscalated(id)
        | Mark::DisputeClosed(id) => {
            let found = payment.disputes.iter().find(|dispute| dispute.id == *id);
            event.dispute = found.map(crate::payment::Dispute::to_wire);
        }
        Mark::Alarm(number) => {
            event.alarm = payment.contradictions.get(*number).map(|said| v1::Alarm {
                code: said.code.as_str().to_owned(),
                message: said.what.clone(),
                payment_system: payment.payment_system.clone(),
                processor_id: payment.facts.payment_intent.clone().unwrap_or_default(),
            });
        }
        Mark::ActionRequired
        | Mark::Authorized
        | Mark::Expiring
        | Mark::Captured
        | Mark::Declined
        | Mark::NotCharged
        | Mark::Released
        | Mark::Expired
        | Mark::Canceled => {}
    }
}

/// What a change of a customer tells: of their cards. The cards remember that it was told.
pub fn of_customer(change: &mut CustomerChange) -> Vec<v1::Event> {
    let CustomerChange { customer, source, .. } = change;
    let told = customer.tell();
    let event = |(kind, card)| v1::Event {
        at: Some(moment_to_wire(customer.updated)),
        kind: EventKind::into(kind),
        source: source.to_wire().into(),
        card: Some(customer.card_to_wire(card)),
        ..Default::default()
    };
    told.iter().filter_map(|(kind, token)| Some((*kind, customer.card(token)?))).map(event).collect()
}

/// An alarm that is about no payment of ours. The same key raises it once.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// Whose.
    pub tenant: TenantName,
    /// What makes it the same.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// Which.
    pub code: AlarmKind,
    /// What is the matter and what to do, in a sentence.
    pub message: String,
    /// Name of the payment system.
    pub payment_system: String,
    /// Stripe's id of what it is about.
    pub processor_id: String,
}

impl Alarm {
    /// For those who watch.
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

/// The id of an event: always the same for the same place in the same tenant's events,
/// and of no other.
pub fn id(tenant: &TenantName, event: &v1::Event) -> uuid::Uuid {
    let about = event.payment.as_ref().map(|payment| payment.id.as_str()).unwrap_or_default();
    let at = event.at.as_ref().map_or((0, 0), |at| (at.seconds, at.nanos));
    let text = format!("{tenant}|{}|{}|{at:?}|{about}", event.sequence, event.kind);
    let hash = Sha256::digest(text);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.iter()).for_each(|(to, from)| *to = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
