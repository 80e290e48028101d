//! Stripe's answers, and the relay's requests to Stripe.

use causeway::{money::PositiveMoney, pan::holds_card_number};
use causeway_domain::{
    observation::{Observation, Purpose},
    payment::{
        Payment, State,
        failure::Failure,
        observe::{RequestedEffect, apply},
    },
    request::ProcessorRequest,
    transition::{Outcome, Transition},
};
use causeway_ports::{
    events::EventQuery,
    processor::{Found, Object, ObjectRef, Processor, ProcessorReply},
};
use causeway_stripe::{
    events,
    snapshot::{read_intent, read_rejection},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{block_on, client::Answer};

/// A started payment of 12.50 USD without an answer from Stripe.
pub(super) fn started() -> Payment {
    let payment = json!({
        "id": "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d", "tenant": "acme", "payment_system": "main", "account": "",
        "test_mode": true, "capture_mode": "Manual", "created": "2026-11-21T17:00:00Z",
        "updated": "2026-11-21T17:00:00Z", "state": "Started", "facts": {}, "open_capture": null, "refunds": [],
        "order": {
            "request_id": "r", "amount": {"minor": 1250, "currency": "USD"}, "capture_mode": null,
            "payment_method": "pm_card_visa", "customer": null, "reference": null, "description": null,
            "metadata": {}, "receipt_email": null, "descriptor_suffix": null, "return_url": null,
            "off_session": false,
        },
    });
    serde_json::from_value(payment).expect("a payment as the journal has it")
}

/// The request that creates a PaymentIntent.
fn creation(form: Vec<(String, String)>) -> ProcessorRequest {
    ProcessorRequest { path: "/v1/payment_intents".to_owned(), form }
}

/// A payment after the answer to the authorization.
fn authorized(payment: Payment, seen: Observation) -> Transition<Payment> {
    apply(payment, RequestedEffect::Authorize, seen, Timestamp::UNIX_EPOCH)
}

/// An answer of Stripe with a status.
fn answer(status: u16, body: &[u8]) -> Answer {
    Answer::new(status, body).header("request-id", "req_1")
}

/// A request's form is the same after a round trip through the wire and the journal.
pub(super) fn canonical_params(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let pair = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = creation(text.split('\n').filter_map(pair).collect());
    let body_of = |request: &ProcessorRequest| answer(200, b"{}").request_body(request);
    let body = body_of(&request);
    assert!(body.bytes().all(|byte| byte.is_ascii_graphic()), "{body}");
    let read: Vec<_> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(read, request.form);
    assert_eq!(body_of(&creation(read)), body);
    let journal = serde_json::to_vec(&request).expect("it is plain data");
    assert_eq!(serde_json::from_slice::<ProcessorRequest>(&journal).expect("it was written by us"), request);
}

/// An answer moves a payment only if the answer belongs to this payment.
pub(super) fn response_parse(data: &[u8]) {
    listed_as_it_came(data);
    let client = answer(200, data).client(0);
    for object in [
        ObjectRef::Refund("re_1"),
        ObjectRef::Setup("seti_1"),
        ObjectRef::Method("pm_1"),
        ObjectRef::Customer("cus_1"),
    ] {
        let (seen, _) = block_on(client.retrieve(object, Purpose::FollowUp)).into_observation();
        let moved = authorized(started(), seen);
        assert!(matches!(moved.outcome, Outcome::Unknown(_)), "{:?}", moved.outcome);
    }
    let reply = answer(200, data).reply(&creation(vec![]));
    if let ProcessorReply::Succeeded { object, .. } = &reply {
        let read = read_intent(serde_json::from_slice(data).expect("it was read")).expect("it was read");
        assert_eq!(*object, Object::Intent(Box::new(read)));
    }
    let (seen, _) = reply.into_observation();
    let shown = if let Observation::Intent(shown) = &seen { Some(shown.clone()) } else { None };
    let moved = authorized(started(), seen.clone());
    if let State::Authorized { .. } | State::Captured { .. } = moved.aggregate.state {
        let shown = shown.expect("an object");
        assert!(shown.amount.is(moved.aggregate.order.amount), "{:?}", shown.amount);
        assert!(shown.id.starts_with("pi_") && shown.received.units <= 1250 && shown.livemode != Some(true));
    }
    // The same answer applied again does not change the status.
    let again = authorized(moved.aggregate.clone(), seen);
    assert_eq!(again.aggregate.status(), moved.aggregate.status());
}

/// A list of events keeps the exact JSON text of each event, unless the text holds a card number or a text
/// beyond the limits.
fn listed_as_it_came(data: &[u8]) {
    let event = br#"{"data":[{"id":"evt_1","type":"charge.updated","created":1,"data":{"object":"#;
    let page = [&event[..], data, br#"}}],"has_more":false}"#].concat();
    let events = block_on(answer(200, &page).client(0).list_events(&EventQuery::Since(0)));
    let Found::Is(listed) = events else { return };
    let read: Value = serde_json::from_slice(&page).expect("it was read");
    let came: Vec<_> = read["data"].as_array().expect("a list").iter().map(Value::to_string).collect();
    assert_eq!(listed.events.len(), came.len());
    for (event, came) in listed.events.iter().zip(came) {
        assert!(!holds_card_number(&event.body), "{}", event.body);
        let altered = holds_card_number(&came) || came.len() > 4096 || holds_in_part(&came);
        assert!(event.body == came || altered, "{} is not {came}", event.body);
    }
}

/// Whether a text in the JSON holds a card number, behind escapes that the whole JSON does not show.
fn holds_in_part(json: &str) -> bool {
    fn holds(value: &Value) -> bool {
        match value {
            Value::String(text) => holds_card_number(text),
            Value::Number(number) => holds_card_number(&number.to_string()),
            Value::Array(values) => values.iter().any(holds),
            Value::Object(fields) => {
                fields.iter().any(|(name, value)| holds_card_number(name) || holds(value))
            }
            Value::Null | Value::Bool(_) => false,
        }
    }
    holds(&serde_json::from_str(json).expect("it was read"))
}

/// Only a 4xx is definitive; Stripe's header Stripe-Should-Retry does not make another status
/// definitive. A 500 leaves the outcome unknown unless Stripe allows a repetition; a conflict is
/// repeated unless Stripe forbids a repetition.
pub(super) fn error_classify(data: &[u8]) {
    let [high, low, retry, body @ ..] = data else { return };
    let status = u16::from_be_bytes([*high, *low]);
    let retry = [None, Some("true"), Some("false")][usize::from(*retry) % 3];
    let answer = || match retry {
        Some(retry) => answer(status, body).header("stripe-should-retry", retry),
        None => answer(status, body),
    };
    let first = answer().first_try(&creation(vec![]));
    let definitive = matches!(first, Some(ProcessorReply::Rejected { .. }));
    assert!(!definitive || (400..500).contains(&status), "{status}");
    let unknown = matches!(
        first,
        Some(
            ProcessorReply::NoAnswer { .. }
                | ProcessorReply::PersistedError { .. }
                | ProcessorReply::KeyConflict { .. }
        )
    );
    assert!(status != 500 || retry == Some("true") || unknown, "{status} {retry:?} {first:?}");
    assert!(status != 409 || retry == Some("false") || first.is_none(), "{status} {retry:?} {first:?}");
    let (seen, _) = answer().reply(&creation(vec![])).into_observation();
    captures_at_most_the_requested_amount(seen);
    let amount = PositiveMoney::parse("12.50", "USD").expect("an amount");
    for purpose in [Purpose::Payment(amount), Purpose::FollowUp, Purpose::Card] {
        let Some(rejection) = read_rejection(status, body, purpose) else {
            assert!(!definitive, "an answer that is no error of Stripe's is definitive");
            return;
        };
        let failure = &rejection.failure;
        assert!(!failure.payer_message.is_empty() && !failure.code.is_empty(), "{failure:?}");
        captures_at_most_the_requested_amount(Observation::Refused(Box::new(rejection)));
    }
}

fn captures_at_most_the_requested_amount(seen: Observation) {
    let moved = authorized(started(), seen);
    let taken = matches!(moved.aggregate.state, State::Captured { captured } if captured.minor() > 1250);
    assert!(!taken, "more is taken than was asked for");
}

/// No text, stored or reported, contains a card number.
pub(super) fn redactor(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let error = json!({"error": {
        "type": "card_error", "code": &text, "decline_code": &text, "message": &text, "param": &text,
        "advice_code": &text, "network_advice_code": &text, "network_decline_code": &text,
        "payment_intent": {
            "id": "pi_1", "status": "requires_payment_method", "amount": 1250, "currency": "usd",
            "last_payment_error": {"message": &text, "code": &text},
        },
    }});
    let error = error.to_string().into_bytes();
    let reply = answer(402, &error).reply(&creation(vec![]));
    let ProcessorReply::Rejected { rejection, .. } = reply else { panic!("{reply:?} is no decline") };
    has_no_card_number(&rejection.message);
    failure_has_no_card_number(&rejection.failure);
    let intent = rejection.intent.expect("the error's PaymentIntent");
    failure_has_no_card_number(&intent.failure.expect("the attempt's error"));
    for status in [409, 500] {
        let reply = answer(status, &error).reply(&creation(vec![]));
        let (ProcessorReply::NoAnswer { why } | ProcessorReply::PersistedError { why }) = reply else {
            panic!("{reply:?} is an answer to {status}")
        };
        // Code and message stand next to each other, and may be parts of the same number.
        why.split(": ").for_each(has_no_card_number);
    }
    let odd = json!({"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": &text});
    if let ProcessorReply::Unreadable { why, .. } =
        answer(200, odd.to_string().as_bytes()).reply(&creation(vec![]))
    {
        has_no_card_number(&why);
    }
    let event = json!({"id": "evt_1", "type": "charge.updated", "created": 1, "livemode": false, "data": {"object": {
        "id": "ch_1", "description": &text, "metadata": {"causeway_payment": &text, "note": &text},
    }}});
    let event = events::parse(event.to_string().as_bytes()).expect("an event as Stripe writes it");
    has_no_card_number(&event.kept_body);
}

/// None of the failure's texts contains a card number.
fn failure_has_no_card_number(failure: &Failure) {
    let failure = serde_json::to_value(failure).expect("it is plain data");
    let texts: Vec<_> = failure.as_object().expect("fields").values().filter_map(Value::as_str).collect();
    assert!(texts.len() >= 9, "{texts:?}");
    texts.into_iter().for_each(has_no_card_number);
}

#[track_caller]
fn has_no_card_number(text: &str) {
    assert!(!holds_card_number(text), "{text}");
}
