//! Tests of events as the inbox reads them.

use causeway::money::PositiveMoney;
use causeway_domain::observation::{ChargeHint, EventObject};
use causeway_ports::events::{EventReader, EventReading};
use causeway_stripe::events::{NotAnEvent, StripeEvents, parse};
use serde_json::{Value, json};

fn event(kind: &str, object: Value) -> String {
    json!({"id": "evt_1", "type": kind, "created": 7, "livemode": true, "data": {"object": object}})
        .to_string()
}

fn read(kind: &str, object: Value) -> EventReading {
    StripeEvents.read(kind, &event(kind, object))
}

#[track_caller]
fn object(kind: &str, shown: Value) -> EventObject {
    let EventReading::Payment(event) = read(kind, shown) else { panic!("{kind} is about a payment") };
    assert_eq!(event.about_intent, kind.starts_with("payment_intent."));
    event.object
}

#[test]
fn an_event_is_parsed_with_its_subject() {
    assert_eq!(read("payment_intent.of_tomorrow", json!({})), EventReading::UnknownType);
    assert_eq!(StripeEvents.read("charge.updated", "{}"), EventReading::Unreadable);
    assert_eq!(read("customer.created", json!({})), EventReading::NoEffect);
    let id = || "cus_1".to_owned();
    assert_eq!(read("customer.deleted", json!({"id": "cus_1"})), EventReading::Customer { id: id() });
    let marked = json!({"id": "seti_1", "metadata": {"causeway_card": "ct_1"}});
    assert_eq!(read("setup_intent.succeeded", marked), EventReading::Setup { card: Some("ct_1".to_owned()) });
    let method = EventReading::Method { id: "pm_1".to_owned() };
    assert_eq!(read("payment_method.updated", json!({"id": "pm_1"})), method);
}

#[test]
fn the_object_of_an_event_is_a_hint() {
    let intent = |status: Value| json!({"object": "payment_intent", "id": "pi_1", "status": status, "amount": 1, "currency": "usd"});
    assert!(matches!(object("payment_intent.succeeded", intent(json!("x"))), EventObject::Intent(_)));
    assert_eq!(object("payment_intent.succeeded", intent(json!(5))), EventObject::Other);
    assert_eq!(object("review.opened", json!({"object": "review"})), EventObject::Other);
    let bare = object("charge.updated", json!({"object": "charge", "payment_intent": {"id": "pi_1"}}));
    assert_eq!(bare, EventObject::Charge(Box::default()));
    let whole = json!({
        "object": "charge", "id": "ch_1", "payment_intent": "pi_1", "captured": true, "refunded": true,
        "disputed": true, "amount_refunded": 500, "currency": "jpy", "balance_transaction": "txn_1",
    });
    let expected = ChargeHint {
        id: Some("ch_1".to_owned()),
        payment_intent: Some("pi_1".to_owned()),
        disputed: true,
        captured: true,
        refunded: true,
        amount_refunded: Some(PositiveMoney::parse("500", "JPY").unwrap()),
        has_balance_transaction: true,
    };
    assert_eq!(object("charge.updated", whole), EventObject::Charge(Box::new(expected)));
}

#[test]
fn a_webhook_body_is_an_event_or_an_error() {
    let body = event("charge.updated", json!({"id": "ch_1"}));
    let read = parse(body.as_bytes()).unwrap();
    assert_eq!((read.id.as_str(), read.kind.as_str(), read.created), ("evt_1", "charge.updated", 7));
    assert_eq!((read.livemode, read.account, read.kept_body), (true, None, body));
    for wrong in [&b"{}"[..], b"\xff", b"", b"{\"id\":\"evt_1\",\"id\":\"evt_2\"}"] {
        assert_eq!(parse(wrong), Err(NotAnEvent));
    }
}
