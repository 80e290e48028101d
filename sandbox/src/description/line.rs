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
                "empty" => parameter.empty = true,
                "up" => parameter.longest = words.nth(1).and_then(|most| most.parse().ok()),
                "one" => parameter.words = words.by_ref().skip(1).collect(),
                _ => {}
            }
        }
        Self { name, parameter }
    }
}

impl Parameter {
    /// Inserts the line's parameter at the right place below this parameter.
    pub(super) fn put(&mut self, line: &Line) {
        let mut place = self;
        for part in segments(line.name) {
            place = match part {
                "" => place.items.get_or_insert_default(),
                name => place.below.entry(name).or_default(),
            };
        }
        let below = std::mem::take(&mut place.below);
        let items = place.items.take();
        *place = Parameter { below, items, ..line.parameter.clone() };
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
