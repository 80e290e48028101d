//! Accounts are separate: in their objects, in their keys, and in the ledger.

use crate::tests::test_bed::{KEY, TestBed};

const OTHER: &str = "sk_test_other";

#[tokio::test]
async fn objects_of_an_account_are_missing_for_other_accounts() {
    let test_bed = TestBed::open().await;
    let first = test_bed
        .pay("2000 usd", "pm_card_visa", "")
        .with_idempotency_key("order-8")
        .send()
        .await
        .success()
        .id();
    let second = test_bed
        .pay("3000 usd", "pm_card_visa", "")
        .with_idempotency_key("order-8")
        .with_key(OTHER)
        .send()
        .await
        .success();
    assert_eq!(second.header("idempotent-replayed"), "-");
    let shown = test_bed.get(&format!("payment_intents/{first}")).with_key(OTHER).send().await;
    shown.expect_refusal("404 invalid_request_error resource_missing");
    assert_eq!(shown.text_at("/error/param"), "intent");
    assert_eq!(shown.text_at("/error/message"), format!("No such payment_intent: '{first}'"));
    let list = test_bed.get("payment_intents").with_key(OTHER).send().await.success();
    assert_eq!(list.at("/data").as_array().unwrap().len(), 1);

    let ledger = test_bed.sandbox.ledger();
    let (first, second) = (test_bed.sandbox.account_of(KEY), test_bed.sandbox.account_of(OTHER));
    assert_eq!(ledger.captured(first.as_deref(), "usd"), 2000);
    assert_eq!(ledger.captured(second.as_deref(), "usd"), 3000);
    assert_eq!(ledger.captured(None, "usd"), 5000);
    assert_eq!(ledger.captured(None, "eur"), 0);
}

#[tokio::test]
async fn a_card_is_attached_to_one_customer() {
    let test_bed = TestBed::open().await;
    let customer = |name: &str| test_bed.post("customers", &format!("name={name}")).send();
    let (jenny, kim) = (customer("Jenny").await.success().id(), customer("Kim").await.success().id());
    let attach = |card: &str, to: &str| {
        test_bed.post(&format!("payment_methods/{card}/attach"), &format!("customer={to}")).send()
    };
    let card = attach("pm_card_mastercard", &jenny).await.success().id();
    assert!(card.starts_with("pm_") && card != "pm_card_mastercard");
    attach(&card, &jenny).await.success();
    attach(&card, &kim).await.expect_refusal("400 invalid_request_error -");
    attach("pm_card_visa", "cus_nobody").await.expect_refusal("400 invalid_request_error resource_missing");
    test_bed
        .pay("2000 usd", &card, &format!("customer={kim}"))
        .send()
        .await
        .expect_refusal("400 invalid_request_error -");
    test_bed
        .pay("2000 usd", &card, "")
        .send()
        .await
        .expect_refusal("400 invalid_request_error parameter_missing");
    test_bed.pay("2000 usd", &card, &format!("customer={jenny}")).send().await.success();
    test_bed.get(&format!("customers/{jenny}")).send().await.success();
}

#[tokio::test]
async fn an_unattached_card_pays_once() {
    let test_bed = TestBed::open().await;
    let paid = test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    let card = paid.text_at("/payment_method");
    let retry = test_bed.pay("2000 usd", card, "").send().await;
    retry.expect_refusal("400 invalid_request_error -");
    assert!(retry.text.contains("may not be used again"));
}

#[tokio::test]
async fn every_call_is_logged_as_received() {
    let test_bed = TestBed::open().await;
    test_bed.post("customers", "name=Jenny%20Rosen&metadata%5Ba%5D=1").send().await.success();
    test_bed.get("payment_intents?limit=3").send().await.success();
    let calls = test_bed.sandbox.calls();
    assert_eq!(calls[0].body, b"name=Jenny%20Rosen&metadata%5Ba%5D=1");
    assert_eq!(calls[0].header("Authorization"), Some("Bearer sk_test_*****"));
    assert_eq!((calls[1].path.as_str(), calls[1].query.as_str()), ("/v1/payment_intents", "limit=3"));
    assert_eq!(calls[1].answer.as_ref().unwrap().status, 200);
}
