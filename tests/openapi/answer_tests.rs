//! Shows which answers the judge accepts, and the exact words with which it refuses others.

use serde_json::{Value, json};

use super::tests::{CREATE, NOTHING, REFUND, answer, judge, payment_intent, wide_refund};

#[test]
fn conforming_answers_pass() {
    let Some(judge) = judge() else { return };
    assert_eq!(answer(&judge, REFUND, 200, &wide_refund()), NOTHING);
    assert_eq!(answer(&judge, CREATE, 200, &payment_intent()), NOTHING);
    let list = json!({"object": "list", "url": "/v1/refunds", "has_more": false, "data": [wide_refund()]});
    assert_eq!(answer(&judge, ("GET", "/v1/refunds"), 200, &list), NOTHING);
    let gone = json!({"id": "cus_1", "object": "customer", "deleted": true});
    assert_eq!(answer(&judge, ("GET", "/v1/customers/cus_1"), 200, &gone), NOTHING);
    assert_eq!(answer(&judge, ("DELETE", "/v1/customers/cus_1"), 200, &gone), NOTHING);
    let declined = json!({"error": {
        "type": "card_error", "code": "card_declined", "message": "No.", "payment_intent": payment_intent(),
    }});
    assert_eq!(answer(&judge, CREATE, 402, &declined), NOTHING);
    let mut expanded = wide_refund();
    expanded["payment_intent"] = payment_intent();
    assert_eq!(answer(&judge, REFUND, 200, &expanded), NOTHING);
}

#[test]
fn the_values_of_an_answer_are_checked() {
    let Some(judge) = judge() else { return };
    for (key, value, problem) in [
        ("amount", json!("5"), r#"refund.amount: "5" is not an integer"#),
        ("amount", json!(5.5), "refund.amount: 5.5 is not an integer"),
        ("amount", Value::Null, "refund.amount: null is not an integer"),
        ("object", json!("charge"), r#"refund.object: "charge" is none of "refund""#),
        (
            "created",
            json!(1_700_000_000_000_u64),
            "refund.created: 1700000000000 is not a moment in seconds since 1970",
        ),
        ("currency", json!("EUR"), r#"refund.currency: "EUR" is not a currency in three lower-case letters"#),
        ("colour", json!("red"), "refund.colour: is not a known key"),
        ("charge", json!(5), "refund.charge: 5 fits none of string, charge"),
        ("charge", json!("c".repeat(5001)), "refund.charge: is 5001 characters long, but may be 5000"),
        ("customer", json!([]), "refund.customer: an array fits none of string, customer, deleted_customer"),
        (
            "customer",
            json!({"id": "cus_1", "object": "customer", "deleted": 1}),
            "refund.customer.deleted: 1 is not a boolean (judged as deleted_customer)",
        ),
        ("metadata", json!({"order": 6735}), "refund.metadata.order: 6735 is not a string"),
        (
            "destination_details",
            json!({"type": "card", "card": {"type": "later"}}),
            concat!(
                r#"refund.destination_details.card.type: "later" is none of "pending", "#,
                r#""refund", "reversal""#
            ),
        ),
        ("description", Value::Null, "refund.description: null is not a string"),
    ] {
        let mut refund = wide_refund();
        refund[key] = value;
        assert_eq!(answer(&judge, REFUND, 200, &refund), [problem]);
    }
}

#[test]
fn a_nested_violation_is_reported_with_its_full_path() {
    let Some(judge) = judge() else { return };
    let mut intent = payment_intent();
    intent["latest_charge"] = json!({
        "id": "ch_1", "object": "charge", "amount": 5, "amount_captured": 5, "amount_refunded": 0,
        "billing_details": {}, "captured": true, "created": 1_700_000_000, "currency": "eur",
        "disputed": false, "livemode": false, "metadata": {}, "paid": true, "refunded": false,
        "status": "succeeded", "outcome": {"type": "authorized", "advice_code": "x"},
    });
    assert_eq!(
        answer(&judge, CREATE, 200, &intent),
        [concat!(
            "payment_intent.latest_charge.outcome.advice_code: ",
            r#""x" is none of "confirm_card_data", "do_not_try_again", "try_again_later""#
        )]
    );
    let mut refund = wide_refund();
    refund["payment_intent"] = json!({"object": "payment_intent"});
    let list =
        json!({"object": "list", "url": "/v1/refunds", "has_more": 0, "data": [wide_refund(), refund]});
    let mut problems = answer(&judge, ("GET", "/v1/refunds"), 200, &list);
    problems.sort();
    assert_eq!(
        problems,
        [
            "list.data[1].payment_intent.created: is required, but missing",
            "list.data[1].payment_intent.id: is required, but missing",
            "list.data[1].payment_intent.livemode: is required, but missing",
            "list.data[1].payment_intent.status: is required, but missing",
            "list.has_more: 0 is not a boolean",
        ]
    );
}

#[test]
fn the_body_and_status_of_an_answer_are_checked() {
    let Some(judge) = judge() else { return };
    assert_eq!(
        judge.answer(REFUND.0, REFUND.1, 200, b""),
        ["answer: is not JSON: EOF while parsing a value at line 1 column 0"]
    );
    assert_eq!(answer(&judge, REFUND, 200, &json!([])), ["refund: an array is not an object"]);
    assert_eq!(answer(&judge, REFUND, 404, &json!("no")), [r#"answer: "no" is not an object"#]);
    assert_eq!(answer(&judge, REFUND, 404, &json!({})), ["error: is required, but missing"]);
    let error = json!({"error": {"type": "mistake", "message": "No.", "hint": "a"}});
    let mut problems = answer(&judge, REFUND, 404, &error);
    problems.sort();
    assert_eq!(
        problems,
        [
            "error.hint: is not a known key",
            concat!(
                r#"error.type: "mistake" is none of "api_error", "card_error", "#,
                r#""idempotency_error", "invalid_request_error""#
            ),
        ]
    );
    let list = json!({"object": "list", "url": "/v1/charges", "has_more": false, "data": []});
    assert_eq!(
        answer(&judge, ("GET", "/v1/refunds"), 200, &list),
        [r#"list.url: "/v1/charges" does not fit ^/v1/refunds"#]
    );
    assert_eq!(
        answer(&judge, ("GET", "/v2/refunds"), 404, &error),
        ["GET /v2/refunds: the description has no such path"]
    );
}
