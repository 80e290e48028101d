//! `previous_attributes` of an event: the earlier values of the changed fields.

use serde_json::{Map, Value};

/// The earlier values of all changed fields. For a nested object, only the changed fields are included.
pub(crate) fn previous(before: &Value, after: &Value) -> Value {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return before.clone();
    };
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let mut changed = Map::new();
    for name in names {
        let (earlier, current) = (before.get(name), after.get(name));
        if earlier == current {
            continue;
        }
        let earlier = match (earlier, current) {
            (Some(earlier @ Value::Object(_)), Some(current @ Value::Object(_))) => {
                previous(earlier, current)
            }
            (earlier, _) => earlier.cloned().unwrap_or(Value::Null),
        };
        changed.insert(name.clone(), earlier);
    }
    Value::Object(changed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn previous_attributes_contain_only_changed_fields() {
        let before = json!({ "a": 1, "b": { "x": 1, "y": 2 }, "c": null, "d": [1], "metadata": {} });
        let after =
            json!({ "a": 1, "b": { "x": 1, "y": 3 }, "c": "now", "d": [2], "metadata": { "k": "v" } });
        let expected = json!({ "b": { "y": 2 }, "c": null, "d": [1], "metadata": { "k": null } });
        assert_eq!(previous(&before, &after), expected);
    }
}
