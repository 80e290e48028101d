//! The amounts that can be charged, and the parameters that are refused before any effect.

use crate::tests::test_bed::{CARD, TestBed};

#[tokio::test]
async fn amounts_outside_the_limits_of_the_currency_are_refused() {
    let test_bed = TestBed::open().await;
    for (amount, card, code) in [
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
        let received = test_bed.pay(amount, card, "").send().await;
        assert_eq!(received.text_at("/error/code"), code, "{amount}: {}", received.text);
        let accepted = code == "-" && !amount.ends_with("xyz");
        assert_eq!(received.status, if accepted { 200 } else { 400 }, "{amount}");
    }
    let general =
        test_bed.post("payment_intents", &format!("amount=100000000&currency=usd&{CARD}")).send().await;
    general.expect_refusal("400 invalid_request_error amount_too_large");
}

#[tokio::test]
async fn parameters_are_refused_by_name() {
    let test_bed = TestBed::open().await;
    let terms = "amount=2000&currency=usd";
    let fifty_one: String = (0..51).map(|at| format!("&metadata[k{at}]=v")).collect();
    for (body, expected) in [
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
        let received = test_bed.post("payment_intents", &body).send().await;
        let (code, param) = (received.text_at("/error/code"), received.text_at("/error/param"));
        assert_eq!(format!("{code} {param}"), expected, "{body}: {}", received.text);
        assert_eq!(received.status, 400, "{body}");
    }
    assert_eq!(
        test_bed.get("payment_intents").send().await.success().at("/data").as_array().unwrap().len(),
        0
    );
}

#[tokio::test]
async fn unknown_paths_versions_and_json_bodies_are_refused() {
    let test_bed = TestBed::open().await;
    let unknown_path = test_bed.post("x", "").send().await;
    unknown_path.expect_refusal("404 invalid_request_error -");
    assert!(unknown_path.text_at("/error/message").starts_with("Unrecognized request URL (POST: /v1/x)."));
    test_bed.get("payment_intents/").send().await.expect_refusal("404 invalid_request_error -");
    let version = test_bed.get("payment_intents").header("stripe-version", "latest").send().await;
    version.expect_refusal("400 invalid_request_error -");
    let newer =
        test_bed.get("payment_intents").header("stripe-version", "2026-10-28.endive").send().await.success();
    assert_eq!(newer.header("stripe-version"), "2026-10-28.endive");
    let client = reqwest::Client::builder().build().unwrap();
    let json = client.post(format!("{}/v1/customers", test_bed.sandbox.url())).bearer_auth("sk_test_json");
    let json = json.header("content-type", "application/json").body("{}").send().await.unwrap();
    assert_eq!(json.status(), 400);
}
