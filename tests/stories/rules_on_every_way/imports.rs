//! Imports by the operator's rules, and `accept_rules` with the right that the field needs.

use serde_json::json;

use super::{Effect, Foreign, Stage, captured_at_once, import, only, read, v1, with_right};

/// A PaymentIntent of another system, by the form of the request.
async fn elsewhere(stage: &Stage, form: &str) -> String {
    let card = "payment_method_types[]=card&confirm=true&capture_method=manual";
    stage.post_as_dashboard("/v1/payment_intents", &format!("{card}&{form}")).await
}

fn accepting(id: &str, intent: &str, rules: &[&str]) -> v1::ImportPaymentRequest {
    let accept_rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
    v1::ImportPaymentRequest { accept_rules, ..import(id, intent) }
}

/// E7: an import that breaks a rule is refused with the rule, and writes nothing.
#[tokio::test]
async fn an_import_keeps_the_rules_or_is_refused_by_them() {
    let stage = Stage::with_settings(|settings| {
        only(&settings, "\"VISA\"").replace("minimum = \"0.50\"", "minimum = \"2.00\"")
    })
    .await;
    let billing = stage.billing().await;
    let table = [
        ("amount=500001&currency=usd&payment_method=pm_card_visa", "AMOUNT_ABOVE_MAXIMUM", "amount.maximum"),
        ("amount=199&currency=usd&payment_method=pm_card_visa", "AMOUNT_BELOW_MINIMUM", "amount.minimum"),
        ("amount=1250&currency=cad&payment_method=pm_card_visa", "CURRENCY_UNASSIGNED", "currency.assigned"),
        ("amount=1250&currency=eur&payment_method=pm_card_visa", "CURRENCY_UNASSIGNED", "currency.assigned"),
        ("amount=1250&currency=usd&payment_method=pm_card_amex", "CARD_BRAND_REFUSED", "card.brand"),
    ];
    for (number, (form, reason, rule)) in table.into_iter().enumerate() {
        let id = elsewhere(&stage, form).await;
        let refused = billing.import(import(&format!("r{number}"), &id)).await.refused();
        assert_eq!((refused.reason.as_str(), refused.metadata["rule"].as_str()), (reason, rule), "{form}");
        assert!(refused.message.contains(&format!("accept_rules: {rule}")), "{}", refused.message);
    }
    assert_eq!((stage.rows("payment"), stage.rows("operation")), (0, 0));
    let id = elsewhere(&stage, "amount=1250&currency=usd&payment_method=pm_card_visa").await;
    let held = billing.import(import("good", &id)).await.held_payment();
    assert!(held.accepted_rules.is_empty());
    let part = billing.capture("part", &held.id, Some("1.99 USD")).await;
    assert_eq!(part.reason(), "FailedPrecondition AMOUNT_BELOW_MINIMUM");
    billing.capture("whole", &held.id, Some("12.50 USD")).await.captured_payment();
}

/// E7: `accept_rules` takes such a payment over, with the right `import`, and the payment shows the rules.
#[tokio::test]
async fn a_rule_is_set_aside_by_its_name_and_with_the_right() {
    let stage = Stage::with_settings(|settings| only(&settings, "\"VISA\"")).await;
    let billing = stage.billing().await;
    let id = elsewhere(&stage, "amount=500001&currency=usd&payment_method=pm_card_amex").await;
    let both = ["card.brand", "amount.maximum"];
    let calls = stage.calls();
    let refused = billing.import(accepting("1", &id, &both)).await.refused();
    assert_eq!(refused.reason, "RIGHT_MISSING");
    assert!(refused.message.contains("\"import\""), "{}", refused.message);
    assert_eq!(stage.calls(), calls, "nothing is asked");

    let (adapter, importer) = with_right(&stage).await;
    let refused = importer.import(accepting("2", &id, &["card.nothing"])).await;
    assert_eq!(refused.reason(), "InvalidArgument MALFORMED_REQUEST");
    let refused = importer.import(accepting("3", &id, &["card.brand"])).await;
    assert_eq!(refused.reason(), "FailedPrecondition AMOUNT_ABOVE_MAXIMUM");
    let refused = importer.import(accepting("4", &id, &["amount.maximum"])).await;
    assert_eq!(refused.reason(), "FailedPrecondition CARD_BRAND_REFUSED");
    let held = importer.import(accepting("5", &id, &both)).await.held_payment();
    assert_eq!(held.accepted_rules, ["amount.maximum", "card.brand"]);
    assert!(importer.import(accepting("5", &id, &both)).await.result().duplicate);
    let other = importer.import(accepting("5", &id, &["card.brand"])).await;
    assert_eq!(other.reason(), "AlreadyExists REQUEST_ID_REUSED");

    let by = v1::get_payment_request::By::PaymentId(held.id.clone());
    let looked = billing.get_payment(by).await.unwrap();
    assert_eq!(looked.payment.unwrap().accepted_rules, held.accepted_rules, "the journal keeps them");
    let notes: Vec<_> = looked.timeline.iter().map(|entry| entry.note.as_str()).collect();
    assert!(notes.iter().any(|note| note.contains("amount.maximum, card.brand")), "{notes:?}");
    let events = billing.events(0).await;
    assert_eq!(events[0].payment.as_ref().unwrap().accepted_rules, held.accepted_rules);
    assert!(events.iter().all(|event| event.alarm.is_none()), "what was accepted raises no alarm");
    billing.capture("6", &held.id, None).await.captured_payment();
    assert_eq!(stage.sandbox.ledger().count(Effect::Captured), 1);
    adapter.stop().await;
}

/// E7: what cannot be judged is refused, unless the rules about the instrument are set aside.
#[tokio::test]
async fn a_hidden_instrument_is_not_imported() {
    for status in [400, 401, 403, 404] {
        let foreign = Foreign::open(|settings| settings).await;
        let id = elsewhere(&foreign.stage, "amount=1250&currency=usd&payment_method=pm_card_visa").await;
        foreign.refuse_the_look("pm_", status);
        let refused = foreign.billing.import(import("1", &id)).await.refused();
        assert_eq!(refused.reason, "CARD_BRAND_REFUSED", "{status}");
        assert!(refused.message.contains("card.brand, method.type, method.hold"), "{}", refused.message);
        assert_eq!(foreign.stage.rows("payment"), 0);
        if status == 401 {
            continue;
        }
        let (adapter, importer) = with_right(&foreign.stage).await;
        let rules = ["card.brand", "method.type", "method.hold"];
        importer.import(accepting("2", &id, &rules)).await.held_payment();
        adapter.stop().await;
    }
}

/// E7: the card that paid is judged, where Stripe shows another one with the PaymentMethod.
#[tokio::test]
async fn the_card_that_paid_elsewhere_is_judged() {
    let foreign = Foreign::open(|settings| settings).await;
    let id = elsewhere(&foreign.stage, "amount=1250&currency=usd&payment_method=pm_card_visa").await;
    foreign.change("/v1/payment_intents/", &id, |object| {
        object["latest_charge"]["payment_method_details"]["card"]["brand"] = json!("amex");
    });
    let refused = foreign.billing.import(import("1", &id)).await;
    assert_eq!(refused.reason(), "FailedPrecondition CARD_BRAND_REFUSED");
}

/// A change of an honest object.
type Lie = fn(&mut serde_json::Value);

/// E8: an object that cannot be the PaymentIntent of this account is refused, and no payment is made of it.
#[tokio::test]
async fn an_unbelievable_object_is_not_imported() {
    let foreign = Foreign::open(|settings| settings).await;
    let id = elsewhere(&foreign.stage, "amount=1250&currency=usd&payment_method=pm_card_visa").await;
    let lies: [(&str, Lie); 6] = [
        ("the other mode", |object| object["livemode"] = json!(true)),
        ("another id", |object| object["id"] = json!("pi_of_somebody_else")),
        ("no currency", |object| object["currency"] = json!("xxy")),
        ("no amount", |object| object["amount"] = json!(0)),
        ("more than all", |object| object["amount_received"] = json!(99999)),
        ("paid with nothing", |object| {
            object["status"] = json!("succeeded");
            object["amount_received"] = json!(0);
        }),
    ];
    for (number, (what, lie)) in lies.into_iter().enumerate() {
        foreign.change("/v1/payment_intents/", &id, lie);
        let refused = foreign.billing.import(import(&format!("r{number}"), &id)).await.refused();
        assert_eq!(refused.reason, "NOT_IMPORTABLE", "{what}: {}", refused.message);
        foreign.forger.stop_forging(&id);
    }
    assert_eq!((foreign.stage.rows("payment"), foreign.stage.rows("operation")), (0, 0));
    assert!(foreign.billing.events(0).await.is_empty());
    let held = foreign.billing.import(import("good", &id)).await.held_payment();
    assert_eq!(read(&held.amount), "12.50 USD");
    foreign.billing.authorize(captured_at_once(super::order("own", "3.00 USD"))).await.captured_payment();
}
