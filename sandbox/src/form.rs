//! The form-encoded parameters of a call: decoding them, and refusing names that nobody knows.

use std::collections::BTreeMap;

use crate::error::{Answer, StripeError};
use crate::ids::derived;

/// The parameters in the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Reads a query string or a form-encoded body.
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        Self { pairs: form_urlencoded::parse(bytes).into_owned().collect() }
    }

    /// Refuses parameters whose names match none of the patterns. A pattern is a name such as
    /// `automatic_payment_methods[enabled]`, a list such as `expand[]`, or a map such as `metadata[*]`.
    pub(crate) fn only(&self, patterns: &[&str]) -> Answer<()> {
        for (name, _) in &self.pairs {
            if !patterns.iter().any(|pattern| matches(name, pattern)) {
                return Err(StripeError::invalid(format!("Received unknown parameter: {name}"))
                    .code("parameter_unknown")
                    .param(name));
            }
        }
        Ok(())
    }

    /// Whether a parameter of this name, or anything below it, was sent.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| segments(key).first() == Some(&name))
    }

    /// The last value that was sent under a name.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The values of a list, written `name[]` or `name[0]`.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let pattern = format!("{name}[]");
        let of_list = self.pairs.iter().filter(|(key, _)| matches(key, &pattern));
        of_list.map(|(_, value)| value.as_str()).collect()
    }

    /// The entries of a map, written `name[key]`.
    pub(crate) fn map(&self, name: &str) -> BTreeMap<String, String> {
        let entry = |(key, value): &(String, String)| match segments(key).as_slice() {
            [first, inner] if *first == name => Some(((*inner).to_owned(), value.clone())),
            _ => None,
        };
        self.pairs.iter().filter_map(entry).collect()
    }

    /// A text that is the same for the same parameters in any order, and from which they cannot be read.
    pub(crate) fn fingerprint(&self) -> String {
        let mut pairs: Vec<String> =
            self.pairs.iter().map(|(name, value)| format!("{name:?}={value:?}")).collect();
        pairs.sort();
        derived(&pairs.join("&"))
    }
}

/// Whether a name fits a pattern, part by part.
fn matches(name: &str, pattern: &str) -> bool {
    let (name, pattern) = (segments(name), segments(pattern));
    name.len() == pattern.len()
        && name.iter().zip(&pattern).all(|(part, wanted)| match *wanted {
            "*" => !part.is_empty(),
            "" => part.bytes().all(|byte| byte.is_ascii_digit()),
            exact => *part == exact,
        })
}

/// The parts of `a[b][c]`. A name that is not well formed comes back whole.
fn segments(name: &str) -> Vec<&str> {
    let Some((first, rest)) = name.split_once('[') else {
        return vec![name];
    };
    let Some(rest) = rest.strip_suffix(']') else {
        return vec![name];
    };
    let inner: Vec<&str> = rest.split("][").collect();
    if inner.iter().any(|part| part.contains(['[', ']'])) {
        return vec![name];
    }
    [vec![first], inner].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched_part_by_part() {
        for (name, pattern, fits) in [
            ("amount", "amount", true),
            ("amount[x]", "amount", false),
            ("expand[]", "expand[]", true),
            ("expand[12]", "expand[]", true),
            ("expand[x]", "expand[]", false),
            ("metadata[order]", "metadata[*]", true),
            ("metadata[]", "metadata[*]", false),
            ("metadata[a[b]]", "metadata[*]", false),
            ("metadata[a", "metadata[*]", false),
            ("created[gte]", "created[gte]", true),
        ] {
            assert_eq!(matches(name, pattern), fits, "{name} against {pattern}");
        }
    }

    #[test]
    fn lists_and_maps_are_gathered() {
        let form =
            Form::decode(b"expand[]=a&expand[1]=b&metadata[x]=1&metadata%5By%5D=2+3&amount=1&amount=2");
        assert_eq!(form.list("expand"), ["a", "b"]);
        assert_eq!(form.map("metadata"), [("x".into(), "1".into()), ("y".into(), "2 3".into())].into());
        assert_eq!(form.last("amount"), Some("2"));
        let refused = form.only(&["expand[]", "metadata[*]"]).unwrap_err();
        assert_eq!(refused.as_last_error()["param"], "amount");
    }
}
