//! The limits of the texts that callers attach: metadata, descriptors on statements, and addresses of mail.

use std::collections::BTreeMap;

use crate::error::{Answer, StripeError};
use crate::form::Form;

/// What a caller attached to an object.
pub(crate) type Metadata = BTreeMap<String, String>;

/// What to change about the metadata of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct MetadataChange {
    unset_all: bool,
    set: Metadata,
}

impl MetadataChange {
    /// Reads `metadata[key]=value`, where an empty value unsets a key and `metadata=` unsets all.
    pub(crate) fn read(form: &Form) -> Answer<Self> {
        let set = form.map("metadata");
        for (key, value) in &set {
            let (key_length, length) = (key.chars().count(), value.chars().count());
            if key_length > 40 {
                return Err(refused(
                    "metadata",
                    format!("Metadata keys can have up to 40 characters. The key passed in is {key_length} characters long."),
                ));
            }
            if length > 500 {
                return Err(refused(
                    &format!("metadata[{key}]"),
                    format!("Metadata values can have up to 500 characters. The value passed in is {length} characters long."),
                ));
            }
        }
        check_count(&set)?;
        Ok(Self { unset_all: form.last("metadata").is_some_and(str::is_empty), set })
    }

    /// The metadata of an object that had none before.
    pub(crate) fn fresh(self) -> Metadata {
        self.set.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The metadata after the change, unless there would be too much of it.
    pub(crate) fn applied(self, before: &Metadata) -> Answer<Metadata> {
        let mut after = if self.unset_all { Metadata::new() } else { before.clone() };
        for (key, value) in self.set {
            if value.is_empty() {
                after.remove(&key);
            } else {
                after.insert(key, value);
            }
        }
        check_count(&after)?;
        Ok(after)
    }
}

fn check_count(metadata: &Metadata) -> Answer<()> {
    if metadata.len() > 50 {
        return Err(refused("metadata", "Metadata cannot have more than 50 keys.".to_owned()));
    }
    Ok(())
}

/// Reads the suffix of the statement descriptor, which shares 22 characters with the account's prefix.
pub(crate) fn descriptor_suffix(form: &Form, prefix: &str) -> Answer<Option<String>> {
    const NAME: &str = "statement_descriptor_suffix";
    let Some(suffix) = form.text(NAME)? else { return Ok(None) };
    check_descriptor(suffix, NAME)?;
    let together = format!("{prefix}* {suffix}").chars().count();
    if together > 22 {
        return Err(refused(
            NAME,
            format!("The statement descriptor, with the prefix of the account, must be at most 22 characters; it has {together}."),
        ));
    }
    Ok(Some(suffix.to_owned()))
}

/// Refuses a descriptor that no statement can show.
pub(crate) fn check_descriptor(text: &str, param: &str) -> Answer<()> {
    if text.chars().count() > 22 {
        return Err(refused(param, "The statement descriptor must be at most 22 characters.".to_owned()));
    }
    if !text.chars().any(char::is_alphabetic) {
        return Err(refused(param, "The statement descriptor must contain at least one alphabetic character.".to_owned()));
    }
    if text.contains(['<', '>', '\\', '\'', '"', '*']) {
        return Err(refused(
            param,
            "The statement descriptor contains invalid characters. The following characters are not allowed: <, >, \\, ', \", *".to_owned(),
        ));
    }
    Ok(())
}

/// Reads an address of mail.
pub(crate) fn email(form: &Form, name: &str) -> Answer<Option<String>> {
    let Some(address) = form.text_up_to(name, 512)? else { return Ok(None) };
    let well_formed = address.split_once('@').is_some_and(|(who, at)| {
        !who.is_empty() && at.contains('.') && !address.contains(char::is_whitespace)
    });
    if well_formed {
        return Ok(Some(address));
    }
    Err(StripeError::invalid(format!("Invalid email address: {address}")).code("email_invalid").param(name))
}

fn refused(param: &str, message: String) -> StripeError {
    StripeError::invalid(message).param(param)
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
        let many = |count: u32| (0..count).map(|at| format!("metadata[k{at}]=v&")).collect::<String>();
        assert!(read(many(50)).is_ok());
        assert!(read(many(51)).is_err());
    }

    #[test]
    fn an_empty_value_unsets_a_key_and_an_empty_map_unsets_all() {
        let before: Metadata = [("a".into(), "1".into()), ("b".into(), "2".into())].into();
        let after = |body: &str| MetadataChange::read(&Form::decode(body.as_bytes())).unwrap().applied(&before).unwrap();
        assert_eq!(after("metadata[a]=&metadata[c]=3"), [("b".into(), "2".into()), ("c".into(), "3".into())].into());
        assert_eq!(after("metadata="), Metadata::new());
    }

    #[test]
    fn a_descriptor_is_short_and_has_a_letter() {
        let read = |suffix: &str| {
            descriptor_suffix(&Form::decode(format!("statement_descriptor_suffix={suffix}").as_bytes()), "SBX").is_ok()
        };
        assert!(read("ORDER 1"));
        assert!(read("ABCDEFGHIJKLMNOPQ"));
        assert!(!read("ABCDEFGHIJKLMNOPQR"));
        assert!(!read("12345"));
        assert!(!read("A*B"));
    }
}
