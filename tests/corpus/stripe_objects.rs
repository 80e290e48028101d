//! Objects in Stripe's answers that differ from the request: other types, amounts, ids, correlation
//! metadata, and unknown values.

use std::sync::Arc;

use serde_json::{Value, json};

use super::stripe_answers::{Call, Expected, ForgedCase};
use crate::stage::forging_proxy::{ForgedAnswer, answer};

/// The honest object, changed.
fn changed(change: impl Fn(&mut Value) + Send + Sync + 'static) -> ForgedAnswer {
    Arc::new(move |mut real_answer| {
        change(&mut real_answer.body);
        answer(200, "", real_answer.body.to_string().as_bytes())
    })
}

/// The honest object with another value of a field.
fn with(field: &'static str, value: Value) -> ForgedAnswer {
    changed(move |object| object[field] = value.clone())
}

fn without(field: &'static str) -> ForgedAnswer {
    changed(move |object| {
        object.as_object_mut().unwrap().remove(field);
    })
}

/// Fields of a PaymentIntent, and values of other types than theirs.
fn other_types() -> Vec<(&'static str, Vec<Value>)> {
    let no_text = || vec![json!(1), json!(true), json!(1.5), json!([]), json!({}), json!(["usd"])];
    let no_number =
        || vec![json!(null), json!("1250"), json!(-1250), json!(1250.0), json!(1250.5), json!([1250])];
    let no_object = || vec![json!(1), json!(true), json!("text")];
    let required = |mut values: Vec<Value>| {
        values.push(json!(null));
        values
    };
    vec![
        ("id", required(no_text())),
        ("status", required(no_text())),
        ("currency", required(no_text())),
        ("amount", no_number()),
        ("amount_received", no_number()),
        ("created", vec![json!(null), json!("now"), json!(1.5), json!({})]),
        ("client_secret", no_text()),
        ("cancellation_reason", no_text()),
        ("capture_method", no_text()),
        ("next_action", no_object()),
        ("last_payment_error", no_object()),
        ("metadata", [no_object(), vec![json!({"k": 1}), json!({"k": null}), json!({"k": ["v"]})]].concat()),
        (
            "latest_charge",
            vec![json!(1), json!(true), json!([]), json!({}), json!({"id": 5}), json!({"paid": true})],
        ),
        ("payment_method", vec![json!(1), json!(true), json!([]), json!({}), json!({"id": null})]),
        ("customer", vec![json!(1), json!([]), json!({})]),
        ("livemode", vec![json!("false"), json!(0), json!([])]),
    ]
}

/// Values of other types, deeper within.
fn nested_types() -> Vec<(String, ForgedAnswer)> {
    let paths = [
        ("/latest_charge/paid", json!("yes")),
        ("/latest_charge/amount_refunded", json!(-1)),
        ("/latest_charge/disputed", json!(null)),
        ("/latest_charge/balance_transaction", json!(7)),
        ("/latest_charge/payment_method_details", json!([1])),
        ("/latest_charge/payment_method_details/card", json!("visa")),
        ("/latest_charge/payment_method_details/card/exp_year", json!("2034")),
        ("/latest_charge/payment_method_details/card/exp_month", json!(99_999_999_999_i64)),
        ("/latest_charge/payment_method_details/card/capture_before", json!("soon")),
        ("/latest_charge/payment_method_details/card/last4", json!(4242)),
        ("/latest_charge/payment_method_details/card/checks", json!(5)),
    ];
    let deep = |(path, value): (&'static str, Value)| {
        let label = format!("{path} {value}");
        let forge = changed(move |object| *object.pointer_mut(path).unwrap() = value.clone());
        (label, forge)
    };
    paths.into_iter().map(deep).collect()
}

/// Ids that are none of a PaymentIntent, or that lead elsewhere in a path.
#[rustfmt::skip]
const IDS: &[&str] = &[
    "", " ", "pi_", "ch_1", "re_1", "seti_1", "cus_1", "PI_1", "pi 1", "pi_1 ", "pi_1\n", "pi_1\0", "pi_ä", "pi_1/../../refunds",
    "pi_1/cancel", "pi_1?expand[]=x", "pi_1#x", "pi_1%2fcancel", "../balance", "pi_1&x=y", "pi_1\r\nX: y",
    "4242424242424242", "pi_4242424242424242", "<script>alert(1)</script>", "'; DROP TABLE payment; --",
];

/// Objects that cannot be read as the requested object.
fn unreadable() -> Vec<(String, ForgedAnswer)> {
    let mut cases = nested_types();
    for (field, values) in other_types() {
        for value in values {
            cases.push((format!("{field} {value}"), with(field, value)));
        }
    }
    for field in ["id", "status", "amount", "currency"] {
        cases.push((format!("no {field}"), without(field)));
    }
    for id in IDS {
        cases.push((format!("id {id:?}"), with("id", json!(id))));
    }
    cases.push(("a long id".to_owned(), with("id", json!(format!("pi_{}", "a".repeat(300))))));
    cases
}

/// Another amount, currency, mode or payment than requested.
fn other_payments() -> Vec<(String, ForgedAnswer)> {
    let mut cases = vec![];
    for amount in [0_u64, 1, 12, 125, 1249, 1251, 12_500, 125_000, u64::from(u32::MAX), u64::MAX] {
        cases.push((format!("amount {amount}"), with("amount", json!(amount))));
    }
    for currency in ["eur", "jpy", "kwd", "usdt", "us", "", "xxx", "us\u{500}", "4242424242424242"] {
        cases.push((format!("currency {currency:?}"), with("currency", json!(currency))));
    }
    cases.push(("real money".to_owned(), with("livemode", json!(true))));
    let mark = |label: &str, name: &'static str, value: &'static str| {
        (label.to_owned(), changed(move |object| object["metadata"][name] = json!(value)))
    };
    cases.push(("no marks".to_owned(), with("metadata", json!({}))));
    cases.push(mark("another payment's mark", "causeway_payment", "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d"));
    cases.push(mark("a mark that is none", "causeway_payment", "x"));
    cases.push(mark("a mark of a card's number", "causeway_payment", "4242424242424242"));
    let more = |amount: u64| {
        changed(move |object| {
            (object["status"], object["amount_received"]) = (json!("succeeded"), json!(amount))
        })
    };
    for amount in [1251, 125_000, u64::MAX] {
        cases.push((format!("{amount} received"), more(amount)));
    }
    cases
}

/// A decline that shows another payment.
fn refusals() -> Vec<(String, ForgedAnswer)> {
    let with = |label: &str, change: fn(&mut Value)| {
        let forge: ForgedAnswer = Arc::new(move |real_answer| {
            let mut shown = real_answer.body;
            change(&mut shown);
            let error =
                json!({"error": {"type": "card_error", "code": "card_declined", "payment_intent": shown}});
            answer(402, "", error.to_string().as_bytes())
        });
        (label.to_owned(), forge)
    };
    vec![
        with("a decline about another amount", |shown| shown["amount"] = json!(99)),
        with("a decline about another currency", |shown| shown["currency"] = json!("eur")),
        with("a decline about a larger payment", |shown| {
            (shown["status"], shown["amount"]) = (json!("succeeded"), json!(125_000));
            shown["amount_received"] = json!(125_000);
        }),
        with("a decline about real money", |shown| shown["livemode"] = json!(true)),
        with("a decline about another payment", |shown| {
            shown["metadata"]["causeway_payment"] = json!("01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d");
        }),
    ]
}

/// Unknown statuses, and statuses that are not final.
#[rustfmt::skip]
const STATUSES: &[&str] = &[
    "", " ", "succeeded ", "SUCCEEDED", "Requires_Capture", "requires_capture\0", "paid", "captured", "failed", "refunded",
    "partially_funded", "requires_of_tomorrow", "processing", "requires_confirmation", "4242424242424242", "\u{202e}dedeeccus",
];

/// Unusual answers that are valid.
fn good() -> Vec<(String, ForgedAnswer)> {
    let mut cases: Vec<(String, ForgedAnswer)> = vec![];
    for field in [
        "client_secret",
        "next_action",
        "last_payment_error",
        "cancellation_reason",
        "capture_method",
        "customer",
        "payment_method",
        "latest_charge",
        "livemode",
    ] {
        cases.push((format!("{field} null"), with(field, json!(null))));
    }
    for field in ["amount_received", "created", "livemode", "latest_charge", "capture_method"] {
        cases.push((format!("no {field}"), without(field)));
    }
    for field in ["of_tomorrow", "amount_of_tomorrow", "", "__proto__", "\u{0}"] {
        cases.push((format!("a field {field:?}"), with(field, json!({"a": [1, null, "x"]}))));
    }
    cases.push(("currency in capitals".to_owned(), with("currency", json!("USD"))));
    let number = "4242424242424242";
    let deep = |path: &'static str| {
        let forge = changed(move |object| *object.pointer_mut(path).unwrap() = json!(number));
        (format!("a number in {path}"), forge)
    };
    cases.push(deep("/latest_charge/payment_method_details/card/last4"));
    cases
}

/// Answers to follow-up calls: the relay knows the object by now.
fn follow_ups() -> Vec<ForgedCase> {
    let mut cases = vec![];
    for call in [Call::Capture, Call::Release, Call::Sync] {
        let mut case = |label: &str, forge, comes| cases.push(ForgedCase::new(call, label, forge, comes));
        case("another id", with("id", json!("pi_other")), Expected::Alarm);
        case("another amount", with("amount", json!(1251)), Expected::Alarm);
        case("another currency", with("currency", json!("eur")), Expected::Alarm);
        case("real money", with("livemode", json!(true)), Expected::Alarm);
        case("no id", without("id"), Expected::Unknown);
        case("a charge", with("id", json!("ch_1")), Expected::Alarm);
        case("no amount", without("amount"), Expected::Unknown);
        case("amount null", with("amount", json!(null)), Expected::Unknown);
        case("a status that is none", with("status", json!(5)), Expected::Unknown);
        case("a negative amount received", with("amount_received", json!(-1)), Expected::Unknown);
        let other = changed(|object| object["metadata"]["causeway_payment"] = json!("x"));
        case("another payment's mark", other, Expected::Alarm);
    }
    let capture = |label: &str, forge, comes| ForgedCase::new(Call::Capture, label, forge, comes);
    cases.push(capture("less received", with("amount_received", json!(1249)), Expected::Alarm));
    cases.push(capture("more received", with("amount_received", json!(1251)), Expected::Alarm));
    cases.push(capture("nothing received", with("amount_received", json!(0)), Expected::Unknown));
    cases.push(capture("still held", with("status", json!("requires_capture")), Expected::Unknown));
    cases.push(capture("under way", with("status", json!("processing")), Expected::Unknown));
    cases.push(capture("of tomorrow", with("status", json!("captured_twice")), Expected::Unknown));
    let release = |label: &str, status: &'static str| {
        ForgedCase::new(Call::Release, label, with("status", json!(status)), Expected::Unknown)
    };
    for call in [Call::Capture, Call::Release] {
        let forge: ForgedAnswer = Arc::new(|real_answer| {
            let mut shown = real_answer.body;
            shown["id"] = json!("pi_other");
            let error = json!({"type": "invalid_request_error", "payment_intent": shown});
            answer(400, "", json!({"error": error}).to_string().as_bytes())
        });
        cases.push(ForgedCase::new(call, "a no that shows another payment", forge, Expected::Alarm));
    }
    cases.extend([release("still held", "requires_capture"), release("of tomorrow", "canceling")]);
    cases
}

/// Answers to a refund of 2.50 USD.
fn refunds() -> Vec<ForgedCase> {
    let mut cases = vec![];
    let mut case = |label: &str, forge, comes| cases.push(ForgedCase::new(Call::Refund, label, forge, comes));
    for amount in [0, 1, 249, 251, 1250, 25_000] {
        case(&format!("amount {amount}"), with("amount", json!(amount)), Expected::Alarm);
    }
    case("another currency", with("currency", json!("eur")), Expected::Alarm);
    case("a refund of another payment", with("payment_intent", json!("pi_other")), Expected::Alarm);
    case(
        "another mark",
        changed(|object| object["metadata"]["causeway_operation"] = json!("x")),
        Expected::Alarm,
    );
    for id in ["", "pi_1", "ch_1", "re_", "re_1/cancel", "4242424242424242"] {
        case(&format!("id {id:?}"), with("id", json!(id)), Expected::Unknown);
    }
    for (field, value) in [
        ("id", json!(null)),
        ("amount", json!(null)),
        ("amount", json!("250")),
        ("amount", json!(-250)),
        ("amount", json!(2.5)),
        ("currency", json!(null)),
        ("status", json!(5)),
        ("metadata", json!([])),
        ("balance_transaction", json!({})),
        ("payment_intent", json!(5)),
    ] {
        case(&format!("{field} {value}"), with(field, value), Expected::Unknown);
    }
    for field in ["id", "amount", "currency"] {
        case(&format!("no {field}"), without(field), Expected::Unknown);
    }
    for status in ["", "pending", "requires_action", "of_tomorrow", "SUCCEEDED"] {
        case(&format!("status {status:?}"), with("status", json!(status)), Expected::Pending);
    }
    case("no status", without("status"), Expected::Pending);
    cases
}

/// All hostile objects of this class.
pub(super) fn all() -> Vec<ForgedCase> {
    let authorize = |comes| move |(label, forge)| ForgedCase::new(Call::Authorize, label, forge, comes);
    let mut cases: Vec<_> = unreadable().into_iter().map(authorize(Expected::Unknown)).collect();
    cases.extend(other_payments().into_iter().map(authorize(Expected::Alarm)));
    cases.extend(refusals().into_iter().map(authorize(Expected::Alarm)));
    let statuses =
        STATUSES.iter().map(|status| (format!("status {status:?}"), with("status", json!(status))));
    cases.extend(statuses.map(authorize(Expected::Pending)));
    cases.extend(good().into_iter().map(authorize(Expected::Believed)));
    cases.extend(follow_ups());
    cases.extend(refunds());
    cases
}
