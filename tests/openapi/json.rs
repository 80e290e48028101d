//! Judges a JSON value by a schema.

use serde_json::Value;

use super::schema::{Branch, Problem, Schemas, a_kind, closest, limits, name, shown};

/// What the answer as a whole is called in problems: its kind of object, and nothing for an error, whose
/// only key is called `error` already.
pub(super) fn root_name(schema: &Value, status: u16) -> &str {
    let named = schema.pointer("/anyOf/0").unwrap_or(schema);
    match named.get("$ref") {
        _ if status != 200 => "",
        Some(_) => name(named),
        None => "list",
    }
}

/// Everything a schema holds against a value.
pub(super) fn check(schemas: Schemas<'_>, schema: &Value, value: &Value, path: &str) -> Vec<Problem> {
    let schema = match schemas.resolve(schema, path) {
        Ok(schema) => schema,
        Err(problem) => return vec![problem],
    };
    if value.is_null() && schema["nullable"] == true {
        return Vec::new();
    }
    if let Some(branches) = schema.get("anyOf").and_then(Value::as_array) {
        let fares = branches.iter().map(|branch| branch_result(schemas, branch, value, path)).collect();
        return closest(displayed_path(path), &shown(value), fares);
    }
    let Some(kind) = schema.get("type").and_then(Value::as_str) else {
        return limits(schema, value, displayed_path(path));
    };
    if !is_kind(kind, value) {
        return vec![Problem::new(displayed_path(path), format!("{} is not {}", shown(value), a_kind(kind)))];
    }
    match value {
        Value::Object(_) => object(schemas, schema, value, path),
        Value::Array(items) => array(schemas, schema, items, path),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            limits(schema, value, displayed_path(path))
        }
    }
}

/// How a value fares with one branch.
fn branch_result<'s>(schemas: Schemas<'s>, branch: &'s Value, value: &Value, path: &str) -> Branch<'s> {
    let problems = check(schemas, branch, value, path);
    let schema = schemas.resolve(branch, path).unwrap_or(branch);
    let right_kind = match schema.get("type").and_then(Value::as_str) {
        Some(kind) => is_kind(kind, value),
        None => true,
    };
    let objects = schema.pointer("/properties/object/enum").and_then(Value::as_array);
    let right_object = match (objects, value.get("object")) {
        (Some(allowed), Some(object)) => allowed.contains(object),
        _ => true,
    };
    Branch { schema: branch, right_kind, right_object, problems }
}

/// What an object's schema holds against it: missing keys, unknown keys, and what is wrong inside.
fn object(schemas: Schemas<'_>, schema: &Value, value: &Value, path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for key in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let key = key.as_str().unwrap_or_default();
        if value.get(key).is_none() {
            problems.push(Problem::new(&joined(path, key), "is required, but missing"));
        }
    }
    let properties = schema.get("properties");
    let additional = schema.get("additionalProperties");
    for (key, inner) in value.as_object().into_iter().flatten() {
        let place = joined(path, key);
        match (properties.and_then(|known| known.get(key)), additional) {
            (Some(known), _) => problems.extend(check(schemas, known, inner, &place)),
            (None, Some(Value::Bool(true))) => {}
            (None, Some(other @ Value::Object(_))) => problems.extend(check(schemas, other, inner, &place)),
            (None, _) => problems.push(Problem::new(&place, "is not a known key")),
        }
    }
    problems
}

/// What is wrong with an array's items.
fn array(schemas: Schemas<'_>, schema: &Value, items: &[Value], path: &str) -> Vec<Problem> {
    let Some(wanted) = schema.get("items") else {
        return Vec::new();
    };
    let numbered = items.iter().enumerate();
    numbered.flat_map(|(index, item)| check(schemas, wanted, item, &format!("{path}[{index}]"))).collect()
}

/// Whether a value is of a schema's type.
fn is_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => false,
    }
}

/// The path of a key inside an object.
fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The path as a problem with the value itself names it; the whole of an error is simply the answer.
fn displayed_path(path: &str) -> &str {
    if path.is_empty() { "answer" } else { path }
}
