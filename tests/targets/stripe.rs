//! What Stripe answers, and what we ask of it.

use causeway::{money::Money, pan::holds_card_number};
use causeway_relay::{
    news::subject::kept,
    payment::{
        Payment, State,
        observation::{Expected, Observation, of},
        observe::{Asked, Outcome, fold},
    },
    stripe::{
        classify::{Class, classify},
        client::Asked as Heard,
        decline::{Wanted, failure},
        error::{ErrorAnswer, StripeError},
        json,
        request::StripeRequest,
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A payment of 12.50 USD that was asked for, and nothing is known of yet.
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

/// The form that was asked for comes back from the bytes on the wire and from the journal.
pub(super) fn canonical_params(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let pair = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let form: Vec<_> = text.split('\n').filter_map(pair).collect();
    let request = StripeRequest { path: "/v1/payment_intents".to_owned(), form };
    let body = request.body();
    assert!(body.bytes().all(|byte| byte.is_ascii_graphic()), "{body}");
    let read: Vec<_> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(read, request.form);
    assert_eq!(StripeRequest { form: read, ..request.clone() }.body(), body);
    let journal = serde_json::to_vec(&request).expect("it is plain data");
    assert_eq!(serde_json::from_slice::<StripeRequest>(&journal).expect("it was written by us"), request);
}

/// An answer moves a payment only if it is about this payment.
pub(super) fn response_parse(data: &[u8]) {
    let Ok(object) = json::read(data) else { return };
    assert_eq!(serde_json::from_slice::<Value>(data).expect("it was read"), object);
    let heard = || Heard::Done { object: object.clone(), request: "req_1".to_owned() };
    for expected in [Expected::Refund, Expected::Setup, Expected::Method, Expected::Customer] {
        let (seen, _) = of(heard(), expected);
        let moved = fold(started(), Asked::Authorize, seen, Timestamp::UNIX_EPOCH);
        assert!(matches!(moved.outcome, Outcome::Unknown(_)), "{:?}", moved.outcome);
    }
    let (seen, _) = of(heard(), Expected::Intent);
    let shown = if let Observation::Intent(shown) = &seen { Some(shown.clone()) } else { None };
    let moved = fold(started(), Asked::Authorize, seen.clone(), Timestamp::UNIX_EPOCH);
    if let State::Authorized { .. } | State::Captured { .. } = moved.payment.state {
        let shown = shown.expect("an object");
        assert_eq!((shown.amount, shown.currency.to_ascii_lowercase().as_str()), (1250, "usd"));
        assert!(shown.id.starts_with("pi_") && shown.amount_received <= 1250 && shown.livemode != Some(true));
    }
    // The same once more says nothing new of its state.
    let again = fold(moved.payment.clone(), Asked::Authorize, seen, Timestamp::UNIX_EPOCH);
    assert_eq!(again.payment.status(), moved.payment.status());
}

/// Nothing is definitive but a 4xx, and Stripe's own word does not make it so.
pub(super) fn error_classify(data: &[u8]) {
    let [high, low, retry, body @ ..] = data else { return };
    let status = u16::from_be_bytes([*high, *low]);
    let retry = [None, Some(true), Some(false)][usize::from(*retry) % 3];
    let Some(answer) = ErrorAnswer::read(body) else { return };
    let class = classify(status, &answer.error, retry);
    assert!(class != Class::Definitive || (400..500).contains(&status), "{status}");
    assert!(status != 500 || retry == Some(true) || class == Class::Unknown, "{status} {retry:?}");
    let error = StripeError { status, body: answer.error };
    let amount = Money::parse("12.50", "USD").expect("an amount");
    for wanted in [Wanted::Payment(amount), Wanted::FollowUp, Wanted::Card] {
        let told = failure(&error, wanted);
        assert!(!told.payer_message.is_empty() && !told.code.is_empty(), "{told:?}");
    }
    let moved =
        fold(started(), Asked::Authorize, Observation::Refused(Box::new(error)), Timestamp::UNIX_EPOCH);
    let taken = matches!(moved.payment.state, State::Captured { captured } if captured.minor() > 1250);
    assert!(!taken, "more is taken than was asked for");
}

/// Whatever stands in a text, no card number comes out of what is kept and told.
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
    let answer = ErrorAnswer::read(error.to_string().as_bytes()).expect("an error as Stripe writes it");
    let inner = answer.error.payment_intent.as_ref().and_then(|intent| intent.last_payment_error.clone());
    for body in [answer.error, inner.expect("the attempt's error")] {
        let texts = [&body.code, &body.decline_code, &body.message, &body.param, &body.advice_code];
        for kept in texts.into_iter().flatten() {
            assert!(!holds_card_number(kept), "{kept}");
        }
        let told = failure(&StripeError { status: 402, body }, Wanted::FollowUp);
        let said = [
            &told.code,
            &told.processor_code,
            &told.decline_code,
            &told.operator_message,
            &told.payer_message,
        ];
        for said in said {
            assert!(!holds_card_number(said), "{said}");
        }
    }
    let event = json!({"id": "evt_1", "type": "charge.updated", "created": 1, "livemode": false, "data": {"object": {
        "id": "ch_1", "description": &text, "metadata": {"causeway_payment": &text, "note": &text},
    }}});
    let kept = kept(&event.to_string(), &event);
    assert!(!holds_card_number(&kept), "{kept}");
}
