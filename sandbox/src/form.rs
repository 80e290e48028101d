//! The form-encoded parameters of a call. The form records each parameter that an endpoint has read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::ids::derived;
use crate::version::Version;

/// The parameters in the order in which the caller sent the parameters.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pairs: Vec<Pair>,
    /// The version of the call, by which the parameters are read.
    version: Version,
}

#[derive(Debug)]
struct Pair {
    name: String,
    value: String,
    /// Whether an endpoint has read the value.
    read: AtomicBool,
}

impl Pair {
    fn read(&self) -> &str {
        self.read.store(true, Ordering::Relaxed);
        &self.value
    }
}

impl Form {
    /// Decodes a query string or a form-encoded body.
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let pair = |(name, value)| Pair { name, value, read: AtomicBool::new(false) };
        let pairs = form_urlencoded::parse(bytes).into_owned().map(pair).collect();
        Self { pairs, version: Version::default() }
    }

    /// The same parameters, of a call with this version.
    pub(crate) fn of_version(self, version: Version) -> Self {
        Self { version, ..self }
    }

    /// The version of the call.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Adds a parameter that the call did not send. The caller never hears about the parameter.
    pub(crate) fn add_default(&mut self, name: &str, value: &str) {
        self.pairs.push(Pair { name: name.to_owned(), value: value.to_owned(), read: AtomicBool::new(true) });
    }

    /// The names in the order in which the caller sent the parameters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|pair| pair.name.as_str())
    }

    /// The names and the values, without marking the values as read.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|pair| (pair.name.as_str(), pair.value.as_str()))
    }

    /// The names of the parameters that no endpoint has read, and that had no effect.
    pub(crate) fn unread(&self) -> Vec<&str> {
        let unread = self.pairs.iter().filter(|pair| !pair.read.load(Ordering::Relaxed));
        unread.map(|pair| pair.name.as_str()).collect()
    }

    /// Whether the call sent a parameter with this name, or a parameter below the name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names()
            .any(|key| key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('[')))
    }

    /// The last value under a name, marked as read.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|pair| pair.name == name).map(Pair::read)
    }

    /// The values of a list, written `name[]` or `name[0]`.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let of_list = |pair: &&Pair| {
            let inner = pair.name.strip_prefix(name).and_then(|rest| rest.strip_prefix('['));
            let index = inner.and_then(|rest| rest.strip_suffix(']'));
            index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
        };
        self.pairs.iter().filter(of_list).map(Pair::read).collect()
    }

    /// The entries of a map, written `name[key]`.
    pub(crate) fn map(&self, name: &str) -> BTreeMap<String, String> {
        let entry = |pair: &Pair| {
            let (parent, key) = parent_and_key(&pair.name)?;
            (parent == name).then(|| (key.to_owned(), pair.read().to_owned()))
        };
        self.pairs.iter().filter_map(entry).collect()
    }

    /// Marks a name and all parameters below the name as read, because the parameters have no
    /// effect at Stripe either.
    pub(crate) fn mark_read(&self, name: &str) {
        let parameters =
            self.pairs.iter().filter(|pair| pair.name == name || pair.name.starts_with(&format!("{name}[")));
        parameters.for_each(|pair| pair.read.store(true, Ordering::Relaxed));
    }

    /// A fingerprint that is equal for equal parameters in any order, and that does
    /// not show the parameters.
    pub(crate) fn fingerprint(&self) -> String {
        let mut pairs: Vec<String> =
            self.pairs().map(|(name, value)| format!("{name:?}={value:?}")).collect();
        pairs.sort();
        derived(&pairs.join("&"))
    }
}

/// The name before the last bracket, and the key inside the bracket.
fn parent_and_key(name: &str) -> Option<(&str, &str)> {
    let (parent, key) = name.strip_suffix(']')?.rsplit_once('[')?;
    Some((parent, key))
}

/// The segments of a name such as `a[b][c]`. A malformed name is returned as one segment.
pub(crate) fn segments(name: &str) -> Vec<&str> {
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
    fn names_are_split_into_segments() {
        for (name, parts) in [
            ("amount", vec!["amount"]),
            ("expand[]", vec!["expand", ""]),
            ("a[b][0][c]", vec!["a", "b", "0", "c"]),
            ("metadata[a[b]]", vec!["metadata[a[b]]"]),
            ("metadata[a", vec!["metadata[a"]),
        ] {
            assert_eq!(segments(name), parts);
        }
    }

    #[test]
    fn lists_and_maps_are_collected() {
        let form = Form::decode(
            b"expand[]=a&expand[1]=b&metadata[x]=1&metadata%5By%5D=2+3&amount=1&amount=2&a[b][c]=5",
        );
        assert_eq!(form.list("expand"), ["a", "b"]);
        assert_eq!(form.map("metadata"), [("x".into(), "1".into()), ("y".into(), "2 3".into())].into());
        assert_eq!(form.map("a[b]"), [("c".into(), "5".into())].into());
        assert_eq!(form.last("amount"), Some("2"));
        assert!(form.has("a") && form.has("a[b]") && !form.has("am"));
        assert_eq!(form.unread(), ["amount"], "the first of the two amounts");
    }
}
