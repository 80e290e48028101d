//! Objects in Stripe's answers that differ from the request: other types, amounts, ids, correlation
//! metadata, and unknown values.

use std::sync::Arc;

use serde_json::{Value, json};

use super::hostile::{Call, Comes, Hostile};
use crate::stage::forger::{Forge, answer};

/// The honest object, changed.
fn changed(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Forge {
    Arc::new(move |mut honest| {
        change(&mut honest.body);
        answer(200, "", honest.body.to_string().as_bytes())
    })
}

/// The honest object with another value of a field.
fn with(field: &'static str, value: Value) -> Forge {
    changed(move |object| object[field] = value.clone())
}

fn without(field: &'static str) -> Forge {
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
fn deeper() -> Vec<(String, Forge)> {
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
        let what = format!("{path} {value}");
        let forge = changed(move |object| *object.pointer_mut(path).unwrap() = value.clone());
        (what, forge)
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
fn unreadable() -> Vec<(String, Forge)> {
    let mut cases = deeper();
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
fn other_payments() -> Vec<(String, Forge)> {
    let mut cases = vec![];
    for amount in [0_u64, 1, 12, 125, 1249, 1251, 12_500, 125_000, u64::from(u32::MAX), u64::MAX] {
        cases.push((format!("amount {amount}"), with("amount", json!(amount))));
    }
    for currency in ["eur", "jpy", "kwd", "usdt", "us", "", "xxx", "us\u{500}", "4242424242424242"] {
        cases.push((format!("currency {currency:?}"), with("currency", json!(currency))));
    }
    cases.push(("real money".to_owned(), with("livemode", json!(true))));
    let mark = |what: &str, name: &'static str, value: &'static str| {
        (what.to_owned(), changed(move |object| object["metadata"][name] = json!(value)))
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
fn refusals() -> Vec<(String, Forge)> {
    let with = |what: &str, change: fn(&mut Value)| {
        let forge: Forge = Arc::new(move |honest| {
            let mut shown = honest.body;
            change(&mut shown);
            let error =
                json!({"error": {"type": "card_error", "code": "card_declined", "payment_intent": shown}});
            answer(402, "", error.to_string().as_bytes())
        });
        (what.to_owned(), forge)
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
fn good() -> Vec<(String, Forge)> {
    let mut cases: Vec<(String, Forge)> = vec![];
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
fn follow_ups() -> Vec<Hostile> {
    let mut cases = vec![];
    for call in [Call::Capture, Call::Release, Call::Sync] {
        let mut case = |what: &str, forge, comes| cases.push(Hostile::new(call, what, forge, comes));
        case("another id", with("id", json!("pi_other")), Comes::Alarm);
        case("another amount", with("amount", json!(1251)), Comes::Alarm);
        case("another currency", with("currency", json!("eur")), Comes::Alarm);
        case("real money", with("livemode", json!(true)), Comes::Alarm);
        case("no id", without("id"), Comes::Unknown);
        case("a charge", with("id", json!("ch_1")), Comes::Alarm);
        case("no amount", without("amount"), Comes::Unknown);
        case("amount null", with("amount", json!(null)), Comes::Unknown);
        case("a status that is none", with("status", json!(5)), Comes::Unknown);
        case("a negative amount received", with("amount_received", json!(-1)), Comes::Unknown);
        let other = changed(|object| object["metadata"]["causeway_payment"] = json!("x"));
        case("another payment's mark", other, Comes::Alarm);
    }
    let capture = |what: &str, forge, comes| Hostile::new(Call::Capture, what, forge, comes);
    cases.push(capture("less received", with("amount_received", json!(1249)), Comes::Alarm));
    cases.push(capture("more received", with("amount_received", json!(1251)), Comes::Alarm));
    cases.push(capture("nothing received", with("amount_received", json!(0)), Comes::Unknown));
    cases.push(capture("still held", with("status", json!("requires_capture")), Comes::Unknown));
    cases.push(capture("under way", with("status", json!("processing")), Comes::Unknown));
    cases.push(capture("of tomorrow", with("status", json!("captured_twice")), Comes::Unknown));
    let release = |what: &str, status: &'static str| {
        Hostile::new(Call::Release, what, with("status", json!(status)), Comes::Unknown)
    };
    for call in [Call::Capture, Call::Release] {
        let forge: Forge = Arc::new(|honest| {
            let mut shown = honest.body;
            shown["id"] = json!("pi_other");
            let error = json!({"type": "invalid_request_error", "payment_intent": shown});
            answer(400, "", json!({"error": error}).to_string().as_bytes())
        });
        cases.push(Hostile::new(call, "a no that shows another payment", forge, Comes::Alarm));
    }
    cases.extend([release("still held", "requires_capture"), release("of tomorrow", "canceling")]);
    cases
}

/// Answers to a refund of 2.50 USD.
fn refunds() -> Vec<Hostile> {
    let mut cases = vec![];
    let mut case = |what: &str, forge, comes| cases.push(Hostile::new(Call::Refund, what, forge, comes));
    for amount in [0, 1, 249, 251, 1250, 25_000] {
        case(&format!("amount {amount}"), with("amount", json!(amount)), Comes::Alarm);
    }
    case("another currency", with("currency", json!("eur")), Comes::Alarm);
    case("a refund of another payment", with("payment_intent", json!("pi_other")), Comes::Alarm);
    case(
        "another mark",
        changed(|object| object["metadata"]["causeway_operation"] = json!("x")),
        Comes::Alarm,
    );
    for id in ["", "pi_1", "ch_1", "re_", "re_1/cancel", "4242424242424242"] {
        case(&format!("id {id:?}"), with("id", json!(id)), Comes::Unknown);
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
        case(&format!("{field} {value}"), with(field, value), Comes::Unknown);
    }
    for field in ["id", "amount", "currency"] {
        case(&format!("no {field}"), without(field), Comes::Unknown);
    }
    for status in ["", "pending", "requires_action", "of_tomorrow", "SUCCEEDED"] {
        case(&format!("status {status:?}"), with("status", json!(status)), Comes::Pending);
    }
    case("no status", without("status"), Comes::Pending);
    cases
}

/// All hostile objects of this class.
pub(super) fn all() -> Vec<Hostile> {
    let authorize = |comes| move |(what, forge)| Hostile::new(Call::Authorize, what, forge, comes);
    let mut cases: Vec<_> = unreadable().into_iter().map(authorize(Comes::Unknown)).collect();
    cases.extend(other_payments().into_iter().map(authorize(Comes::Alarm)));
    cases.extend(refusals().into_iter().map(authorize(Comes::Alarm)));
    let statuses =
        STATUSES.iter().map(|status| (format!("status {status:?}"), with("status", json!(status))));
    cases.extend(statuses.map(authorize(Comes::Pending)));
    cases.extend(good().into_iter().map(authorize(Comes::Believed)));
    cases.extend(follow_ups());
    cases.extend(refunds());
    cases
}
