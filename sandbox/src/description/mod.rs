//! The parameters in Stripe's own OpenAPI description: the names, the types, and the lengths.
//!
//! `sandbox/description/parameters.txt` is derived from the description; the first lines of the
//! file explain the format.

mod check;
mod line;

use std::collections::HashMap;
use std::sync::LazyLock;

pub(crate) use check::{refuse_empty, refuse_missing};
use line::Line;

const PARAMETERS: &str = include_str!("../../description/parameters.txt");

/// Every described call, by `METHOD /v1/path/{parameter}`.
static CALLS: LazyLock<HashMap<&'static str, Parameter>> = LazyLock::new(|| read(PARAMETERS));

/// A parameter or the whole form of a call, with the parameters below.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameter {
    kind: Kind,
    required: bool,
    /// Whether the parameter may be sent empty, which unsets the field.
    allows_empty: bool,
    max_length: Option<usize>,
    values: Vec<&'static str>,
    children: HashMap<&'static str, Parameter>,
    /// The items of a list.
    items: Option<Box<Parameter>>,
}

/// The types of parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    String,
    Integer,
    Boolean,
    Number,
    /// Named parameters are below this parameter.
    #[default]
    Hash,
    /// Arbitrary names are below this parameter.
    Map,
    Array,
    /// Either named parameters below, or a plain value: `created=1` or `created[gte]=1`.
    HashOrValue,
    /// Any value is allowed.
    Any,
}

/// The parameters of a call, such as `POST /v1/payment_intents`.
pub(crate) fn of_call(call: &str) -> Option<&'static Parameter> {
    CALLS.get(call)
}

/// The allowed words of a parameter of a call, or of the items if the parameter is a list.
pub(crate) fn enum_values(call: &str, name: &str) -> &'static [&'static str] {
    let found = of_call(call).and_then(|form| form.children.get(name));
    let items = found.and_then(|parameter| parameter.items.as_deref());
    items.or(found).map_or(&[], |parameter| parameter.values.as_slice())
}

fn read(text: &'static str) -> HashMap<&'static str, Parameter> {
    let mut groups: HashMap<&'static str, Vec<Line>> = HashMap::new();
    let mut calls: HashMap<&'static str, Parameter> = HashMap::new();
    let (mut group, mut call) = ("", "");
    for text in text.lines().filter(|text| !text.is_empty() && !text.starts_with('#')) {
        let (sign, name) = text.split_at_checked(2).unwrap_or((text, ""));
        match sign {
            "@ " => group = name,
            "= " => {
                call = name;
                calls.entry(call).or_default();
            }
            "+ " => {
                let form = calls.entry(call).or_default();
                groups.get(name).into_iter().flatten().for_each(|line| form.insert(line));
            }
            _ if call.is_empty() => groups.entry(group).or_default().push(Line::read(text)),
            _ => calls.entry(call).or_default().insert(&Line::read(text)),
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_parsed() {
        assert!(CALLS.len() > 60, "{}", CALLS.len());
        let create = of_call("POST /v1/payment_intents").unwrap();
        assert!(create.children["amount"].required);
        assert_eq!(create.children["metadata"].kind, Kind::Map);
        assert!(
            create.children["payment_method_options"].children["card"]
                .children
                .contains_key("capture_method")
        );
        assert!(enum_values("POST /v1/webhook_endpoints", "enabled_events").contains(&"charge.captured"));
        assert_eq!(
            enum_values("POST /v1/payment_intents", "capture_method"),
            ["automatic", "automatic_async", "manual"]
        );
    }
}
