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
        let (was, is) = (before.get(name), after.get(name));
        if was == is {
            continue;
        }
        let was = match (was, is) {
            (Some(was @ Value::Object(_)), Some(is @ Value::Object(_))) => previous(was, is),
            (was, _) => was.cloned().unwrap_or(Value::Null),
        };
        changed.insert(name.clone(), was);
    }
    Value::Object(changed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changed_is_told() {
        let before = json!({ "a": 1, "b": { "x": 1, "y": 2 }, "c": null, "d": [1], "metadata": {} });
        let after =
            json!({ "a": 1, "b": { "x": 1, "y": 3 }, "c": "now", "d": [2], "metadata": { "k": "v" } });
        let reported = json!({ "b": { "y": 2 }, "c": null, "d": [1], "metadata": { "k": null } });
        assert_eq!(previous(&before, &after), reported);
    }
}
