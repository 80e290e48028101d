//! Finds the operation of the description that a method and a path mean.

use serde_json::{Map, Value, json};

/// One operation of the description, as one request's path called for it.
pub(super) struct Operation<'a> {
    /// What the description says of it.
    pub(super) described: &'a Value,
    /// The path's parameters: the template's name, and the text that stood in its place.
    pub(super) captured: Vec<(&'a str, &'a str)>,
}

impl<'a> Operation<'a> {
    /// The schema of one parameter of the path.
    pub(super) fn path_parameter(&self, name: &str) -> Value {
        let mut found = self.parameters("path").filter(|parameter| parameter["name"] == name);
        found.next().map_or_else(|| json!({"type": "string"}), |parameter| parameter["schema"].clone())
    }

    /// The query's parameters as the properties of one object; it knows no others.
    pub(super) fn query_schema(&self) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for parameter in self.parameters("query") {
            let name = parameter["name"].as_str().unwrap_or_default();
            properties.insert(name.to_owned(), parameter["schema"].clone());
            if parameter["required"] == true {
                required.push(name);
            }
        }
        json!({"type": "object", "properties": properties, "required": required})
    }

    /// The schema of the form in the body, where one is described.
    pub(super) fn form_schema(&self) -> Option<&'a Value> {
        self.described.pointer("/requestBody/content/application~1x-www-form-urlencoded/schema")
    }

    /// The described parameters that stand in one place: the path or the query.
    fn parameters(&self, place: &'static str) -> impl Iterator<Item = &'a Value> {
        let all = self.described.get("parameters").and_then(Value::as_array);
        all.into_iter().flatten().filter(move |parameter| parameter["in"] == place)
    }
}

/// The schema of an operation's answer with this status.
pub(super) fn operation_schema(described: &Value, status: u16) -> Option<&Value> {
    let kind = if status == 200 { "200" } else { "default" };
    described.get("responses")?.get(kind)?.pointer("/content/application~1json/schema")
}

/// The operation that a method and a path mean, or the sentence that says why there is none.
///
/// Of several templates that match, the one with the fewest parameters is meant: `/v1/charges/search` is
/// not the charge named "search".
pub(super) fn find<'a>(description: &'a Value, method: &str, path: &'a str) -> Result<Operation<'a>, String> {
    let Some(paths) = description.get("paths").and_then(Value::as_object) else {
        return Err("the description is there, but no paths can be read from it".to_owned());
    };
    let matching = paths.iter().filter_map(|(template, item)| Some((captured(template, path)?, item)));
    let Some((captured, item)) = matching.min_by_key(|(captured, _)| captured.len()) else {
        return Err(format!("{method} {path}: the description has no such path"));
    };
    let methods: Vec<(String, &Value)> = item
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, described)| (name.to_ascii_uppercase(), described))
        .collect();
    match methods.iter().find(|(name, _)| name == method) {
        Some((_, described)) => Ok(Operation { described, captured }),
        None => {
            let known: Vec<&str> = methods.iter().map(|(name, _)| name.as_str()).collect();
            Err(format!("{method} {path}: the path is there only for {}", known.join(", ")))
        }
    }
}

/// The parameters' texts if the path has the template's shape.
fn captured<'a>(template: &'a str, path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    if path.contains(['?', '#']) || template.split('/').count() != path.split('/').count() {
        return None;
    }
    let mut found = Vec::new();
    for (wanted, text) in template.split('/').zip(path.split('/')) {
        match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !text.is_empty() => found.push((name, text)),
            None if wanted == text => {}
            Some(_) | None => return None,
        }
    }
    Some(found)
}
