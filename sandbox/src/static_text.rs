//! Texts of the program itself inside stored objects, such as the brand of a card: written as text, and read
//! again as the same static text.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde::{Deserialize, Deserializer};

use crate::lock::lock;

/// A text from the program. The alias keeps derived readers from borrowing the text from the input.
pub(crate) type StaticText = &'static str;

/// The texts that were read so far. The program writes only its own texts, so the set stays small.
static READ: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// Reads a static text.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StaticText, D::Error> {
    String::deserialize(deserializer).map(interned)
}

/// Reads an optional static text.
pub(crate) fn read_optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<StaticText>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(interned))
}

/// The static text that equals a text.
fn interned(text: String) -> StaticText {
    let mut read = lock(&READ);
    if let Some(known) = read.get(text.as_str()) {
        return known;
    }
    let known: StaticText = Box::leak(text.into_boxed_str());
    read.insert(known);
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_kept_once() {
        let (first, second) = (interned("visa".to_owned()), interned("visa".to_owned()));
        assert!(std::ptr::eq(first, second));
        assert_ne!(first, interned("amex".to_owned()));
    }
}
