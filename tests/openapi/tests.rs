//! What the tests of the judge share.

use serde_json::{Value, json};

use super::{FORM, Judge};

/// The judge, or nothing, said aloud, where the description is absent and not demanded.
pub(super) fn judge() -> Option<Judge> {
    let judge = Judge::load();
    if judge.is_none() {
        let demanded = std::env::var("CAUSEWAY_REQUIRE_ALL").is_ok_and(|value| value == "1");
        assert!(!demanded, "CAUSEWAY_REQUIRE_ALL=1, but {} is absent", super::DESCRIPTION.join(" or "));
        eprintln!("skipped: {} is absent, so nothing can be judged by it", super::DESCRIPTION.join(" or "));
    }
    judge
}

/// What the judge says of a POST with a form.
pub(super) fn post(judge: &Judge, path: &str, form: &str) -> Vec<String> {
    judge.request("POST", path, "", Some(FORM), form.as_bytes())
}

/// What the judge says of an answer.
pub(super) fn answer(judge: &Judge, call: (&str, &str), status: u16, body: &Value) -> Vec<String> {
    judge.answer(call.0, call.1, status, body.to_string().as_bytes())
}

pub(super) const NOTHING: [&str; 0] = [];
pub(super) const CREATE: (&str, &str) = ("POST", "/v1/payment_intents");
pub(super) const REFUND: (&str, &str) = ("GET", "/v1/refunds/re_1");

/// A refund with every kind of value the schema has in it.
pub(super) fn wide_refund() -> Value {
    json!({
        "id": "re_1", "object": "refund", "amount": 5, "created": 1_700_000_000, "currency": "eur",
        "charge": "ch_1", "balance_transaction": null, "reason": "duplicate", "status": "succeeded",
        "metadata": {"order": "6735"}, "payment_intent": "pi_1", "description": "a",
        "destination_details": {"type": "card", "card": {"type": "refund", "reference": "b"}},
    })
}

/// The smallest payment intent.
pub(super) fn payment_intent() -> Value {
    json!({
        "id": "pi_1", "object": "payment_intent", "created": 1_700_000_000, "livemode": false,
        "status": "succeeded",
    })
}

#[test]
fn a_description_without_paths_makes_each_check_fail() {
    let judge = Judge { description: Value::Null };
    let problem = ["the description is there, but no paths can be read from it"];
    assert_eq!(judge.request("GET", "/v1/refunds", "", None, b""), problem);
    assert_eq!(judge.answer("GET", "/v1/refunds", 200, b"{}"), problem);
}
