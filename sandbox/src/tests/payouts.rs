//! Payouts: the balance falls, the bank is paid, and payouts that fail come back.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::tests::control::{control_post, control_refusal};
use crate::tests::test_bed::{KEY, TestAnswer, TestBed};

const DAY: Duration = Duration::from_secs(86_400);

/// A test bed with an available balance of 96.80 US dollars: a charge of 100.00, less Stripe's fee.
async fn with_balance() -> TestBed {
    let test_bed = TestBed::open().await;
    test_bed.pay("10000 usd", "pm_card_bypassPending", "").send().await.success();
    test_bed.sandbox.advance(Duration::from_secs(1));
    assert_eq!(available(&test_bed).await, 9680);
    test_bed
}

async fn available(test_bed: &TestBed) -> i64 {
    let balance = test_bed.get("balance").send().await.success();
    balance.at("/available/0/amount").as_i64().unwrap()
}

/// The types of the newest events about payouts, the oldest first.
async fn payout_events(test_bed: &TestBed) -> Vec<String> {
    let events = test_bed.get("events?limit=100&type=payout.*").send().await.success();
    let data = events.at("/data").as_array().unwrap();
    data.iter().rev().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

async fn pay_out(test_bed: &TestBed, amount: u64) -> TestAnswer {
    test_bed.post("payouts", &format!("amount={amount}&currency=usd")).send().await
}

#[tokio::test]
async fn a_payout_takes_from_the_available_balance_and_is_paid() {
    let test_bed = with_balance().await;
    let created = pay_out(&test_bed, 5000).await.success();
    assert_eq!((created.text_at("/status"), created.at("/automatic")), ("pending", &json!(false)));
    assert_eq!(created.text_at("/reconciliation_status"), "not_applicable");
    assert_eq!(available(&test_bed).await, 4680);
    let id = created.id();
    let expanded = "expand[]=balance_transaction&expand[]=destination";
    let shown = test_bed.get(&format!("payouts/{id}?{expanded}")).send().await.success();
    assert_eq!(shown.at("/balance_transaction/net"), &json!(-5000));
    assert_eq!(shown.text_at("/balance_transaction/type"), "payout");
    assert_eq!(shown.text_at("/destination/last4"), "6789");
    test_bed.sandbox.advance(DAY);
    let sent = test_bed.get(&format!("payouts/{id}")).send().await.success();
    assert_eq!(sent.text_at("/status"), "in_transit");
    test_bed.sandbox.advance(DAY * 2);
    let paid = test_bed.get(&format!("payouts/{id}")).send().await.success();
    assert_eq!((paid.text_at("/status"), paid.text_at("/trace_id/status")), ("paid", "pending"));
    assert_eq!(
        payout_events(&test_bed).await,
        ["payout.created", "payout.updated", "payout.paid", "payout.updated"]
    );
    assert_eq!(available(&test_bed).await, 4680);
}

#[tokio::test]
async fn a_payout_of_more_than_the_available_balance_is_refused() {
    let test_bed = with_balance().await;
    let refused = pay_out(&test_bed, 9681).await;
    refused.expect_refusal("400 invalid_request_error balance_insufficient");
    assert!(
        refused.text_at("/error/message").starts_with("You have insufficient funds in your Stripe account")
    );
    let elsewhere = test_bed.post("payouts", "amount=100&currency=usd&destination=ba_1").send().await;
    elsewhere.expect_refusal("404 invalid_request_error resource_missing");
    let missing = test_bed.post("payouts", "amount=100").send().await;
    missing.expect_refusal("400 invalid_request_error parameter_missing");
    assert_eq!(available(&test_bed).await, 9680);
    pay_out(&test_bed, 9680).await.success();
}

#[tokio::test]
async fn a_canceled_payout_returns_to_the_balance() {
    let test_bed = with_balance().await;
    let id = pay_out(&test_bed, 5000).await.success().id();
    let canceled = test_bed.post(&format!("payouts/{id}/cancel"), "").send().await.success();
    assert_eq!(canceled.text_at("/status"), "canceled");
    let returned = canceled.text_at("/failure_balance_transaction").to_owned();
    let returned = test_bed.get(&format!("balance_transactions/{returned}")).send().await.success();
    assert_eq!((returned.at("/net"), returned.text_at("/type")), (&json!(5000), "payout_cancel"));
    assert_eq!(returned.text_at("/description"), "REFUND FOR PAYOUT (STRIPE PAYOUT)");
    assert_eq!(returned.text_at("/reporting_category"), "payout_reversal");
    assert_eq!(available(&test_bed).await, 9680);
    let again = test_bed.post(&format!("payouts/{id}/cancel"), "").send().await;
    again.expect_refusal("400 invalid_request_error -");
    assert_eq!(again.text_at("/error/message"), "Payouts can only be canceled while they are pending.");
    test_bed.sandbox.advance(DAY * 4);
    let shown = test_bed.get(&format!("payouts/{id}")).send().await.success();
    assert_eq!(shown.text_at("/status"), "canceled");
    assert_eq!(payout_events(&test_bed).await, ["payout.created", "payout.canceled", "payout.updated"]);
}

#[tokio::test]
async fn a_payout_to_a_closed_account_fails_on_arrival() {
    let test_bed = with_balance().await;
    let closed = json!({"account_of": KEY, "bank_account": "000111111113"});
    control_post(&test_bed, "/accounts", closed).await;
    let id = pay_out(&test_bed, 5000).await.success().id();
    test_bed.sandbox.advance(DAY * 3);
    let failed = test_bed.get(&format!("payouts/{id}")).send().await.success();
    assert_eq!((failed.text_at("/status"), failed.text_at("/failure_code")), ("failed", "account_closed"));
    assert_eq!(failed.text_at("/failure_message"), "The bank account has been closed.");
    assert_eq!(available(&test_bed).await, 9680);
    assert_eq!(
        payout_events(&test_bed).await,
        ["payout.created", "payout.updated", "payout.failed", "payout.updated"]
    );
}

#[tokio::test]
async fn a_paid_payout_fails_by_the_control_api() {
    let test_bed = with_balance().await;
    let id = pay_out(&test_bed, 5000).await.success().id();
    test_bed.sandbox.advance(DAY * 3);
    let path = format!("/payouts/{id}/fail");
    let wrong = control_refusal(&test_bed, Method::POST, &path, r#"{"failure_code": "lost"}"#).await;
    assert!(wrong.starts_with("400 failure_code cannot be lost"), "{wrong}");
    control_post(&test_bed, &path, json!({"failure_code": "no_account"})).await;
    let failed = test_bed.get(&format!("payouts/{id}")).send().await.success();
    assert_eq!(failed.text_at("/failure_code"), "no_account");
    assert_eq!(available(&test_bed).await, 9680);
    let again = control_refusal(&test_bed, Method::POST, &path, "{}").await;
    assert_eq!(again, format!("404 there is no payout {id} that can fail"));
}

#[tokio::test]
async fn a_paid_payout_is_reversed_once() {
    let test_bed = with_balance().await;
    let id = pay_out(&test_bed, 5000).await.success().id();
    let early = test_bed.post(&format!("payouts/{id}/reverse"), "").send().await;
    early.expect_refusal("400 invalid_request_error -");
    test_bed.sandbox.advance(DAY * 3);
    let reversal = test_bed.post(&format!("payouts/{id}/reverse"), "metadata[a]=1").send().await.success();
    assert_eq!(reversal.at("/amount"), &json!(-5000));
    assert_eq!(reversal.text_at("/original_payout"), id);
    let original = test_bed.get(&format!("payouts/{id}")).send().await.success();
    assert_eq!(original.text_at("/reversed_by"), reversal.id());
    assert_eq!(available(&test_bed).await, 9680);
    let again = test_bed.post(&format!("payouts/{id}/reverse"), "").send().await;
    again.expect_refusal("400 invalid_request_error -");
}

#[tokio::test]
async fn a_daily_schedule_pays_the_available_balance_out() {
    let test_bed = TestBed::open().await;
    test_bed.pay("10000 usd", "pm_card_visa", "").send().await.success();
    control_post(&test_bed, "/accounts", json!({"account_of": KEY, "payouts": "daily"})).await;
    test_bed.pay("10000 eur", "pm_card_visa", "").send().await.success();
    test_bed.sandbox.advance(DAY * 6);
    assert_eq!(test_bed.get("payouts").send().await.success().ids().len(), 0);
    test_bed.sandbox.advance(DAY * 3);
    let payouts = test_bed.get("payouts").send().await.success();
    assert_eq!(payouts.ids().len(), 2);
    let id = payouts.ids().remove(0);
    for index in [0, 1] {
        assert_eq!(payouts.at(&format!("/data/{index}/amount")), &json!(9680));
        assert_eq!(payouts.at(&format!("/data/{index}/automatic")), &json!(true));
        assert_eq!(payouts.text_at(&format!("/data/{index}/reconciliation_status")), "completed");
    }
    let paid_out = test_bed.get(&format!("balance_transactions?payout={id}")).send().await.success();
    let nets: Vec<i64> =
        paid_out.at("/data").as_array().unwrap().iter().map(|line| line["net"].as_i64().unwrap()).collect();
    assert_eq!(nets, [-9680, 9680]);
    assert_eq!(available(&test_bed).await, 0);
    let events = test_bed.get("events?type=balance.available").send().await.success();
    assert_eq!(events.ids().len(), 1);
    assert!(payout_events(&test_bed).await.contains(&"payout.reconciliation_completed".to_owned()));
    let canceled = test_bed.post(&format!("payouts/{id}/cancel"), "").send().await;
    canceled.expect_refusal("400 invalid_request_error -");
    test_bed.sandbox.advance(DAY * 30);
    assert_eq!(test_bed.get("payouts").send().await.success().ids().len(), 2);
}

#[tokio::test]
async fn transactions_of_a_manual_payout_are_not_listed() {
    let test_bed = with_balance().await;
    let id = pay_out(&test_bed, 5000).await.success().id();
    let refused = test_bed.get(&format!("balance_transactions?payout={id}")).send().await;
    refused.expect_refusal("400 invalid_request_error -");
    assert_eq!(
        refused.text_at("/error/message"),
        "Balance transaction history can only be filtered on automatic transfers, not manual."
    );
    let unknown = test_bed.get("balance_transactions?payout=po_1").send().await;
    unknown.expect_refusal("400 invalid_request_error resource_missing");
    let by_type = test_bed.get("balance_transactions?type=payout").send().await.success();
    assert_eq!(by_type.text_at("/data/0/source"), id);
}

#[tokio::test]
async fn payouts_are_filtered_and_updated() {
    let test_bed = with_balance().await;
    let first = pay_out(&test_bed, 1000).await.success().id();
    let second = test_bed.post("payouts", "amount=2000&currency=usd&method=instant").send().await.success();
    test_bed.sandbox.advance(Duration::from_secs(3600));
    let ids = |query: &str| test_bed.get(&format!("payouts?{query}")).send();
    assert_eq!(ids("status=paid").await.success().ids(), [second.id()]);
    assert_eq!(ids("status=pending").await.success().ids(), std::slice::from_ref(&first));
    let arrival = second.at("/arrival_date").as_i64().unwrap();
    assert_eq!(ids(&format!("arrival_date[lte]={arrival}")).await.success().ids(), [second.id()]);
    let destination = second.text_at("/destination");
    assert_eq!(ids(&format!("destination={destination}")).await.success().ids().len(), 2);
    let path = format!("payouts/{first}");
    let updated = test_bed.post(&path, "metadata[order]=8").send().await.success();
    assert_eq!(updated.text_at("/metadata/order"), "8");
    test_bed.get("payouts/po_1").send().await.expect_refusal("404 invalid_request_error resource_missing");
}

#[tokio::test]
async fn money_that_is_available_at_once_is_announced() {
    let test_bed = with_balance().await;
    let events = test_bed.get("events?type=balance.available").send().await.success();
    assert_eq!(events.at("/data/0/data/object/available/0/amount"), &json!(9680));
    assert_eq!(events.ids().len(), 1);
}

#[tokio::test]
async fn a_returned_payout_pauses_the_schedule_until_there_is_another_bank_account() {
    let test_bed = with_balance().await;
    let account = |number: &str| json!({"account_of": KEY, "payouts": "daily", "bank_account": number});
    test_bed.sandbox.control("POST", "/accounts", &account("000111111116")).unwrap();
    test_bed.sandbox.advance(DAY * 10);
    let payouts = test_bed.get("payouts").send().await.success();
    assert_eq!((payouts.ids().len(), payouts.text_at("/data/0/failure_code")), (1, "no_account"));
    assert_eq!(available(&test_bed).await, 9680);
    test_bed.sandbox.control("POST", "/accounts", &account("000123456789")).unwrap();
    test_bed.sandbox.advance(DAY * 4);
    let payouts = test_bed.get("payouts").send().await.success();
    assert_eq!((payouts.ids().len(), payouts.text_at("/data/0/status")), (2, "paid"));
    assert_eq!(available(&test_bed).await, 0);
}
