//! Judges HTTP exchanges against Stripe's OpenAPI description.
//!
//! The description lies outside the project, beside it, and may be absent.

mod form;
mod json;
mod operation;
mod schema;
mod wire;

#[cfg(test)]
mod answer_tests;
#[cfg(test)]
mod mutation_tests;
#[cfg(test)]
mod request_tests;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;

use operation::{find, operation_schema};
use schema::{Problem, Schemas};

/// The two parts of the description, relative to the project's root.
const DESCRIPTION: [&str; 2] =
    ["../shared/stripe/openapi.reduced.json", "../shared/stripe/openapi.more.json"];

/// The only form in which the description lets a request carry parameters.
const FORM: &str = "application/x-www-form-urlencoded";

/// Knows the description, and says of a request or an answer what is wrong with it.
pub(crate) struct Judge {
    description: Value,
}

/// One description with the paths and the schemas of all parts. A part that is no description makes the
/// whole description unusable.
fn merge(parts: Vec<Value>) -> Value {
    let mut merged = serde_json::json!({ "paths": {}, "components": { "schemas": {} } });
    for part in &parts {
        for pointer in ["/paths", "/components/schemas"] {
            let (Some(Value::Object(into)), Some(Value::Object(from))) =
                (merged.pointer_mut(pointer), part.pointer(pointer))
            else {
                return Value::Null;
            };
            into.extend(from.clone());
        }
    }
    merged
}

impl Judge {
    /// None when the description is not there.
    ///
    /// A description that is there but cannot be read or understood makes every judgement a complaint.
    pub(crate) fn load() -> Option<Judge> {
        let mut parts = vec![];
        for part in DESCRIPTION {
            parts.push(match std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(part)) {
                Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::NotFound => return None,
                Err(_) => Value::Null,
            });
        }
        Some(Judge { description: merge(parts) })
    }

    /// Everything wrong with a request as it stood on the wire; empty = fits.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        query: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Vec<String> {
        let operation = match find(&self.description, method, path) {
            Ok(operation) => operation,
            Err(problem) => return vec![problem],
        };
        let schemas = Schemas::of(&self.description);
        let mut problems = Vec::new();
        for (name, text) in &operation.captured {
            let schema = operation.path_parameter(name);
            problems.extend(prefixed("path ", wire::scalar(schemas, &schema, text, name)));
        }
        problems
            .extend(prefixed("query ", wire::pairs(schemas, &operation.query_schema(), query.as_bytes())));
        if method == "GET" {
            if !body.is_empty() {
                problems.push(format!("body: a GET has none, but {} bytes came", body.len()));
            }
            return problems;
        }
        if !is_form(content_type) && (content_type.is_some() || !body.is_empty()) {
            problems.push(format!("content-type: {} is not {FORM}", content_type.unwrap_or("none")));
            return problems;
        }
        match operation.form_schema() {
            Some(schema) => problems.extend(prefixed("", wire::pairs(schemas, schema, body))),
            None if body.is_empty() => {}
            None => problems.push(format!("body: none is described, but {} bytes came", body.len())),
        }
        problems
    }

    /// Everything wrong with an answer: status 200 is judged by the operation's 200 schema, others by its
    /// default (error) schema.
    pub(crate) fn answer(&self, method: &str, path: &str, status: u16, body: &[u8]) -> Vec<String> {
        let operation = match find(&self.description, method, path) {
            Ok(operation) => operation,
            Err(problem) => return vec![problem],
        };
        let Some(schema) = operation_schema(operation.described, status) else {
            return vec![format!("{method} {path}: no answer with status {status} is described")];
        };
        let value: Value = match serde_json::from_slice(body) {
            Ok(value) => value,
            Err(error) => return vec![format!("answer: is not JSON: {error}")],
        };
        let root = json::root_name(schema, status);
        prefixed("", json::check(Schemas::of(&self.description), schema, &value, root)).collect()
    }
}

/// The problems as texts, each behind a word that says which part of the request it is in.
fn prefixed(prefix: &str, problems: Vec<Problem>) -> impl Iterator<Item = String> {
    problems.into_iter().map(move |problem| format!("{prefix}{problem}"))
}

/// Whether a content type, with or without parameters, is that of a form.
fn is_form(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(FORM)
}
