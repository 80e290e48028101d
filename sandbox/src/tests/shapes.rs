//! The shape of every object, held against Stripe's OpenAPI description of the version 2026-08-26.dahlia, of
//! which `schema.json` is the part that the sandbox shows.

use serde_json::{Value, json};

use crate::RawCards;
use crate::tests::stage::{CARD, KEY, Stage};

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
        let object = fields.get("object").and_then(Value::as_str).unwrap_or_default();
        let object =
            if fields.contains_key("deleted") { format!("deleted_{object}") } else { object.to_owned() };
        let named = refs.iter().find(|name| **name == object);
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
async fn what_is_kept_for_customers_has_the_shape_that_stripe_describes() {
    let stage = Stage::open().await;
    stage.sandbox.allow_raw_cards(KEY, RawCards::AnyNumber);
    for number in ["4111111111111111", "378282246310005", "3056930009020004", "9000000000000001"] {
        let card = format!("type=card&card[number]={number}&card[exp_month]=1&card[exp_year]=2035");
        let card = format!("{card}&billing_details[name]=Jenny&billing_details[address][line1]=1%20Mill");
        fits(&stage.post("payment_methods", &card).send().await.good().body, "payment_method");
    }
    let default = "invoice_settings[default_payment_method]=pm_card_visa&address[city]=York";
    let expand = "expand[]=invoice_settings.default_payment_method&preferred_locales[]=en";
    let body = format!("payment_method=pm_card_visa&{default}&{expand}");
    let customer = stage.post("customers", &body).send().await.good();
    fits(&customer.body, "customer");
    let id = customer.id();
    for (path, kind) in [
        ("customers".to_owned(), "customer"),
        (format!("payment_methods?customer={id}&expand[]=data.customer"), "payment_method"),
        (format!("customers/{id}/payment_methods"), "payment_method"),
    ] {
        let list = stage.get(&path).send().await.good();
        assert_eq!(list.text_at("/object"), "list");
        list.at("/data").as_array().unwrap().iter().for_each(|item| fits(item, kind));
    }
    let update = stage.post(&format!("customers/{id}"), &format!("name=Jenny&{expand}"));
    fits(&update.send().await.good().body, "customer");
    fits(&stage.delete(&format!("customers/{id}")).send().await.good().body, "deleted_customer");
    fits(&stage.get(&format!("customers/{id}")).send().await.good().body, "deleted_customer");
}

#[tokio::test]
async fn every_setup_intent_has_the_shape_that_stripe_describes() {
    let stage = Stage::open().await;
    let all = "expand[]=latest_attempt&expand[]=payment_method&expand[]=customer";
    let id = stage.post("customers", "name=Jenny").send().await.good().id();
    let whose = format!("customer={id}&{CARD}&{all}");
    let card = |card: &str| format!("{whose}&payment_method=pm_card_{card}&confirm=true");
    for body in [
        whose.clone(),
        format!("payment_method_types[]=card&{all}"),
        card("visa"),
        card("authenticationRequired"),
        format!("{}&return_url=https://shop.example", card("authenticationRequired")),
    ] {
        let made = stage.post("setup_intents", &body).send().await.good();
        fits(&made.body, "setup_intent");
        if stage.sandbox.authenticate(&made.id(), false) {
            let failed = stage.get(&format!("setup_intents/{}?{all}", made.id())).send().await.good();
            fits(&failed.body, "setup_intent");
            let over = stage.post(&format!("setup_intents/{}/cancel", made.id()), all).send().await.good();
            fits(&over.body, "setup_intent");
        }
    }
    let declined = stage.post("setup_intents", &card("visa_chargeDeclinedLostCard")).send().await;
    fits(declined.at("/error"), "api_errors");
    let left = declined.text_at("/error/setup_intent/id");
    let left = stage.get(&format!("setup_intents/{left}?{all}")).send().await.good();
    fits(&left.body, "setup_intent");
    let cancel = || stage.post(&format!("setup_intents/{}/cancel", left.id()), "").send();
    cancel().await.good();
    fits(cancel().await.at("/error"), "api_errors");
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
