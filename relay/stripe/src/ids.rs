//! Ids of Stripe's objects, checked while parsing: ids become part of paths, so no other text may pass
//! as an id.

use causeway::pan::holds_card_number;
use serde::{Deserialize, Deserializer, de::Error};

use crate::texts::{Id, NOT_AS_STRIPE};

/// Reads the id of a PaymentIntent, "pi_…".
pub(crate) fn intent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
    checked(deserializer, &["pi_"])
}

/// Reads the id of a refund, "re_…" or "pyr_…".
pub(crate) fn refund<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
    checked(deserializer, &["re_", "pyr_"])
}

/// Reads the id of a SetupIntent, "seti_…".
pub(crate) fn setup<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
    checked(deserializer, &["seti_"])
}

/// Reads the id of a dispute, "du_…", "dp_…" or, before 2019, "dispute_…".
pub(crate) fn dispute<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
    checked(deserializer, &["du_", "dp_", "dispute_"])
}

/// Reads the id of an event, "evt_…".
pub(crate) fn event<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
    checked(deserializer, &["evt_"])
}

/// Reads the id of an object without a common prefix.
pub(crate) fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
    checked(deserializer, &[""])
}

/// The error does not quote a wrong text, which may hold any data.
fn checked<'de, D: Deserializer<'de>>(deserializer: D, prefixes: &[&str]) -> Result<Id, D::Error> {
    let text = String::deserialize(deserializer)?;
    let good = prefixes.iter().any(|prefix| is_id(&text, prefix));
    Id::parse(&text)
        .filter(|_| good)
        .ok_or_else(|| D::Error::custom(format!("{NOT_AS_STRIPE}an id as {}…", prefixes.join("… or "))))
}

/// Whether a text is the id of a PaymentIntent.
pub(crate) fn is_intent(text: &str) -> bool {
    is_id(text, "pi_")
}

fn is_id(text: &str, prefix: &str) -> bool {
    let plain = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    text.len() <= 255
        && text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && plain(rest))
        && !holds_card_number(text)
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn only_valid_ids_are_parsed() {
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
