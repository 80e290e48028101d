//! One line of the description, such as `shipping[name] string required up to 5000`.

use super::{Kind, Parameter};
use crate::form::segments;

/// A parsed line: the parameter, and the name with the path to the parameter.
#[derive(Clone, Debug)]
pub(super) struct Line {
    name: &'static str,
    parameter: Parameter,
}

impl Line {
    /// Parses a line of the description.
    pub(super) fn read(text: &'static str) -> Self {
        let mut words = text.split(' ');
        let name = words.next().unwrap_or_default();
        let mut parameter =
            Parameter { kind: kind_of(words.next().unwrap_or_default()), ..Parameter::default() };
        while let Some(word) = words.next() {
            match word {
                "required" => parameter.required = true,
                "empty" => parameter.allows_empty = true,
                "up" => parameter.max_length = words.nth(1).and_then(|max| max.parse().ok()),
                "one" => parameter.values = words.by_ref().skip(1).collect(),
                _ => {}
            }
        }
        Self { name, parameter }
    }
}

impl Parameter {
    /// Inserts the line's parameter at the right place below this parameter.
    pub(super) fn insert(&mut self, line: &Line) {
        let mut parent = self;
        for part in segments(line.name) {
            parent = match part {
                "" => parent.items.get_or_insert_default(),
                name => parent.children.entry(name).or_default(),
            };
        }
        let children = std::mem::take(&mut parent.children);
        let items = parent.items.take();
        *parent = Parameter { children, items, ..line.parameter.clone() };
    }
}

fn kind_of(word: &str) -> Kind {
    match word {
        "string" => Kind::String,
        "integer" => Kind::Integer,
        "boolean" => Kind::Boolean,
        "number" => Kind::Number,
        "map" => Kind::Map,
        "array" => Kind::Array,
        "hash" => Kind::Hash,
        "hash_or_value" => Kind::HashOrValue,
        _ => Kind::Any,
    }
}
