//! The tables of a settings file, read from the JSON schema.

use serde_json::Value;

/// A table of a settings file, as in `[webhooks]`.
pub struct Table {
    /// The path from the top of the file; a part in capital letters, as in `TENANT`, stands for a
    /// name that the operator chooses.
    pub path: Vec<String>,
    /// The meaning of the table.
    pub description: String,
    /// The settings of the table, without nested tables.
    pub settings: Vec<Setting>,
    /// The names of the nested tables.
    pub tables: Vec<String>,
}

/// A setting of a table.
pub struct Setting {
    /// The name in TOML.
    pub name: String,
    /// The meaning, with the unit where there is one.
    pub description: String,
    /// The type of the value.
    pub kind: Kind,
    /// The value if the setting is absent.
    pub default: Option<Value>,
    /// The default in words, where the default depends on other settings.
    pub default_in_words: Option<String>,
    /// Whether the file is invalid without the setting.
    pub required: bool,
}

/// The type of a setting's value.
pub enum Kind {
    /// True or false.
    Flag,
    /// A whole number, with minimum and maximum.
    Number(u64, u64),
    /// A text of the named form.
    Text(String),
    /// One of the listed texts.
    Choice(Vec<Choice>),
    /// A list of texts; not empty if only certain texts are allowed.
    List(Vec<Choice>),
}

/// A text that a setting allows.
pub struct Choice {
    /// The text in TOML.
    pub text: String,
    /// The meaning, possibly empty.
    pub description: String,
}

/// All tables of a settings file, the outermost first; each before the nested tables.
pub fn tables(schema: &Value) -> Vec<Table> {
    let mut found = vec![];
    collect(schema, vec![], &mut found);
    found
}

fn collect(schema: &Value, path: Vec<String>, found: &mut Vec<Table>) {
    let required: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = || schema["properties"].as_object().into_iter().flatten();
    let (nested, plain): (Vec<_>, Vec<_>) = properties().partition(|(_, inner)| inner["type"] == "object");
    found.push(Table {
        path: path.clone(),
        description: text(schema, "description"),
        settings: plain
            .into_iter()
            .map(|(name, inner)| setting(name, inner, required.contains(&name.as_str())))
            .collect(),
        tables: nested.iter().map(|(name, _)| (*name).clone()).collect(),
    });
    for (name, inner) in nested {
        let mut path = path.clone();
        path.push(name.clone());
        // A table of named tables: only the named tables have settings.
        if inner["additionalProperties"].is_object() {
            path.push(text(inner, "x-name"));
            collect(&inner["additionalProperties"], path, found);
        } else {
            collect(inner, path, found);
        }
    }
}

fn setting(name: &str, schema: &Value, required: bool) -> Setting {
    Setting {
        name: name.to_owned(),
        description: text(schema, "description"),
        kind: kind(schema),
        default: schema.get("default").cloned(),
        default_in_words: schema["x-default"].as_str().map(str::to_owned),
        required,
    }
}

fn kind(schema: &Value) -> Kind {
    let choices = choices(schema);
    match schema["type"].as_str() {
        Some("boolean") => Kind::Flag,
        Some("integer") => {
            let bound = |keyword: &str, otherwise| schema[keyword].as_u64().unwrap_or(otherwise);
            Kind::Number(bound("minimum", 0), bound("maximum", u64::MAX))
        }
        Some("array") => Kind::List(self::choices(&schema["items"])),
        Some(_) | None if !choices.is_empty() => Kind::Choice(choices),
        Some(_) | None => Kind::Text(schema["x-type"].as_str().unwrap_or("text").to_owned()),
    }
}

/// The listed texts: `oneOf` if the texts have descriptions, `enum` if not.
fn choices(schema: &Value) -> Vec<Choice> {
    let described = schema["oneOf"].as_array().into_iter().flatten().flat_map(|one| {
        let description = text(one, "description");
        let plain = one["enum"].as_array().into_iter().flatten().chain(one.get("const"));
        plain.map(move |value| (value, description.clone()))
    });
    let plain = schema["enum"].as_array().into_iter().flatten().map(|value| (value, String::new()));
    let all = described.chain(plain);
    all.filter_map(|(value, description)| Some(Choice { text: value.as_str()?.to_owned(), description }))
        .collect()
}

/// A text of the schema; empty if absent.
fn text(schema: &Value, keyword: &str) -> String {
    schema[keyword].as_str().unwrap_or_default().to_owned()
}
