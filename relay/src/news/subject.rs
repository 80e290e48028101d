//! What an event is about: ids and marks, and nothing else of its body.
//!
//! Its shape depends on the version of the API that it was made for, so what is read here
//! is what every version has.

use serde_json::Value;

/// The names of an object in an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Ids of Stripe's under which a payment may be known, the best one first.
    pub ids: Vec<String>,
    /// Our id of the payment, where the object carries our marks.
    pub payment: Option<String>,
    /// Our token of the card, likewise.
    pub card: Option<String>,
}

impl Subject {
    /// Reads the object of an event.
    pub fn of(object: &Value) -> Subject {
        let id = |name: &str| {
            let value = object.get(name)?;
            // Expanded, or not.
            value.as_str().or_else(|| value.get("id")?.as_str()).map(str::to_owned)
        };
        let mark = |name: &str| object.get("metadata")?.get(name)?.as_str().map(str::to_owned);
        Subject {
            ids: ["payment_intent", "id", "charge"].into_iter().filter_map(id).collect(),
            payment: mark("causeway_payment"),
            card: mark("causeway_card"),
        }
    }

    /// The object's own id.
    pub fn own_id(object: &Value) -> &str {
        object.get("id").and_then(Value::as_str).unwrap_or_default()
    }
}
