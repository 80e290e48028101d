//! The check of a call's parameters against the description, with Stripe's refusals.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Kind, Parameter};
use crate::error::{StripeError, StripeResult};
use crate::form::{Form, segments};
use crate::params::Flag;
use crate::stripe_enum::enumerated;
use crate::text_checks::check_length;

impl Parameter {
    /// Refuses unknown names, values that do not fit the type, and missing parameters. `extra_names` lists
    /// names that are known apart from the description.
    pub(crate) fn check(&self, form: &Form, extra_names: &[&str]) -> StripeResult<()> {
        let is_known = |name: &str| extra_names.contains(&name) || self.find(&segments(name)).is_some();
        let mut unknown: Vec<&str> = vec![];
        for name in form.names().filter(|name| !is_known(name)).map(|name| self.name_for_refusal(name)) {
            if !unknown.contains(&name) {
                unknown.push(name);
            }
        }
        if !unknown.is_empty() {
            return Err(refuse_unknown(&unknown));
        }
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for (name, value) in form.pairs() {
            let count = counts.entry(name).or_default();
            if let Some(parameter) = self.find(&segments(name)) {
                // A refusal about a list written as `name[]` names the item by the index.
                let indexed_name = name.strip_suffix("[]").map(|list| format!("{list}[{count}]"));
                parameter.check_value(indexed_name.as_deref().unwrap_or(name), value)?;
            }
            *count = count.saturating_add(1);
        }
        self.check_required(form, "")
    }

    /// The part of an unknown name that the refusal shows: the whole name below a known parameter, and only
    /// the first segment otherwise.
    fn name_for_refusal<'a>(&self, name: &'a str) -> &'a str {
        let first = segments(name).first().copied().unwrap_or(name);
        if self.children.contains_key(first) { name } else { first }
    }

    /// The parameter with a name that is split into segments.
    fn find<'a>(&'a self, parts: &[&str]) -> Option<&'a Parameter> {
        let Some((first, rest)) = parts.split_first() else {
            return Some(self);
        };
        if self.kind == Kind::Map {
            return (rest.is_empty() && !first.is_empty()).then(|| &*ENTRY);
        }
        let is_index = first.bytes().all(|byte| byte.is_ascii_digit());
        let next = self.children.get(*first).or_else(|| self.items.as_deref().filter(|_| is_index));
        next?.find(rest)
    }

    fn check_value(&self, name: &str, value: &str) -> StripeResult<()> {
        if value.is_empty() {
            return if self.may_be_empty() { Ok(()) } else { Err(refuse_empty(name)) };
        }
        let refused = |message: String| Err(StripeError::invalid(message).param(name));
        match self.kind {
            Kind::Integer if value.parse::<i128>().is_err() => {
                Err(StripeError::invalid(format!("Invalid integer: {value}"))
                    .code("parameter_invalid_integer")
                    .param(name))
            }
            Kind::Boolean if Flag::read(value).is_none() => refused(format!("Invalid boolean: {value}")),
            Kind::Hash | Kind::Map => refused("Invalid object".to_owned()),
            Kind::Array => refused("Invalid array".to_owned()),
            Kind::String if !self.values.is_empty() && !self.values.contains(&value) => {
                let named: Vec<&str> = self.values.iter().copied().filter(|word| *word != "*").collect();
                refused(format!("Invalid {name}: must be one of {}", enumerated(&named)))
            }
            Kind::String => self.max_length.map_or(Ok(()), |max| check_length(value, name, max)),
            Kind::Integer | Kind::Boolean | Kind::Number | Kind::HashOrValue | Kind::Any => Ok(()),
        }
    }

    /// Whether an empty text is allowed, which unsets the parameter. Maps and lists may always be empty.
    /// For free texts the endpoints decide, because the description is incomplete there.
    fn may_be_empty(&self) -> bool {
        let is_free_text = self.kind == Kind::String && self.values.is_empty();
        self.allows_empty
            || is_free_text
            || matches!(self.kind, Kind::Map | Kind::Array | Kind::HashOrValue | Kind::Any)
    }

    /// Refuses a missing required parameter below this parameter. A child is examined only if the call sent
    /// a part of the child.
    fn check_required(&self, form: &Form, name: &str) -> StripeResult<()> {
        let mut children: Vec<_> = self.children.iter().collect();
        children.sort_by_key(|(key, _)| **key);
        for (key, parameter) in children {
            let full_name = if name.is_empty() { (*key).to_owned() } else { format!("{name}[{key}]") };
            let sent = form.has(&full_name);
            if parameter.required && !sent {
                return Err(refuse_missing(&full_name));
            }
            if sent && !parameter.children.is_empty() && form.last(&full_name).is_none() {
                parameter.check_required(form, &full_name)?;
            }
        }
        Ok(())
    }
}

/// An entry of a map: any text, and an empty text to unset the entry.
static ENTRY: LazyLock<Parameter> =
    LazyLock::new(|| Parameter { kind: Kind::Any, allows_empty: true, ..Parameter::default() });

fn refuse_unknown(names: &[&str]) -> StripeError {
    let word = if names.len() == 1 { "parameter" } else { "parameters" };
    let first = names.first().copied().unwrap_or_default();
    StripeError::invalid(format!("Received unknown {word}: {}", names.join(", ")))
        .code("parameter_unknown")
        .param(first)
}

/// The refusal of a missing parameter.
pub(crate) fn refuse_missing(name: &str) -> StripeError {
    StripeError::invalid(format!("Missing required param: {name}.")).code("parameter_missing").param(name)
}

/// The refusal of an empty text for a parameter that cannot be unset.
pub(crate) fn refuse_empty(name: &str) -> StripeError {
    StripeError::invalid(format!(
        "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a field; \
         however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty \
         value."
    ))
    .code("parameter_invalid_empty")
    .param(name)
}
