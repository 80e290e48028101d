//! The shape of every object, held against Stripe's OpenAPI description of the version 2026-08-26.dahlia, of
//! which `schema.json` is the part that the sandbox shows.

use serde_json::{Value, json};

use crate::tests::stage::Stage;

/// Checks an object against a schema: all that is required, nothing unknown, null only where null may be.
fn check(object: &Value, name: &str, at: &str, wrong: &mut Vec<String>) {
    let schemas: Value = serde_json::from_str(include_str!("schema.json")).unwrap();
    let schema = &schemas[name];
    let fields = object.as_object().unwrap();
    for required in schema["required"].as_array().unwrap() {
        if !fields.contains_key(required.as_str().unwrap()) {
            wrong.push(format!("{at}: {required} is missing"));
        }
    }
    for (key, value) in fields {
        match schema["properties"].get(key) {
            Some(property) => check_value(value, property, &format!("{at}.{key}"), wrong),
            None => wrong.push(format!("{at}.{key} is not a field of {name}")),
        }
    }
}

fn check_value(value: &Value, property: &Value, at: &str, wrong: &mut Vec<String>) {
    let types = property["types"].as_array().cloned().unwrap_or_default();
    let refs = property["refs"].as_array().cloned().unwrap_or_default();
    let fits = match value {
        Value::Null => property["nullable"] == true,
        Value::Bool(_) => types.contains(&json!("boolean")),
        Value::Number(_) => types.contains(&json!("integer")) || types.contains(&json!("number")),
        Value::String(word) => {
            let words = property["enum"].as_array();
            types.contains(&json!("string")) && words.is_none_or(|words| words.contains(&json!(word)))
        }
        Value::Array(_) => types.contains(&json!("array")),
        Value::Object(_) => types.contains(&json!("object")) || !refs.is_empty(),
    };
    if !fits {
        wrong.push(format!("{at} may not be {value}"));
    }
    if let (Value::Object(fields), Some(first)) = (value, refs.first()) {
        let named = refs.iter().find(|name| fields.get("object").is_some_and(|object| object == *name));
        check(value, named.unwrap_or(first).as_str().unwrap(), at, wrong);
    }
    if let (Value::Array(items), Some(of)) = (value, property["items"].as_str()) {
        items.iter().for_each(|item| check(item, of, at, wrong));
    }
}

#[track_caller]
fn fits(object: &Value, name: &str) {
    let mut wrong = vec![];
    check(object, name, name, &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_object_has_the_shape_that_stripe_describes() {
    let stage = Stage::open().await;
    let all = "expand[]=latest_charge.balance_transaction&expand[]=payment_method&expand[]=customer";
    let customer = stage.post("customers", "email=jenny@example.com").send().await.good();
    fits(&customer.body, "customer");
    let kept = stage.post("payment_methods/pm_card_visa/attach", &format!("customer={}", customer.id()));
    let kept = kept.send().await.good();
    fits(&kept.body, "payment_method");
    let more =
        format!("capture_method=manual&customer={}&statement_descriptor_suffix=ORDER&{all}", customer.id());
    let held = stage.pay("2000 usd", &kept.id(), &more).send().await.good();
    fits(&held.body, "payment_intent");
    let taken = stage
        .post(&format!("payment_intents/{}/capture", held.id()), &format!("amount_to_capture=1500&{all}"));
    fits(&taken.send().await.good().body, "payment_intent");
    let back = format!("payment_intent={}&expand[]=balance_transaction&expand[]=charge", held.id());
    fits(&stage.post("refunds", &back).send().await.good().body, "refund");
    let canceled = stage.hold("2000 usd").await;
    let canceled = stage.post(&format!("payment_intents/{canceled}/cancel"), all).send().await.good();
    fits(&canceled.body, "payment_intent");
    for card in ["pm_card_authenticationRequired", "pm_card_riskLevelElevated", "pm_card_avsFail"] {
        let paid = stage
            .pay("2000 usd", card, &format!("return_url=https://shop.example&{all}"))
            .send()
            .await
            .good();
        fits(&paid.body, "payment_intent");
    }
}

#[tokio::test]
async fn every_refusal_has_the_shape_that_stripe_describes() {
    let stage = Stage::open().await;
    let chargeless = "error_on_requires_action=true";
    for (card, more) in [
        ("pm_card_visa_chargeDeclinedInsufficientFunds", ""),
        ("pm_card_chargeDeclinedExpiredCard", ""),
        ("pm_card_radarBlock", ""),
        ("pm_card_authenticationRequired", "off_session=true"),
        ("pm_card_authenticationRequired", chargeless),
    ] {
        let refused = stage.pay("2000 usd", card, more).send().await;
        fits(refused.at("/error"), "api_errors");
        let id = refused.text_at("/error/payment_intent/id");
        let left = stage.get(&format!("payment_intents/{id}?expand[]=latest_charge")).send().await.good();
        fits(&left.body, "payment_intent");
    }
    fits(stage.post("payment_intents", "x=1").send().await.at("/error"), "api_errors");
    fits(stage.get("payment_intents").by_nobody().send().await.at("/error"), "api_errors");
}
