//! JSON in Stripe's format: indented by two spaces, `id` and `object` first and the other names in
//! order.

use std::fmt::Write;

use serde_json::{Map, Value};

/// The formatted text of a value.
pub(crate) fn pretty(value: &Value) -> String {
    let mut text = String::with_capacity(4096);
    write(&mut text, value, 0);
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => write_object(text, fields, depth),
        Value::Array(items) if !items.is_empty() => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                new_line(text, at > 0, depth.saturating_add(1));
                write(text, item, depth.saturating_add(1));
            }
            new_line(text, false, depth);
            text.push(']');
        }
        // Scalars and empty containers are short, and have serde_json's usual form.
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => drop(write!(text, "{value}")),
    }
}

fn write_object(text: &mut String, fields: &Map<String, Value>, depth: usize) {
    const FIRST: [&str; 2] = ["id", "object"];
    let first = FIRST.iter().filter_map(|name| fields.get_key_value(*name));
    let rest = fields.iter().filter(|(name, _)| !FIRST.contains(&name.as_str()));
    text.push('{');
    for (at, (name, value)) in first.chain(rest).enumerate() {
        new_line(text, at > 0, depth.saturating_add(1));
        // Keys of metadata can contain characters that need escapes; other names are plain words.
        let _never_fails = write!(text, "{}: ", Value::from(name.as_str()));
        write(text, value, depth.saturating_add(1));
    }
    new_line(text, false, depth);
    text.push('}');
}

fn new_line(text: &mut String, comma: bool, depth: usize) {
    if comma {
        text.push(',');
    }
    text.push('\n');
    (0..depth).for_each(|_| text.push_str("  "));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn id_and_object_come_first() {
        let object =
            json!({ "amount": 1, "id": "x", "list": [], "map": {}, "object": "o", "data": [{ "a": "\"" }] });
        let text = "{\n  \"id\": \"x\",\n  \"object\": \"o\",\n  \"amount\": 1,\n  \"data\": [\n    {\n      \
                    \"a\": \"\\\"\"\n    }\n  ],\n  \"list\": [],\n  \"map\": {}\n}";
        assert_eq!(pretty(&object), text);
        assert_eq!(serde_json::from_str::<Value>(&pretty(&object)).unwrap(), object);
    }
}
