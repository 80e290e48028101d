//! Metadata: the key-value pairs that callers attach to objects, within Stripe's limits.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{StripeError, StripeResult};
use crate::form::Form;

/// The key-value pairs that a caller attached to an object.
pub(crate) type Metadata = Arc<BTreeMap<String, String>>;

/// A requested change of the metadata of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct MetadataChange {
    unset_all: bool,
    set: BTreeMap<String, String>,
}

impl MetadataChange {
    /// Reads `metadata[key]=value`, where an empty value unsets a key and `metadata=` unsets all.
    pub(crate) fn read(form: &Form) -> StripeResult<Self> {
        let set = form.map("metadata");
        for (key, value) in &set {
            if key.chars().count() > 40 {
                return Err(too_long("keys", 40, "key", key).param("metadata"));
            }
            if value.chars().count() > 500 {
                return Err(too_long("values", 500, "value", value).param(format!("metadata[{key}]")));
            }
        }
        check_count(&set)?;
        Ok(Self { unset_all: form.last("metadata").is_some_and(str::is_empty), set })
    }

    /// The metadata of a new object, without the empty values.
    pub(crate) fn fresh(self) -> Metadata {
        Arc::new(self.set.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The metadata after the change. Fails with an error if the result has more than 50 keys.
    pub(crate) fn applied(self, before: &Metadata) -> StripeResult<Metadata> {
        if self.set.is_empty() && !self.unset_all {
            return Ok(Arc::clone(before));
        }
        let mut after = if self.unset_all { BTreeMap::new() } else { (**before).clone() };
        for (key, value) in self.set {
            if value.is_empty() {
                after.remove(&key);
            } else {
                after.insert(key, value);
            }
        }
        check_count(&after)?;
        Ok(Arc::new(after))
    }
}

fn check_count(metadata: &BTreeMap<String, String>) -> StripeResult<()> {
    if metadata.len() > 50 {
        return Err(StripeError::invalid("Metadata cannot have more than 50 keys.").param("metadata"));
    }
    Ok(())
}

fn too_long(plural: &str, max: usize, singular: &str, text: &str) -> StripeError {
    StripeError::invalid(format!(
        "Metadata {plural} can have up to {max} characters, but you passed in a {singular} that is {} characters. Invalid \
         {singular}: {text}",
        text.chars().count()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_has_limits() {
        let read = |body: String| MetadataChange::read(&Form::decode(body.as_bytes()));
        assert!(read(format!("metadata[{}]=x", "k".repeat(40))).is_ok());
        assert!(read(format!("metadata[{}]=x", "k".repeat(41))).is_err());
        assert!(read(format!("metadata[k]={}", "v".repeat(500))).is_ok());
        assert!(read(format!("metadata[k]={}", "v".repeat(501))).is_err());
        let pairs = |count: u32| (0..count).map(|at| format!("metadata[k{at}]=v&")).collect::<String>();
        assert!(read(pairs(50)).is_ok());
        assert!(read(pairs(51)).is_err());
    }

    #[test]
    fn an_empty_value_unsets_a_key_and_an_empty_map_unsets_all() {
        let before = Metadata::new([("a".into(), "1".into()), ("b".into(), "2".into())].into());
        let after = |body: &str| {
            MetadataChange::read(&Form::decode(body.as_bytes())).unwrap().applied(&before).unwrap()
        };
        assert_eq!(
            after("metadata[a]=&metadata[c]=3"),
            Metadata::new([("b".into(), "2".into()), ("c".into(), "3".into())].into())
        );
        assert_eq!(after("metadata="), Metadata::default());
    }
}
