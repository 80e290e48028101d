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
pub(crate) fn schema_violations(answer: &Value) -> Vec<String> {
    let mut violations = vec![];
    if let Some(error) = answer.get("error") {
        check(error, "api_errors", "error", &mut violations);
    } else {
        check_answer(answer, &mut violations);
    }
    violations
}

fn check_answer(answer: &Value, violations: &mut Vec<String>) {
    let Some(kind) = answer["object"].as_str() else {
        return violations.push("an answer has no `object`".to_owned());
    };
    if ["list", "search_result"].contains(&kind) {
        let mut names: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        names.retain(|name| !["count", "next_page", "total_count"].contains(name));
        if names != ["data", "has_more", "object", "url"] {
            violations.push(format!("a list has {names:?}"));
        }
        return answer["data"].as_array().unwrap().iter().for_each(|item| check_answer(item, violations));
    }
    let deleted = answer["deleted"] == true;
    check(answer, &if deleted { format!("deleted_{kind}") } else { kind.to_owned() }, kind, violations);
    if kind == "event" {
        check_answer(&answer["data"]["object"], violations);
    }
}

fn check(object: &Value, name: &str, at: &str, violations: &mut Vec<String>) {
    let (schema, Some(fields)) = (&SCHEMAS[name], object.as_object()) else {
        return violations.push(format!("{at} is no object"));
    };
    if schema.is_null() {
        return violations.push(format!("{at} is a {name}, which nobody knows"));
    }
    let left_out = LEFT_OUT.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, names)| names);
    let always = schema["required"].as_array().unwrap().iter().chain(schema["nullable"].as_array().unwrap());
    for wanted in always.map(|name| name.as_str().unwrap()) {
        if !fields.contains_key(wanted) && !left_out.contains(&wanted) {
            violations.push(format!("{at}: {wanted} is missing"));
        }
    }
    for (key, value) in fields {
        match schema["properties"].get(key) {
            Some(property) => check_value(value, property, &format!("{at}.{key}"), violations),
            None => violations.push(format!("{at}.{key} is not a field of {name}")),
        }
    }
}

fn check_value(value: &Value, property: &Value, at: &str, violations: &mut Vec<String>) {
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
        violations.push(format!("{at} may not be {value}"));
    }
    if value.is_object() {
        check_inner(value, &refs, at, violations);
    }
    if let (Value::Array(items), Some(inner)) = (value, property.get("items")) {
        let refs = inner["refs"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .filter(|item| item.is_object())
            .for_each(|item| check_inner(item, &refs, at, violations));
    }
}

/// Checks an object inside another object against the schema that fits the object's name, or against
/// the first schema.
fn check_inner(value: &Value, refs: &[Value], at: &str, violations: &mut Vec<String>) {
    let Some(first) = refs.first() else { return };
    let kind = value["object"].as_str().unwrap_or_default();
    let kind = if value["deleted"] == true { format!("deleted_{kind}") } else { kind.to_owned() };
    let named = refs.iter().find(|name| **name == kind).unwrap_or(first);
    check(value, named.as_str().unwrap(), at, violations);
}

#[test]
fn schema_violations_are_found() {
    let deleted = json!({ "id": "cus_1", "object": "customer", "deleted": true });
    assert_eq!(schema_violations(&deleted), Vec::<String>::new());
    let balance =
        json!({ "object": "balance", "available": [{ "amount": "1" }], "livemode": false, "color": 1 });
    assert_eq!(
        schema_violations(&balance),
        [
            "balance: pending is missing",
            "balance.available: currency is missing",
            "balance.available.amount may not be \"1\"",
            "balance.color is not a field of balance",
        ]
    );
}
