//! The shape of every answer, compared with Stripe's OpenAPI description: no unknown field, and every
//! field that Stripe always sends. `sandbox/description/answers.json` is derived from the description.

use std::sync::LazyLock;

use serde_json::{Value, json};

static SCHEMAS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../description/answers.json")).unwrap());

/// Fields that can be null and that Stripe nevertheless leaves out, as recordings of Stripe's answers
/// show: the fields are present only on request, or in objects for which the fields are meaningful.
const LEFT_OUT: &[(&str, &[&str])] = &[
    ("charge", &["refunds"]),
    ("customer", &["cash_balance"]),
    (
        "card",
        &["account", "available_payout_methods", "currency", "customer", "default_for_currency", "status"],
    ),
];

/// The differences between an answer and the description.
pub(crate) fn complaints(answer: &Value) -> Vec<String> {
    let mut wrong = vec![];
    if let Some(error) = answer.get("error") {
        check(error, "api_errors", "error", &mut wrong);
    } else {
        check_answer(answer, &mut wrong);
    }
    wrong
}

fn check_answer(answer: &Value, wrong: &mut Vec<String>) {
    let Some(kind) = answer["object"].as_str() else {
        return wrong.push("an answer has no `object`".to_owned());
    };
    if ["list", "search_result"].contains(&kind) {
        let mut names: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        names.retain(|name| !["count", "next_page", "total_count"].contains(name));
        if names != ["data", "has_more", "object", "url"] {
            wrong.push(format!("a list has {names:?}"));
        }
        return answer["data"].as_array().unwrap().iter().for_each(|item| check_answer(item, wrong));
    }
    let deleted = answer["deleted"] == true;
    check(answer, &if deleted { format!("deleted_{kind}") } else { kind.to_owned() }, kind, wrong);
    if kind == "event" {
        check_answer(&answer["data"]["object"], wrong);
    }
}

fn check(object: &Value, name: &str, at: &str, wrong: &mut Vec<String>) {
    let (schema, Some(fields)) = (&SCHEMAS[name], object.as_object()) else {
        return wrong.push(format!("{at} is no object"));
    };
    if schema.is_null() {
        return wrong.push(format!("{at} is a {name}, which nobody knows"));
    }
    let left_out = LEFT_OUT.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, names)| names);
    let always = schema["required"].as_array().unwrap().iter().chain(schema["nullable"].as_array().unwrap());
    for wanted in always.map(|name| name.as_str().unwrap()) {
        if !fields.contains_key(wanted) && !left_out.contains(&wanted) {
            wrong.push(format!("{at}: {wanted} is missing"));
        }
    }
    for (key, value) in fields {
        match schema["properties"].get(key) {
            Some(property) => check_value(value, property, &format!("{at}.{key}"), wrong),
            None => wrong.push(format!("{at}.{key} is not a field of {name}")),
        }
    }
}

fn check_value(value: &Value, property: &Value, at: &str, wrong: &mut Vec<String>) {
    let types = property["types"].as_array().cloned().unwrap_or_default();
    let refs = property["refs"].as_array().cloned().unwrap_or_default();
    let fits = match value {
        Value::Null => property["nullable"] == true,
        Value::Bool(_) => types.contains(&json!("boolean")),
        Value::Number(_) => types.contains(&json!("integer")) || types.contains(&json!("number")),
        Value::String(word) => {
            let words = property["enum"].as_array();
            types.contains(&json!("string")) && words.is_none_or(|words| words.contains(&json!(word)))
        }
        Value::Array(_) => types.contains(&json!("array")),
        Value::Object(_) => types.contains(&json!("object")) || !refs.is_empty(),
    };
    if !fits {
        wrong.push(format!("{at} may not be {value}"));
    }
    if value.is_object() {
        check_inner(value, &refs, at, wrong);
    }
    if let (Value::Array(items), Some(inner)) = (value, property.get("items")) {
        let refs = inner["refs"].as_array().cloned().unwrap_or_default();
        items.iter().filter(|item| item.is_object()).for_each(|item| check_inner(item, &refs, at, wrong));
    }
}

/// Checks an object inside another object against the schema that fits the object's name, or against
/// the first schema.
fn check_inner(value: &Value, refs: &[Value], at: &str, wrong: &mut Vec<String>) {
    let Some(first) = refs.first() else { return };
    let kind = value["object"].as_str().unwrap_or_default();
    let kind = if value["deleted"] == true { format!("deleted_{kind}") } else { kind.to_owned() };
    let named = refs.iter().find(|name| **name == kind).unwrap_or(first);
    check(value, named.as_str().unwrap(), at, wrong);
}

#[test]
fn a_wrong_shape_is_seen() {
    let deleted = json!({ "id": "cus_1", "object": "customer", "deleted": true });
    assert_eq!(complaints(&deleted), Vec::<String>::new());
    let balance =
        json!({ "object": "balance", "available": [{ "amount": "1" }], "livemode": false, "color": 1 });
    assert_eq!(
        complaints(&balance),
        [
            "balance: pending is missing",
            "balance.available: currency is missing",
            "balance.available.amount may not be \"1\"",
            "balance.color is not a field of balance",
        ]
    );
}
