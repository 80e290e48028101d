//! What both directions need of a schema: references, limits on one value, and the choice among branches.

use std::fmt::{self, Display};

use serde_json::Value;

/// How many of an enum's values a problem names.
const NAMED_VALUES: usize = 12;

/// How many characters of a value a problem shows.
const SHOWN_CHARACTERS: usize = 60;

/// No moment in seconds is this large before the year 5138; one in milliseconds is.
const MAX_SECONDS: i64 = 100_000_000_000;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    path: String,
    text: String,
}

impl Problem {
    /// A problem at a path.
    pub(super) fn new(path: &str, text: impl Into<String>) -> Problem {
        Problem { path: path.to_owned(), text: text.into() }
    }
}

impl Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path, self.text)
    }
}

/// The description's named schemas.
#[derive(Clone, Copy)]
pub(super) struct Schemas<'a>(&'a Value);

impl<'a> Schemas<'a> {
    /// The named schemas of a description.
    pub(super) fn of(description: &'a Value) -> Schemas<'a> {
        Schemas(description)
    }

    /// The schema a reference means, and the schema itself where it is none; a problem where the reference
    /// leads nowhere.
    pub(super) fn resolve<'s>(self, schema: &'s Value, path: &str) -> Result<&'s Value, Problem>
    where
        'a: 's,
    {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
            return Ok(schema);
        };
        let target = reference.strip_prefix('#').and_then(|pointer| self.0.pointer(pointer));
        target.ok_or_else(|| {
            Problem::new(path, format!("the description refers to {reference}, which is not there"))
        })
    }
}

/// Whether a schema knows only the empty text, with which a form unsets a value.
pub(super) fn only_unsets(schema: &Value) -> bool {
    schema["enum"].as_array().is_some_and(|allowed| matches!(allowed.as_slice(), [only] if only == ""))
}

/// What a schema is called in a problem: its reference's last word, or its type.
pub(super) fn name(schema: &Value) -> &str {
    if only_unsets(schema) {
        return "\"\"";
    }
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => reference.rsplit('/').next().unwrap_or(reference),
        None => schema.get("type").and_then(Value::as_str).unwrap_or("value"),
    }
}

/// A type with its article.
pub(super) fn a_kind(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// A value as a problem shows it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let text = value.to_string();
            match text.char_indices().nth(SHOWN_CHARACTERS) {
                Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
                None => text,
            }
        }
    }
}

/// What a schema's words other than its type forbid of a value: enum, length, pattern and format.
pub(super) fn limits(schema: &Value, value: &Value, path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        problems.push(Problem::new(path, format!("{} is none of {}", shown(value), listed(allowed))));
    }
    if let Some(text) = value.as_str() {
        let length = text.chars().count();
        if let Some(most) = schema.get("maxLength").and_then(Value::as_u64)
            && usize::try_from(most).is_ok_and(|most| length > most)
        {
            problems.push(Problem::new(path, format!("is {length} characters long, but may be {most}")));
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !fits_pattern(pattern, text)
        {
            problems.push(Problem::new(path, format!("{} does not fit {pattern}", shown(value))));
        }
    }
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    if let Some(complaint) = format_complaint(format, value) {
        problems.push(Problem::new(path, format!("{} is not {complaint}", shown(value))));
    }
    problems
}

/// What a value is not, though its format asks for it.
fn format_complaint(format: &str, value: &Value) -> Option<&'static str> {
    match format {
        "unix-time" => {
            let fits = value.as_i64().is_some_and(|moment| (0..MAX_SECONDS).contains(&moment));
            (!fits).then_some("a moment in seconds since 1970")
        }
        "currency" => {
            let text = value.as_str().unwrap_or_default();
            let fits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_lowercase());
            (!fits).then_some("a currency in three lower-case letters")
        }
        "decimal" => {
            let text = value.as_str().unwrap_or_default();
            let number = serde_json::from_str::<Value>(text).is_ok_and(|number| number.is_number());
            (!number || text.trim() != text).then_some("a decimal number")
        }
        _ => None,
    }
}

/// Whether a text fits a pattern; the description's patterns all say only how the text begins.
fn fits_pattern(pattern: &str, text: &str) -> bool {
    plain_beginning(pattern).is_some_and(|beginning| text.starts_with(beginning))
}

/// The beginning that a pattern asks for, if that is all it asks for.
pub(super) fn plain_beginning(pattern: &str) -> Option<&str> {
    let plain =
        |text: &&str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "/_-".contains(letter));
    pattern.strip_prefix('^').filter(plain)
}

/// The values of an enum, the first of them by name.
fn listed(allowed: &[Value]) -> String {
    let mut texts: Vec<String> = allowed.iter().take(NAMED_VALUES).map(shown).collect();
    let rest = allowed.len().saturating_sub(NAMED_VALUES);
    if rest > 0 {
        texts.push(format!("{rest} more"));
    }
    texts.join(", ")
}

/// How a value fares with one branch of an anyOf.
pub(super) struct Branch<'a> {
    /// The branch's schema, its reference not followed.
    pub(super) schema: &'a Value,
    /// Whether the value is at least of the kind the branch wants.
    pub(super) right_kind: bool,
    /// Whether the value's `object` is not one the branch refuses.
    pub(super) right_object: bool,
    /// What the branch holds against it.
    pub(super) problems: Vec<Problem>,
}

/// What an anyOf holds against a value: nothing if one branch fits, else what the closest branch says.
///
/// A branch of another kind is never the closest. Where several simple branches are equally close, all of
/// them speak; where several larger ones of the right kind compete, the closest is named.
pub(super) fn closest(path: &str, value: &str, branches: Vec<Branch<'_>>) -> Vec<Problem> {
    if branches.iter().any(|branch| branch.problems.is_empty()) {
        return Vec::new();
    }
    let names: Vec<&str> = branches.iter().map(|branch| name(branch.schema)).collect();
    let nothing_fits = || vec![Problem::new(path, format!("{value} fits none of {}", names.join(", ")))];
    let rank = |branch: &Branch<'_>| (!branch.right_object, branch.problems.len());
    let fitting: Vec<&Branch<'_>> = branches.iter().filter(|branch| branch.right_kind).collect();
    let Some(best) = fitting.iter().min_by_key(|branch| rank(branch)) else {
        return nothing_fits();
    };
    let tied = fitting.iter().filter(|branch| rank(branch) == rank(best));
    let alone: Option<Vec<&str>> = tied.map(|branch| sole_text(path, &branch.problems)).collect();
    match alone {
        Some(texts) => vec![Problem::new(path, texts.join(", and "))],
        None if fitting.len() == 1 => best.problems.clone(),
        None => {
            let judged = |problem: &Problem| {
                let text = format!("{} (judged as {})", problem.text, name(best.schema));
                Problem::new(&problem.path, text)
            };
            best.problems.iter().map(judged).collect()
        }
    }
}

/// The text of a branch's only problem, if that is with the value as a whole.
fn sole_text<'p>(path: &str, problems: &'p [Problem]) -> Option<&'p str> {
    match problems {
        [only] if only.path == path => Some(&only.text),
        _ => None,
    }
}
