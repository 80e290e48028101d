//! The amounts that can be charged, and the parameters that are refused before any effect.

use crate::tests::stage::{CARD, Stage};

#[tokio::test]
async fn amounts_follow_the_rules_of_their_currency() {
    let stage = Stage::open().await;
    for (amount, card, said) in [
        ("50 usd", "pm_card_visa", "-"),
        ("49 usd", "pm_card_visa", "amount_too_small"),
        ("0 usd", "pm_card_visa", "parameter_invalid_integer"),
        ("12.50 usd", "pm_card_visa", "parameter_invalid_integer"),
        ("30 gbp", "pm_card_visa", "-"),
        ("29 gbp", "pm_card_visa", "amount_too_small"),
        ("500 JPY", "pm_card_jcb", "-"),
        ("550 isk", "pm_card_visa", "invalid_charge_amount"),
        ("50000 ugx", "pm_card_visa", "-"),
        ("5124 kwd", "pm_card_visa", "invalid_charge_amount"),
        ("100000000 usd", "pm_card_visa", "-"),
        ("999999999999 usd", "pm_card_visa", "-"),
        ("1000000000000 usd", "pm_card_visa", "amount_too_large"),
        ("1000000000 usd", "pm_card_amex", "amount_too_large"),
        ("2000 xyz", "pm_card_visa", "-"),
    ] {
        let received = stage.pay(amount, card, "").send().await;
        assert_eq!(received.text_at("/error/code"), said, "{amount}: {}", received.text);
        let good = said == "-" && !amount.ends_with("xyz");
        assert_eq!(received.status, if good { 200 } else { 400 }, "{amount}");
    }
    let general =
        stage.post("payment_intents", &format!("amount=100000000&currency=usd&{CARD}")).send().await;
    general.refused("400 invalid_request_error amount_too_large");
}

#[tokio::test]
async fn parameters_are_refused_by_name() {
    let stage = Stage::open().await;
    let terms = "amount=2000&currency=usd";
    let fifty_one: String = (0..51).map(|at| format!("&metadata[k{at}]=v")).collect();
    for (body, said) in [
        ("currency=usd".to_owned(), "parameter_missing amount"),
        ("amount=2000".to_owned(), "parameter_missing currency"),
        (format!("{terms}&colour=red"), "parameter_unknown colour"),
        (format!("{terms}&automatic_payment_methods[x]=1"), "parameter_unknown automatic_payment_methods[x]"),
        (format!("{terms}&description="), "parameter_invalid_empty description"),
        (format!("{terms}&confirm=perhaps"), "- confirm"),
        (format!("{terms}&capture_method=later"), "- capture_method"),
        (format!("{terms}{fifty_one}"), "- metadata"),
        (format!("{terms}&statement_descriptor=SHOP"), "- statement_descriptor"),
        (format!("{terms}&statement_descriptor_suffix=1234"), "- statement_descriptor_suffix"),
        (format!("{terms}&receipt_email=jenny"), "email_invalid receipt_email"),
        (format!("{terms}&off_session=true"), "- off_session"),
        (format!("{terms}&expand[]=amount"), "- -"),
        (format!("{terms}&payment_method=pm_card_visa&confirm=true"), "- -"),
        (format!("{terms}&payment_method=pm_nobody"), "resource_missing payment_method"),
        (format!("{terms}&customer=cus_nobody"), "resource_missing customer"),
        (
            format!("{terms}&payment_method_types[]=sepa_debit&payment_method=pm_card_visa"),
            "- payment_method",
        ),
    ] {
        let received = stage.post("payment_intents", &body).send().await;
        let (code, param) = (received.text_at("/error/code"), received.text_at("/error/param"));
        assert_eq!(format!("{code} {param}"), said, "{body}: {}", received.text);
        assert_eq!(received.status, 400, "{body}");
    }
    assert_eq!(stage.get("payment_intents").send().await.good().at("/data").as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_no_call_of_stripes_is_refused() {
    let stage = Stage::open().await;
    let nowhere = stage.post("x", "").send().await;
    nowhere.refused("404 invalid_request_error -");
    assert!(nowhere.text_at("/error/message").starts_with("Unrecognized request URL (POST: /v1/x)."));
    stage.get("payment_intents/").send().await.refused("404 invalid_request_error -");
    let version = stage.get("payment_intents").header("stripe-version", "latest").send().await;
    version.refused("400 invalid_request_error -");
    let newer =
        stage.get("payment_intents").header("stripe-version", "2026-10-28.endive").send().await.good();
    assert_eq!(newer.header("stripe-version"), "2026-10-28.endive");
    let client = reqwest::Client::builder().build().unwrap();
    let json = client.post(format!("{}/v1/customers", stage.sandbox.url())).bearer_auth("sk_test_json");
    let json = json.header("content-type", "application/json").body("{}").send().await.unwrap();
    assert_eq!(json.status(), 400);
}
