//! Answers that cannot be the answer to their request.

use serde_json::json;

use super::*;

const OURS: Ours<'static> = Ours { account: "acct_1", test_mode: true, plain_http: false };

fn request(path: &str, form: &[(&str, &str)]) -> ProcessorRequest {
    let form = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ProcessorRequest { path: path.to_owned(), form }
}

/// Whether the request believes the answer.
#[track_caller]
fn check(request: &ProcessorRequest, answer: Value, expected: Result<(), &str>) {
    let (command, id) = Command::parse(&request.path).unwrap();
    let shown = answer.to_string();
    let judged = Expected::answer(command, id, request, OURS).believe(StripeJson::of(answer).unwrap());
    match (judged, expected) {
        (Ok(_), Ok(())) => {}
        (Err(why), Err(part)) if why.0.contains(part) => {}
        (judged, _) => panic!("{shown}: {judged:?} instead of {expected:?}"),
    }
}

#[test]
fn each_field_of_a_request_is_compared_with_its_answer() {
    let create = request(
        "/v1/payment_intents",
        &[
            ("amount", "1250"),
            ("currency", "usd"),
            ("customer", "cus_1"),
            ("payment_method", "pm_1"),
            ("metadata[causeway_payment]", "p1"),
            ("metadata[order]", "17"),
        ],
    );
    let good = json!({
        "object": "payment_intent", "id": "pi_1", "amount": 1250, "currency": "usd", "customer": {"id": "cus_1"},
        "payment_method": "pm_1", "livemode": false, "metadata": {"causeway_payment": "p1", "order": "18"},
        "latest_charge": {"payment_intent": "pi_1", "currency": "usd", "amount": 1250, "amount_refunded": 0},
        "next_action": {"redirect_to_url": {"url": "https://hooks.stripe.com/x"}},
    });
    check(&create, good.clone(), Ok(()));
    check(&create, json!({}), Ok(()));
    for (pointer, value, why) in [
        ("/object", json!("refund"), "refund was shown where payment_intent was expected"),
        ("/amount", json!(1251), "1251 where 1250"),
        ("/currency", json!("eur"), "eur was shown"),
        ("/customer/id", json!("cus_2"), "cus_2 was shown"),
        ("/payment_method", json!("pm_2"), "pm_2 was shown"),
        ("/payment_method", json!("not an id"), "something else was shown"),
        ("/livemode", json!(true), "other mode"),
        ("/metadata/causeway_payment", json!("p2"), "p2 was shown"),
        ("/latest_charge/payment_intent", json!("pi_2"), "pi_2 was shown"),
        ("/latest_charge/currency", json!("eur"), "eur was shown"),
        ("/latest_charge/amount_refunded", json!(1251), "1251 refunded of 1250"),
        ("/next_action/redirect_to_url/url", json!("javascript:alert(1)"), "not https"),
        ("/next_action/redirect_to_url/url", json!("http://127.0.0.1/"), "not https"),
        ("/next_action/redirect_to_url/url", json!({}), "not https"),
    ] {
        let mut answer = good.clone();
        *answer.pointer_mut(pointer).unwrap() = value;
        check(&create, answer, Err(why));
    }
}

/// Stripe leaves out a type that is not enabled, without a refusal. Where nothing came of it, it is refused
/// here; where something did, the answer is not believed.
#[test]
fn an_answer_without_the_allowed_type_is_no_success() {
    let create = |name: &str| request("/v1/payment_intents", &[("amount", "1250"), (name, "sepa_debit")]);
    let (create, earlier) = (create("allowed_payment_method_types[]"), create("payment_method_types[]"));
    let answer = |types: &[&str], status: &str, received: u64| {
        json!({
            "object": "payment_intent", "id": "pi_1", "amount": 1250, "status": status, "latest_charge": null,
            "amount_received": received, "payment_method_types": types,
        })
    };
    let (with, without) = (["card", "sepa_debit"], ["card"]);
    check(&create, answer(&with, "processing", 0), Ok(()));
    check(&create, answer(&without, "succeeded", 1250), Err("lack sepa_debit"));
    check(&earlier, answer(&without, "succeeded", 1250), Ok(()));
    let left_out = |request: &ProcessorRequest, answer: Value| {
        let (command, id) = Command::parse(&request.path).unwrap();
        let expected = Expected::answer(command, id, request, OURS);
        expected.type_left_out(&StripeJson::of(answer).unwrap()).map(str::to_owned)
    };
    let waiting = "requires_payment_method";
    assert_eq!(left_out(&create, answer(&without, waiting, 0)).as_deref(), Some("sepa_debit"));
    assert_eq!(left_out(&create, answer(&[], waiting, 0)).as_deref(), Some("sepa_debit"));
    assert_eq!(left_out(&create, answer(&with, waiting, 0)), None);
    assert_eq!(left_out(&create, answer(&without, waiting, 1)), None);
    let mut of_another = answer(&without, waiting, 0);
    of_another["amount"] = json!(1251);
    assert_eq!(left_out(&create, of_another), None, "an intent of another request says nothing");
    assert_eq!(left_out(&create, answer(&without, "succeeded", 1250)), None);
    assert_eq!(left_out(&earlier, answer(&without, waiting, 0)), None);
}

#[test]
fn the_id_in_the_path_is_the_id_of_the_answer() {
    for (path, object) in [
        ("/v1/payment_intents/x_1/confirm", "payment_intent"),
        ("/v1/payment_intents/x_1/capture", "payment_intent"),
        ("/v1/payment_intents/x_1/cancel", "payment_intent"),
        ("/v1/setup_intents/x_1/cancel", "setup_intent"),
        ("/v1/payment_methods/x_1/detach", "payment_method"),
        ("/v1/customers/x_1", "customer"),
    ] {
        let asked = request(path, &[]);
        check(&asked, json!({"id": "x_1", "object": object}), Ok(()));
        check(
            &asked,
            json!({"id": "x_2", "object": object}),
            Err("x_2 was shown where x_1 was expected (id)"),
        );
    }
    let refund = request("/v1/refunds", &[("payment_intent", "pi_1"), ("amount", "100")]);
    check(&refund, json!({"id": "re_1", "payment_intent": "pi_2"}), Err("pi_2"));
    let setup = request("/v1/setup_intents", &[("customer", "cus_1"), ("payment_method", "pm_card_visa")]);
    check(&setup, json!({"id": "seti_1", "customer": "cus_1", "payment_method": "pm_7"}), Ok(()));
    check(&setup, json!({"id": "seti_1", "customer": "cus_2"}), Err("cus_2"));
}

#[test]
fn look_ups_lists_refusals_and_events_are_judged_too() {
    let of = |value: Value| StripeJson::of(value).unwrap();
    let looked = |id| Expected::looked_up(ObjectKind::Method, id, OURS);
    assert!(looked("pm_1").believe(of(json!({"id": "pm_2"}))).is_err());
    assert!(looked("pm_card_visa").believe(of(json!({"id": "pm_2"}))).is_ok());
    let refunds = Expected::listed("refund", Some(("payment_intent", "pi_1")), OURS);
    assert!(refunds.believe(of(json!({"id": "re_1", "payment_intent": "pi_2"}))).is_err());
    let intent = Expected::looked_up(ObjectKind::Intent, "pi_1", OURS);
    let refusal = |id: &str| of(json!({"error": {"payment_intent": {"id": id}}}));
    assert!(intent.believe_refusal(&refusal("pi_1")).is_ok());
    assert!(intent.believe_refusal(&refusal("pi_2")).is_err());
    let event = Expected::listed("event", None, OURS);
    assert!(event.believe(of(json!({"id": "evt_1", "account": "acct_2"}))).is_err());
    assert!(event.believe(of(json!({"id": "evt_1", "livemode": true}))).is_err());
    assert!(event.believe(of(json!({"id": "evt_1", "account": "acct_1", "livemode": false}))).is_ok());
    let local = Ours { plain_http: true, ..OURS };
    let page = json!({"next_action": {"redirect_to_url": {"url": "http://127.0.0.1:4/x"}}});
    assert!(Expected::looked_up(ObjectKind::Intent, "pi_1", local).believe(of(page)).is_ok());
    let method = Expected::method_of("4242424242424242", OURS);
    assert!(method.believe(of(json!({"id": "pm_1", "card": {"last4": "4242"}}))).is_ok());
    assert!(method.believe(of(json!({"id": "pm_1", "card": {"last4": "1111"}}))).is_err());
}
