//! A strict reader for JSON from Stripe: no object has a duplicate name, and the nesting depth is
//! limited to more than Stripe's objects need.

use std::{cell::Cell, fmt};

use causeway::pan::holds_card_number;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};

/// Maximum nesting of lists and objects. Stripe's objects with all expansions have about a dozen levels.
const DEEPEST: usize = 32;
/// Maximum size of a text in bytes; longer texts are cut. The longest text that the relay uses is a URL.
const LONGEST_TEXT: usize = 4096;
/// Stands for a text with a card number. An answer may repeat the request, or what a person typed into a
/// dashboard.
const HIDDEN: &str = "(hidden, because it holds what looks like a card number)";

/// JSON from Stripe. No text, name or number in it holds a card number, in any spelling, and no text is
/// longer than a limit. Everything that the relay knows from Stripe is read from this type, whose two
/// constructors see to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StripeJson {
    value: Value,
    altered: bool,
}

impl StripeJson {
    /// Reads a whole text. Duplicate names are an error, because readers differ in the choice between
    /// the first and the last value.
    pub fn read(text: &[u8]) -> Result<StripeJson, serde_json::Error> {
        let altered = Cell::new(false);
        let mut reader = serde_json::Deserializer::from_slice(text);
        let value = Strict { left: DEEPEST, altered: &altered }.deserialize(&mut reader)?;
        reader.end()?;
        Ok(StripeJson { value, altered: altered.get() })
    }

    /// Takes over JSON that was parsed before.
    pub fn of(value: Value) -> Result<StripeJson, serde_json::Error> {
        let altered = Cell::new(false);
        let value = Strict { left: DEEPEST, altered: &altered }.deserialize(value)?;
        Ok(StripeJson { value, altered: altered.get() })
    }

    /// The JSON itself.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Whether a text was hidden or cut, so that the JSON differs from what Stripe sent.
    pub(crate) fn is_altered(&self) -> bool {
        self.altered
    }

    /// A part of the JSON, which is as clean as the whole.
    pub(crate) fn part(&self, names: &[&str]) -> Option<StripeJson> {
        let value = names.iter().try_fold(&self.value, |value, name| value.get(name))?;
        Some(StripeJson { value: value.clone(), altered: self.altered })
    }

    /// Reads the JSON as a type.
    pub(crate) fn parse<T: DeserializeOwned>(self) -> Result<T, serde_json::Error> {
        serde_json::from_value(self.value)
    }

    /// The elements of the list `data`, and whether the list has more pages; `None` for no list.
    pub(crate) fn into_page(self) -> Option<(Vec<StripeJson>, bool)> {
        let Value::Object(mut page) = self.value else { return None };
        let more = page.get("has_more").is_some_and(|more| more == &Value::Bool(true));
        let Some(Value::Array(data)) = page.remove("data") else { return None };
        let altered = self.altered;
        Some((data.into_iter().map(|value| StripeJson { value, altered }).collect(), more))
    }
}

impl<'de> Deserialize<'de> for StripeJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StripeJson, D::Error> {
        StripeJson::of(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The reason of a parse error, without any value of the text.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // These begin with words of serde's or of this crate, and name the relay's own fields only.
    if text.starts_with("missing field `") || text.starts_with(super::texts::NOT_AS_STRIPE) {
        return text;
    }
    // What stands behind the last "expected" is the relay's own type; the value stands before it.
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("a value of another type, expected {expected}"),
        None => "a value of another type".to_owned(),
    }
}

/// Hides or cuts a text; `None` for a text that may stay.
fn replaced(text: &str) -> Option<String> {
    if holds_card_number(text) {
        return Some(HIDDEN.to_owned());
    }
    (text.len() > LONGEST_TEXT).then(|| super::texts::cut(text, LONGEST_TEXT))
}

/// Reads a value with `left` more levels of nesting.
#[derive(Clone, Copy)]
struct Strict<'a> {
    left: usize,
    altered: &'a Cell<bool>,
}

impl Strict<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let left = self.left.checked_sub(1).ok_or_else(|| E::custom("it is nested too deep"))?;
        Ok(Strict { left, ..self })
    }

    fn text(self, text: String) -> String {
        let Some(replaced) = replaced(&text) else { return text };
        self.altered.set(true);
        replaced
    }

    /// A number that could be a card number becomes a text, which no field for numbers takes.
    fn number(self, number: Number) -> Value {
        let text = number.to_string();
        match replaced(&text) {
            Some(hidden) => {
                self.altered.set(true);
                Value::String(hidden)
            }
            None => Value::Number(number),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(self.number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(self.number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("it is not a number"))?;
        Ok(self.number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(self.text(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(self.text(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut values = vec![];
        while let Some(value) = list.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut values = Map::new();
        while let Some(name) = object.next_key_seed(Name)? {
            let name = self.text(name);
            let value = object.next_value_seed(inner)?;
            if values.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is there twice"));
            }
        }
        Ok(Value::Object(values))
    }
}

struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests;
