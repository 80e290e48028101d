//! The ids and the correlation metadata of an event's object.
//!
//! The shape of a body depends on the API version of the event; these fields are in every version.

use causeway::pan::holds_card_number;
use causeway_domain::observation::correlation;
use serde_json::{Value, json};

use crate::json::StripeJson;

/// The ids of the object in an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Ids at Stripe under which a payment may be known, the most specific first.
    pub ids: Vec<String>,
    /// The relay's id of the payment, where the object carries the id.
    pub payment: Option<String>,
    /// The relay's token of the card, where the object carries the token.
    pub card: Option<String>,
}

impl Subject {
    /// Reads the object of an event.
    pub fn of(object: &Value) -> Subject {
        let id = |name: &str| {
            let value = object.get(name)?;
            // The object may be expanded or an id.
            value.as_str().or_else(|| value.get("id")?.as_str()).map(str::to_owned)
        };
        let mark = |name: &str| object.get("metadata")?.get(name)?.as_str().map(str::to_owned);
        Subject {
            ids: ["payment_intent", "id", "charge"].into_iter().filter_map(id).collect(),
            payment: mark(correlation::PAYMENT),
            card: mark(correlation::CARD),
        }
    }

    /// The id of the object, or an empty text.
    pub fn own_id(object: &Value) -> &str {
        object.get("id").and_then(Value::as_str).unwrap_or_default()
    }
}

/// Maximum size of a stored body in bytes. Stripe's events have some thousand bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// The body of an event in the form for storage. Where the text holds a card number, typed into
/// Stripe's dashboard for example, or is larger than any event, only ids are stored, which suffice for a
/// look-up of the object.
pub(crate) fn kept(json: &str, event: &StripeJson) -> String {
    if !event.is_altered() && json.len() <= LONGEST_BODY && !holds_card_number(json) {
        return json.to_owned();
    }
    let event = event.value();
    let object = event.get("data").and_then(|data| data.get("object")).unwrap_or(&Value::Null);
    let part = |of: &Value, name: &str| of.get(name).cloned().unwrap_or_default();
    let id = |name: &str| object.get(name).and_then(|it| it.as_str().or_else(|| it.get("id")?.as_str()));
    let mark = |name: &str| object.get("metadata").map(|marks| part(marks, name)).unwrap_or_default();
    let bare = json!({
        "id": part(event, "id"), "type": part(event, "type"), "created": part(event, "created"),
        "livemode": part(event, "livemode"),
        "data": {"object": {
            "id": part(object, "id"), "payment_intent": id("payment_intent"), "charge": id("charge"),
            "metadata": {
                correlation::PAYMENT: mark(correlation::PAYMENT), correlation::CARD: mark(correlation::CARD),
            },
        }},
    });
    let bare = bare.to_string();
    // Stripe issues no id with a card number, so the event is not from Stripe.
    if holds_card_number(&bare) || bare.len() > LONGEST_BODY { String::new() } else { bare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_card_number_is_removed_and_the_subject_stays() {
        let event = |description: &str| {
            json!({"id": "evt_1", "type": "charge.updated", "created": 1, "livemode": false, "data": {"object": {
                "id": "ch_1", "object": "charge", "description": description, "payment_intent": {"id": "pi_1"},
                "metadata": {"causeway_payment": "p", "note": description}}}})
        };
        let clean = |event: &Value| StripeJson::of(event.clone()).unwrap();
        let harmless = event("INV 17");
        assert_eq!(kept(&harmless.to_string(), &clean(&harmless)), harmless.to_string());
        let typed = event("card 4242 4242 4242 4242");
        let spelled = typed.to_string().replace("4242 4242 4242 4242", "\\u0034242 4242 4242 4242");
        let read = StripeJson::read(spelled.as_bytes()).unwrap();
        assert!(!kept(&spelled, &read).contains("242"), "{spelled}");
        let long = event(&"x".repeat(LONGEST_BODY));
        assert!(kept(&long.to_string(), &clean(&long)).len() < 500);
        let kept = kept(&typed.to_string(), &clean(&typed));
        assert!(!kept.contains("4242"), "{kept}");
        let object = serde_json::from_str::<Value>(&kept).unwrap()["data"]["object"].clone();
        assert_eq!(Subject::of(&object), Subject::of(&typed["data"]["object"]));
    }
}
