//! Debits of bank accounts: the owner agrees by a mandate, and the bank answers days later.

use std::time::Duration;

use serde_json::json;

use crate::tests::test_bed::{TestAnswer, TestBed};

const SEPA: &str = "payment_method_data[type]=sepa_debit&payment_method_data[billing_details][name]=Jenny&\
                    payment_method_data[billing_details][email]=jenny@example.com&\
                    payment_method_data[sepa_debit][iban]=";
const AGREED: &str = "mandate_data[customer_acceptance][type]=online&\
                      mandate_data[customer_acceptance][online][ip_address]=127.0.0.1&\
                      mandate_data[customer_acceptance][online][user_agent]=story";

impl TestBed {
    async fn debit(&self, iban: &str) -> TestAnswer {
        let terms = "amount=2000&currency=eur&payment_method_types[]=sepa_debit&confirm=true";
        self.post("payment_intents", &format!("{terms}&{AGREED}&{SEPA}{iban}")).send().await
    }

    async fn payment_intent(&self, id: &str) -> TestAnswer {
        self.get(&format!("payment_intents/{id}?expand[]=latest_charge")).send().await.success()
    }
}

#[tokio::test]
async fn a_debit_is_processing_until_the_bank_answers() {
    let test_bed = TestBed::open().await;
    let sent = test_bed.debit("DE89370400440532013000").await.success();
    assert_eq!(sent.text_at("/status"), "processing");
    let waiting = test_bed.payment_intent(&sent.id()).await;
    assert!(waiting.text_at("/latest_charge/id").starts_with("py_"));
    let charge = |name: &str| waiting.at(&format!("/latest_charge/{name}")).clone();
    assert_eq!(
        (charge("status"), charge("paid"), charge("captured")),
        (json!("pending"), json!(false), json!(true))
    );
    assert!(charge("payment_method_details")["sepa_debit"]["mandate"].is_string());
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
    let cancel = test_bed.post(&format!("payment_intents/{}/cancel", sent.id()), "").send().await;
    cancel.expect_refusal("400 invalid_request_error payment_intent_unexpected_state");
    test_bed.sandbox.advance(Duration::from_secs(16));
    let paid = test_bed.payment_intent(&sent.id()).await;
    assert_eq!(paid.text_at("/status"), "succeeded");
    assert!(paid.at("/latest_charge/balance_transaction").is_string());
    assert_eq!(test_bed.ledger(), ["Authorized 2000 eur", "Captured 2000 eur"]);
    test_bed.post("refunds", &format!("payment_intent={}", sent.id())).send().await.success();
}

#[tokio::test]
async fn a_returned_debit_leaves_the_payment_open() {
    let test_bed = TestBed::open().await;
    let sent = test_bed.debit("DE62370400440532013001").await.success();
    test_bed.sandbox.advance(Duration::from_secs(16));
    let failed = test_bed.payment_intent(&sent.id()).await;
    assert_eq!(failed.text_at("/status"), "requires_payment_method");
    assert_eq!(failed.text_at("/last_payment_error/code"), "debit_not_authorized");
    assert_eq!(failed.text_at("/latest_charge/status"), "failed");
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
    let types = test_bed.get("events").send().await.success();
    let types: Vec<_> =
        types.at("/data").as_array().unwrap().iter().rev().map(|event| event["type"].clone()).collect();
    assert_eq!(
        json!(types),
        json!([
            "payment_intent.created",
            "payment_intent.processing",
            "charge.pending",
            "charge.failed",
            "payment_intent.payment_failed",
        ])
    );
}

#[tokio::test]
async fn a_debit_without_mandate_or_with_wrong_terms_is_refused() {
    let test_bed = TestBed::open().await;
    test_bed
        .debit("DE89370400440532013001")
        .await
        .expect_refusal("400 invalid_request_error invalid_bank_account_iban");
    let terms = "amount=2000&payment_method_types[]=sepa_debit&confirm=true";
    let iban = "DE89370400440532013000";
    for (body, code) in [
        (format!("{terms}&currency=eur&{SEPA}{iban}"), "payment_intent_mandate_invalid"),
        (format!("{terms}&currency=usd&{AGREED}&{SEPA}{iban}"), "payment_method_currency_mismatch"),
        (format!("{terms}&currency=eur&capture_method=manual&{AGREED}&{SEPA}{iban}"), "-"),
        (format!("{terms}&currency=eur&{AGREED}&payment_method_data[type]=klarna"), "-"),
    ] {
        let received = test_bed.post("payment_intents", &body).send().await;
        received.expect_refusal(&format!("400 invalid_request_error {code}"));
    }
}

#[tokio::test]
async fn a_us_bank_account_is_verified_by_microdeposits_before_debits() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let account = "type=us_bank_account&billing_details[name]=Jenny&us_bank_account[routing_number]=110000000&\
                   us_bank_account[account_number]=000123456789&us_bank_account[account_holder_type]=individual";
    let account = test_bed.post("payment_methods", account).send().await.success().id();
    let body = format!(
        "customer={jenny}&payment_method={account}&payment_method_types[]=us_bank_account&confirm=true&{AGREED}"
    );
    let waiting = test_bed.post("setup_intents", &body).send().await.success();
    assert_eq!(waiting.text_at("/next_action/type"), "verify_with_microdeposits");
    let page = waiting.text_at("/next_action/verify_with_microdeposits/hosted_verification_url").to_owned();
    let page =
        reqwest::Client::builder().build().unwrap().get(page).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("SM11AA") && !page.contains("<button"), "{page}");
    assert!(!test_bed.sandbox.authenticate(&waiting.id(), true), "a bank's page shows nothing of an account");
    let verify = |body: &str| {
        test_bed.post(&format!("setup_intents/{}/verify_microdeposits", waiting.id()), body).send()
    };
    verify("amounts[]=1&amounts[]=2").await.expect_refusal(
        "400 invalid_request_error payment_method_microdeposit_verification_descriptor_code_mismatch",
    );
    let done = verify("descriptor_code=SM11AA").await.success();
    assert_eq!(done.text_at("/status"), "succeeded");
    assert!(done.text_at("/mandate").starts_with("mandate_"));
    verify("amounts[]=32&amounts[]=45")
        .await
        .expect_refusal("400 invalid_request_error intent_invalid_state");

    let pay = format!(
        "amount=2000&currency=usd&customer={jenny}&payment_method={account}&payment_method_types[]=us_bank_account&confirm=true&off_session=true"
    );
    let sent = test_bed.post("payment_intents", &pay).send().await.success();
    assert_eq!(sent.text_at("/status"), "processing");
    test_bed.sandbox.advance(Duration::from_secs(21));
    assert_eq!(test_bed.payment_intent(&sent.id()).await.text_at("/status"), "succeeded");
}

#[tokio::test]
async fn test_account_ids_give_the_documented_outcomes() {
    let test_bed = TestBed::open().await;
    for (name, status, code) in [
        ("success", "succeeded", "-"),
        ("accountClosed", "requires_payment_method", "account_closed"),
        ("noAccount", "requires_payment_method", "no_account"),
        ("insufficientFunds", "requires_payment_method", "insufficient_funds"),
        ("processing", "processing", "-"),
    ] {
        let body = format!(
            "amount=2000&currency=usd&payment_method=pm_usBankAccount_{name}&payment_method_types[]=us_bank_account&confirm=true&{AGREED}"
        );
        let sent = test_bed.post("payment_intents", &body).send().await.success();
        test_bed.sandbox.advance(Duration::from_secs(21));
        let now = test_bed.payment_intent(&sent.id()).await;
        assert_eq!(
            (now.text_at("/status"), now.text_at("/last_payment_error/code")),
            (status, code),
            "{name}"
        );
    }
}
