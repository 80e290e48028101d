//! What Stripe posts.

use causeway::pan::holds_card_number;
use causeway_relay::{
    news::{
        signature::{TOLERANCE, is_good},
        subject::{Subject, kept},
    },
    payment::{
        State,
        observation::Observation,
        observe::{Asked, fold, is_known},
    },
    stripe::{json, view::Event},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
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

/// A header and a body, a line each, that is good.
pub(super) fn good() -> Vec<u8> {
    let body = include_bytes!("../../relay/fixtures/events/customer.updated.json");
    let head = format!("t={NOW},v1={}\n", hex(&NOW.to_string(), body));
    [head.as_bytes(), body].concat()
}

/// What is believed has one moment, not too long ago, and its signature in it.
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

/// An event is kept without a card, and what it shows moves a payment forward only.
pub(super) fn event_to_transition(data: &[u8]) {
    let (Ok(text), Ok(whole)) = (std::str::from_utf8(data), json::read(data)) else { return };
    let Ok(event) = Event::deserialize(&whole) else { return };
    let stored = kept(text, &whole);
    assert!(!holds_card_number(&stored), "{stored}");
    let object = &event.data.object;
    let subject = Subject::of(object);
    assert!(subject.ids.len() <= 3);
    let payment = started();
    let known = is_known(&payment, object);
    let Ok(intent) = serde_json::from_value(object.clone()) else { return };
    let seen = Observation::Intent(Box::new(intent));
    let first = fold(payment.clone(), Asked::Nothing, seen.clone(), Timestamp::UNIX_EPOCH).payment;
    assert!(!known || first.state == payment.state, "what is known changes something");
    let second = fold(first.clone(), Asked::Nothing, seen, Timestamp::UNIX_EPOCH).payment;
    assert_eq!(first.status(), second.status());
    let is_held = matches!(first.state, State::Authorized { .. } | State::Captured { .. });
    assert!(!is_held || first.facts.payment_intent.is_some(), "{first:?}");
}
