//! Ids of Stripe's objects, checked while parsing: ids become part of paths, so no other text may pass
//! as an id.

use causeway::pan::holds_ungrouped_card_number;
use serde::{Deserialize, Deserializer, de::Error};

/// Reads the id of a PaymentIntent, "pi_…".
pub(crate) fn intent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, &["pi_"])
}

/// Reads the id of a refund, "re_…" or "pyr_…".
pub(crate) fn refund<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, &["re_", "pyr_"])
}

/// Reads the id of a SetupIntent, "seti_…".
pub(crate) fn setup<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, &["seti_"])
}

/// Reads the id of an object without a common prefix.
pub(crate) fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, &[""])
}

/// The error does not quote a wrong text, which may hold any data.
fn checked<'de, D: Deserializer<'de>>(deserializer: D, prefixes: &[&str]) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    if prefixes.iter().any(|prefix| is_id(&id, prefix)) {
        return Ok(id);
    }
    Err(D::Error::custom(format!("an id that is not as {}…", prefixes.join("… or "))))
}

fn is_id(text: &str, prefix: &str) -> bool {
    let plain = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    text.len() <= 255
        && text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && plain(rest))
        && !holds_ungrouped_card_number(text)
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn nothing_but_an_id_is_one() {
        for good in ["pi_1", "pi_3MtwBwLkdIwHu7ix28a3tqPa", "pi_1250_usd_hold_abc"] {
            assert!(is_id(good, "pi_"), "{good}");
        }
        let long = format!("pi_{}", "a".repeat(253));
        for bad in
            ["", "pi_", "ch_1", "pi_1/x", "pi_1?x", "pi_1 ", "pi_ä", "pi_..", "pi_4242424242424242", &long]
        {
            assert!(!is_id(bad, "pi_"), "{bad}");
        }
    }
}
