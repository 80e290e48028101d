//! Webhook bodies and signature headers, as Stripe posts them.

use causeway::pan::holds_card_number;
use causeway_domain::{
    observation::Observation,
    payment::{
        State,
        observe::{RequestedEffect, apply, is_known},
    },
};
use causeway_ports::events::{EventReader, EventReading};
use causeway_relay::webhooks::signature::{TOLERANCE, is_good};
use causeway_stripe::{
    events::{self, StripeEvents, subject::Subject},
    json::StripeJson,
    snapshot::read_intent,
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use super::stripe::started;

const SECRET: &str = "whsec_0123456789abcdef0123456789";
const NOW: i64 = 1_795_000_000;

fn hex(moment: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
    mac.update(moment.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A valid input: a header and a body, a line each.
pub(super) fn good() -> Vec<u8> {
    let body = include_bytes!("../../relay/stripe/fixtures/events/customer.updated.json");
    let head = format!("t={NOW},v1={}\n", hex(&NOW.to_string(), body));
    [head.as_bytes(), body].concat()
}

/// An accepted header has exactly one recent timestamp, and the body's signature.
pub(super) fn signature(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (header, body) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let now = Timestamp::from_second(NOW).expect("a moment");
    if !is_good(header, body, &[SECRET.into()], now) {
        return;
    }
    let header = std::str::from_utf8(header).expect("a text");
    let moments: Vec<_> = header.split(',').filter_map(|part| part.strip_prefix("t=")).collect();
    assert_eq!(moments.len(), 1, "{header}");
    assert!(NOW - moments[0].parse::<i64>().expect("a number") <= TOLERANCE, "{header}");
    assert!(header.split(',').any(|part| part == format!("v1={}", hex(moments[0], body))), "{header}");
}

/// A stored event contains no card number, and moves a payment forward only.
pub(super) fn event_to_transition(data: &[u8]) {
    let (Ok(text), Ok(event)) = (std::str::from_utf8(data), events::parse(data)) else { return };
    assert!(!holds_card_number(&event.kept_body), "{}", event.kept_body);
    // Read by the event's own type, and once more as an event about a payment.
    StripeEvents.read(&event.kind, &event.kept_body);
    let reading = StripeEvents.read("payment_intent.succeeded", text);
    let EventReading::Payment(read) = reading else { panic!("{reading:?} was an event before") };
    let whole = StripeJson::read(data).expect("it was read");
    let object = &whole.value()["data"]["object"];
    assert!(read.ids.len() <= 3);
    assert!(object.is_null() || Subject::of(object).ids == read.ids, "{:?}", read.ids);
    let payment = started();
    let known = is_known(&payment, &read.object);
    let Ok(intent) = read_intent(object.clone()) else { return };
    let seen = Observation::Intent(Box::new(intent));
    let after =
        |payment, seen| apply(payment, RequestedEffect::Nothing, seen, Timestamp::UNIX_EPOCH).aggregate;
    let first = after(payment.clone(), seen.clone());
    assert!(!known || first.state == payment.state, "what is known changes something");
    let second = after(first.clone(), seen);
    assert_eq!(first.status(), second.status());
    let is_held = matches!(first.state, State::Authorized { .. } | State::Captured { .. });
    assert!(!is_held || first.facts.payment_intent.is_some(), "{first:?}");
}
