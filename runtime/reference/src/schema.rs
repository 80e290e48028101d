//! The JSON schema of a described settings file.

use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};
use serde_json::{Map, Value};

/// The JSON schema of a settings file, as the text of a file. Everything stands in place, without
/// references.
pub fn schema_of<File: JsonSchema>() -> Result<String, serde_json::Error> {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<File>();
    RecursiveTransform(as_in_toml).transform(&mut schema);
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

/// TOML has no null, so an optional setting is absent and never null; integers have no width. A
/// description is one line.
fn as_in_toml(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("format");
    if let Some(Value::String(description)) = object.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            put_in_place(object, only);
        }
    }
}

/// Keywords of the outer schema, such as the description of the field, take precedence.
fn put_in_place(outer: &mut Map<String, Value>, inner: Map<String, Value>) {
    for (keyword, value) in inner {
        outer.entry(keyword).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A settings file.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the description is needed")]
    struct File {
        /// The number of rooms.
        #[schemars(range(min = 1, max = 9), extend("default" = 3))]
        count: Option<u64>,
        /// The colour of the door.
        colour: Option<Colour>,
    }

    /// The colour of a door.
    #[derive(JsonSchema)]
    #[schemars(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only the description is needed")]
    enum Colour {
        /// a dark colour.
        Red,
    }

    #[test]
    fn an_optional_setting_is_absent_and_never_null() {
        let schema: Value = serde_json::from_str(&schema_of::<File>().unwrap()).unwrap();
        let expected = serde_json::json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "File",
            "description": "A settings file.",
            "type": "object",
            "properties": {
                "count": {
                    "description": "The number of rooms.", "type": "integer", "minimum": 1, "maximum": 9, "default": 3,
                },
                "colour": {
                    "description": "The colour of the door.",
                    "oneOf": [{ "description": "a dark colour.", "type": "string", "const": "red" }],
                },
            },
        });
        assert_eq!(schema, expected);
    }
}
