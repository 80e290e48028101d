//! The port's reader for Stripe's events. The reader takes only the fields of an object that show a
//! change, because the object's shape depends on the API version of the event.

use causeway_domain::observation::{ChargeHint, EventObject};
use causeway_ports::events::{EventReader, EventReading, PaymentEvent};
use serde_json::Value;

use super::{
    subject::Subject,
    types::{SubjectKind, named},
};
use crate::{json::StripeJson, snapshot, view::Event};

/// The reader of Stripe's events.
#[derive(Debug, Clone, Copy, Default)]
pub struct StripeEvents;

impl EventReader for StripeEvents {
    fn read(&self, kind: &str, body: &str) -> EventReading {
        let Some(known) = named(kind) else { return EventReading::UnknownType };
        let event = StripeJson::read(body.as_bytes()).and_then(StripeJson::parse::<Event>);
        let Ok(event) = event else { return EventReading::Unreadable };
        let object = event.data.object.value().clone();
        match known.about {
            SubjectKind::Payment => {
                let Subject { ids, payment, .. } = Subject::of(&object);
                let about_intent = kind.starts_with("payment_intent.");
                let object = read(object);
                EventReading::Payment(Box::new(PaymentEvent { ids, payment, object, about_intent }))
            }
            SubjectKind::Setup => EventReading::Setup { card: Subject::of(&object).card },
            SubjectKind::Method => EventReading::Method { id: Subject::own_id(&object).to_owned() },
            SubjectKind::Customer => EventReading::Customer { id: Subject::own_id(&object).to_owned() },
            SubjectKind::Nothing => EventReading::NoEffect,
        }
    }
}

fn read(object: Value) -> EventObject {
    let read = match object.get("object").and_then(Value::as_str) {
        Some("payment_intent") => snapshot::read_intent(object).map(Box::new).map(EventObject::Intent).ok(),
        Some("charge") => Some(EventObject::Charge(Box::new(charge(&object)))),
        Some("refund") => snapshot::read_refund(object).map(Box::new).map(EventObject::Refund).ok(),
        Some("dispute") => snapshot::read_dispute(object).map(Box::new).map(EventObject::Dispute).ok(),
        _ => None,
    };
    read.unwrap_or(EventObject::Other)
}

/// A missing field, or a field of another type, counts as no change.
fn charge(charge: &Value) -> ChargeHint {
    let text = |name: &str| charge.get(name).and_then(Value::as_str);
    let flag = |name: &str| charge.get(name).and_then(Value::as_bool).unwrap_or_default();
    let refunded = charge.get("amount_refunded").and_then(Value::as_u64).unwrap_or_default();
    ChargeHint {
        id: text("id").map(str::to_owned),
        payment_intent: text("payment_intent").map(str::to_owned),
        disputed: flag("disputed"),
        captured: flag("captured"),
        refunded: flag("refunded"),
        amount_refunded: text("currency").and_then(|code| snapshot::shown(refunded, code).money),
        has_balance_transaction: charge.get("balance_transaction").is_some_and(|it| !it.is_null()),
    }
}
