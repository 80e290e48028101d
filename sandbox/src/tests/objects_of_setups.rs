//! Attempts of SetupIntents, mandates that end, and the domains of wallets.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::tests::control::{control_post, control_refusal};
use crate::tests::test_bed::{TestAnswer, TestBed};

const OWNER: &str = "payment_method_data[billing_details][name]=Jenny&\
                     payment_method_data[billing_details][email]=jenny@example.com";

const CONSENT: &str = "mandate_data[customer_acceptance][type]=offline";

/// Saves the debits of an account for a customer, and returns the succeeded SetupIntent.
async fn saved_debit(test_bed: &TestBed, customer: &str, iban: &str) -> TestAnswer {
    let method = format!("payment_method_data[type]=sepa_debit&payment_method_data[sepa_debit][iban]={iban}");
    let body = format!(
        "confirm=true&customer={customer}&payment_method_types[]=sepa_debit&{method}&{OWNER}&{CONSENT}"
    );
    test_bed.post("setup_intents", &body).send().await.success()
}

async fn debit(test_bed: &TestBed, customer: &str, saved: &TestAnswer) -> TestAnswer {
    let body = format!(
        "amount=2000&currency=eur&confirm=true&off_session=true&payment_method_types[]=sepa_debit&\
         customer={customer}&payment_method={}",
        saved.text_at("/payment_method")
    );
    test_bed.post("payment_intents", &body).send().await
}

async fn mandate_status(test_bed: &TestBed, saved: &TestAnswer) -> String {
    let mandate = test_bed.get(&format!("mandates/{}", saved.text_at("/mandate"))).send().await.success();
    mandate.text_at("/status").to_owned()
}

async fn mandate_events(test_bed: &TestBed) -> usize {
    test_bed.get("events?type=mandate.updated").send().await.success().ids().len()
}

#[tokio::test]
async fn the_attempts_of_a_setup_intent_are_listed() {
    let test_bed = TestBed::open().await;
    let created = test_bed.post("setup_intents", "payment_method_types[]=card").send().await.success();
    let confirm = |card: &str| {
        test_bed
            .post(&format!("setup_intents/{}/confirm", created.id()), &format!("payment_method={card}"))
            .send()
    };
    assert_eq!(confirm("pm_card_chargeDeclined").await.status, 402);
    confirm("pm_card_visa").await.success();
    test_bed.set_up("pm_card_visa", "").send().await.success();
    let path = format!("setup_attempts?setup_intent={}", created.id());
    let attempts = test_bed.get(&format!("{path}&expand[]=data.payment_method")).send().await.success();
    assert_eq!(attempts.ids().len(), 2);
    assert_eq!(
        (attempts.text_at("/data/0/status"), attempts.text_at("/data/1/status")),
        ("succeeded", "failed")
    );
    assert_eq!(attempts.text_at("/data/1/setup_error/code"), "card_declined");
    assert_eq!(attempts.text_at("/data/0/payment_method/object"), "payment_method");
    let page = test_bed.get(&format!("{path}&limit=1")).send().await.success();
    assert_eq!((page.ids().len(), page.at("/has_more")), (1, &json!(true)));
    let missing = test_bed.get("setup_attempts").send().await;
    missing.expect_refusal("400 invalid_request_error parameter_missing");
    let unknown = test_bed.get("setup_attempts?setup_intent=seti_1").send().await;
    unknown.expect_refusal("400 invalid_request_error resource_missing");
}

#[tokio::test]
async fn a_revoked_mandate_allows_no_debit() {
    let test_bed = TestBed::open().await;
    let customer = test_bed.customer().await;
    let saved = saved_debit(&test_bed, &customer, "DE89370400440532013000").await;
    debit(&test_bed, &customer, &saved).await.success();
    let path = format!("/mandates/{}", saved.text_at("/mandate"));
    control_post(&test_bed, &path, json!({"status": "inactive"})).await;
    assert_eq!(mandate_status(&test_bed, &saved).await, "inactive");
    let refused = debit(&test_bed, &customer, &saved).await;
    refused.expect_refusal("400 invalid_request_error payment_intent_mandate_invalid");
    let told = test_bed.get("events?type=mandate.updated").send().await.success();
    assert_eq!(told.text_at("/data/0/data/previous_attributes/status"), "active");
    control_post(&test_bed, &path, json!({"status": "active"})).await;
    control_post(&test_bed, &path, json!({"status": "active"})).await;
    debit(&test_bed, &customer, &saved).await.success();
    assert_eq!(mandate_events(&test_bed).await, 2);
    let unknown =
        control_refusal(&test_bed, Method::POST, "/mandates/mandate_1", r#"{"status":"active"}"#).await;
    assert_eq!(unknown, "404 there is no mandate mandate_1");
}

#[tokio::test]
async fn detaching_an_account_ends_its_mandate() {
    let test_bed = TestBed::open().await;
    let customer = test_bed.customer().await;
    let saved = saved_debit(&test_bed, &customer, "DE89370400440532013000").await;
    let path = format!("payment_methods/{}/detach", saved.text_at("/payment_method"));
    test_bed.post(&path, "").send().await.success();
    assert_eq!(mandate_status(&test_bed, &saved).await, "inactive");
    assert_eq!(mandate_events(&test_bed).await, 1);
}

#[tokio::test]
async fn an_american_debit_that_was_not_authorized_ends_the_mandate() {
    let test_bed = TestBed::open().await;
    let customer = test_bed.customer().await;
    let method = "payment_method_types[]=us_bank_account&payment_method=pm_usBankAccount_debitNotAuthorized";
    let set_up = format!("confirm=true&customer={customer}&{method}&{CONSENT}");
    let saved = test_bed.post("setup_intents", &set_up).send().await.success();
    let pay = format!(
        "amount=2000&currency=usd&confirm=true&off_session=true&payment_method_types[]=us_bank_account&\
         customer={customer}&payment_method={}",
        saved.text_at("/payment_method")
    );
    test_bed.post("payment_intents", &pay).send().await.success();
    assert_eq!(mandate_status(&test_bed, &saved).await, "active");
    test_bed.sandbox.advance(Duration::from_secs(16));
    assert_eq!(mandate_status(&test_bed, &saved).await, "inactive");
    assert_eq!(mandate_events(&test_bed).await, 1);
}

#[tokio::test]
async fn domains_are_registered_once_and_validated() {
    let test_bed = TestBed::open().await;
    let register =
        |name: &str| test_bed.post("payment_method_domains", &format!("domain_name={name}")).send();
    let shop = register("shop.example.com").await.success();
    assert_eq!((shop.text_at("/apple_pay/status"), shop.at("/enabled")), ("active", &json!(true)));
    assert_eq!(register("Shop.example.com").await.success().id(), shop.id());
    let unreachable = register("shop.invalid").await.success();
    let validate = format!("payment_method_domains/{}/validate", unreachable.id());
    let validated = test_bed.post(&validate, "").send().await.success();
    assert_eq!(validated.text_at("/link/status"), "inactive");
    assert_ne!(validated.text_at("/link/status_details/error_message"), "-");
    let path = format!("payment_method_domains/{}", shop.id());
    let disabled = test_bed.post(&path, "enabled=false").send().await.success();
    assert_eq!(disabled.at("/enabled"), &json!(false));
    assert_eq!(test_bed.get(&path).send().await.success().body, disabled.body);
    let list = |query: &str| test_bed.get(&format!("payment_method_domains?{query}")).send();
    assert_eq!(list("enabled=true").await.success().ids(), [unreachable.id()]);
    assert_eq!(list("domain_name=shop.example.com").await.success().ids(), [shop.id()]);
    assert_eq!(list("").await.success().ids().len(), 2);
    register("https://shop.example.com").await.expect_refusal("400 invalid_request_error -");
    let missing = test_bed.post("payment_method_domains", "").send().await;
    missing.expect_refusal("400 invalid_request_error parameter_missing");
    let unknown = test_bed.get("payment_method_domains/pmd_1").send().await;
    unknown.expect_refusal("404 invalid_request_error resource_missing");
}
