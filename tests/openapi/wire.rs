//! Judges a form or a query by a schema. Every value on the wire is a text.

use serde_json::Value;

use super::form::{Node, Tree, read};
use super::schema::{Branch, Problem, Schemas, a_kind, closest, limits, only_unsets, shown};

/// Everything a schema holds against a form or a query.
pub(super) fn pairs(schemas: Schemas<'_>, schema: &Value, raw: &[u8]) -> Vec<Problem> {
    let (tree, mut problems) = read(raw);
    problems.extend(object(schemas, schema, &tree, ""));
    problems
}

/// Everything a schema holds against one text.
pub(super) fn scalar(schemas: Schemas<'_>, schema: &Value, text: &str, path: &str) -> Vec<Problem> {
    check(schemas, schema, &Node::One(text.to_owned()), path)
}

/// Everything a schema holds against one name's share of the form.
fn check(schemas: Schemas<'_>, schema: &Value, node: &Node, path: &str) -> Vec<Problem> {
    let schema = match schemas.resolve(schema, path) {
        Ok(schema) => schema,
        Err(problem) => return vec![problem],
    };
    if let Some(branches) = schema.get("anyOf").and_then(Value::as_array) {
        let fares = branches.iter().map(|branch| branch_result(schemas, branch, node, path)).collect();
        return closest(path, &displayed(node), fares);
    }
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("string");
    match (kind, node) {
        ("object", Node::Many(entries)) => object(schemas, schema, entries, path),
        ("array", Node::Many(entries)) => array(schemas, schema, entries, path),
        ("object" | "array", Node::One(_)) | (_, Node::Many(_)) => {
            vec![Problem::new(path, format!("{} is not {}", displayed(node), a_kind(kind)))]
        }
        (_, Node::One(text)) => match parsed(kind, text) {
            Some(value) => limits(schema, &value, path),
            None => vec![Problem::new(path, format!("{} is not {}", displayed(node), a_kind(kind)))],
        },
    }
}

/// How one name's share of the form fares with one branch.
///
/// A branch that knows only the empty text, which unsets, is of the right kind only for an empty text.
fn branch_result<'s>(schemas: Schemas<'s>, branch: &'s Value, node: &Node, path: &str) -> Branch<'s> {
    let problems = check(schemas, branch, node, path);
    let schema = schemas.resolve(branch, path).unwrap_or(branch);
    let structured = matches!(schema["type"].as_str(), Some("object" | "array"));
    let right_kind = match node {
        Node::Many(_) => structured,
        Node::One(text) => !structured && (text.is_empty() || !only_unsets(schema)),
    };
    Branch { schema: branch, right_kind, right_object: true, problems }
}

/// What an object's schema holds against a form: missing parameters, unknown ones, and what is wrong inside.
fn object(schemas: Schemas<'_>, schema: &Value, entries: &Tree, path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for key in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let key = key.as_str().unwrap_or_default();
        if !entries.iter().any(|(known, _)| known == key) {
            problems.push(Problem::new(&joined(path, key), "is required, but missing"));
        }
    }
    let properties = schema.get("properties");
    let additional = schema.get("additionalProperties");
    for (key, node) in entries {
        let place = joined(path, key);
        match (properties.and_then(|known| known.get(key)), additional) {
            (Some(known), _) => problems.extend(check(schemas, known, node, &place)),
            (None, Some(Value::Object(_) | Value::Bool(true))) if key.is_empty() => {
                problems.push(Problem::new(&place, "has no key in its brackets"));
            }
            (None, Some(Value::Bool(true))) => {}
            (None, Some(other @ Value::Object(_))) => problems.extend(check(schemas, other, node, &place)),
            (None, _) => problems.push(Problem::new(&place, "is not a known parameter")),
        }
    }
    problems
}

/// What is wrong with a list's indexes and with its items.
fn array(schemas: Schemas<'_>, schema: &Value, entries: &Tree, path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let plain = entries.iter().all(|(key, _)| key.is_empty());
    let counted = (0..entries.len()).all(|index| entries.iter().any(|(key, _)| *key == index.to_string()));
    if !plain && !counted {
        let keys: Vec<String> = entries.iter().map(|(key, _)| format!("[{key}]")).collect();
        let text =
            format!("a list has [] or counts from [0] without a gap, but this one has {}", keys.join(", "));
        problems.push(Problem::new(path, text));
    }
    if let Some(wanted) = schema.get("items") {
        problems
            .extend(entries.iter().flat_map(|(key, node)| check(schemas, wanted, node, &joined(path, key))));
    }
    problems
}

/// The value that a text means for a type, if it is spelt as one.
fn parsed(kind: &str, text: &str) -> Option<Value> {
    match kind {
        "string" => Some(Value::from(text)),
        "boolean" => text.parse::<bool>().ok().map(Value::from),
        "integer" => text.parse::<i64>().ok().filter(|number| number.to_string() == text).map(Value::from),
        "number" if text.trim() == text => serde_json::from_str(text).ok().filter(Value::is_number),
        _ => None,
    }
}

/// One name's share of the form as a problem shows it.
fn displayed(node: &Node) -> String {
    match node {
        Node::One(text) => shown(&Value::from(text.as_str())),
        Node::Many(entries) => {
            let key = entries.first().map_or("", |(key, _)| key.as_str());
            format!("what has brackets ([{key}])")
        }
    }
}

/// The name of a key inside a name.
fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}[{key}]") }
}
