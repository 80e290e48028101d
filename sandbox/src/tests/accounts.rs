//! Accounts are separate: in their objects, in their keys, and in the ledger.

use crate::tests::stage::{KEY, Stage};

const OTHER: &str = "sk_test_other";

#[tokio::test]
async fn nothing_of_one_account_is_seen_by_another() {
    let stage = Stage::open().await;
    let mine = stage.pay("2000 usd", "pm_card_visa", "").once("order-8").send().await.good().id();
    let theirs = stage.pay("3000 usd", "pm_card_visa", "").once("order-8").by(OTHER).send().await.good();
    assert_eq!(theirs.header("idempotent-replayed"), "-");
    let shown = stage.get(&format!("payment_intents/{mine}")).by(OTHER).send().await;
    shown.refused("404 invalid_request_error resource_missing");
    assert_eq!(shown.text_at("/error/param"), "intent");
    assert_eq!(shown.text_at("/error/message"), format!("No such payment_intent: '{mine}'"));
    let list = stage.get("payment_intents").by(OTHER).send().await.good();
    assert_eq!(list.at("/data").as_array().unwrap().len(), 1);

    let ledger = stage.sandbox.ledger();
    let (mine, theirs) = (stage.sandbox.account_of(KEY), stage.sandbox.account_of(OTHER));
    assert_eq!(ledger.captured(mine.as_deref(), "usd"), 2000);
    assert_eq!(ledger.captured(theirs.as_deref(), "usd"), 3000);
    assert_eq!(ledger.captured(None, "usd"), 5000);
    assert_eq!(ledger.captured(None, "eur"), 0);
}

#[tokio::test]
async fn a_card_belongs_to_one_customer() {
    let stage = Stage::open().await;
    let customer = |name: &str| stage.post("customers", &format!("name={name}")).send();
    let (jenny, kim) = (customer("Jenny").await.good().id(), customer("Kim").await.good().id());
    let attach = |card: &str, to: &str| {
        stage.post(&format!("payment_methods/{card}/attach"), &format!("customer={to}")).send()
    };
    let card = attach("pm_card_mastercard", &jenny).await.good().id();
    assert!(card.starts_with("pm_") && card != "pm_card_mastercard");
    attach(&card, &jenny).await.good();
    attach(&card, &kim).await.refused("400 invalid_request_error -");
    attach("pm_card_visa", "cus_nobody").await.refused("400 invalid_request_error resource_missing");
    stage
        .pay("2000 usd", &card, &format!("customer={kim}"))
        .send()
        .await
        .refused("400 invalid_request_error -");
    stage.pay("2000 usd", &card, "").send().await.refused("400 invalid_request_error parameter_missing");
    stage.pay("2000 usd", &card, &format!("customer={jenny}")).send().await.good();
    stage.get(&format!("customers/{jenny}")).send().await.good();
}

#[tokio::test]
async fn a_card_of_nobody_pays_once() {
    let stage = Stage::open().await;
    let paid = stage.pay("2000 usd", "pm_card_visa", "").send().await.good();
    let card = paid.text_at("/payment_method");
    let retry = stage.pay("2000 usd", card, "").send().await;
    retry.refused("400 invalid_request_error -");
    assert!(retry.text.contains("may not be used again"));
}

#[tokio::test]
async fn every_call_is_logged_as_it_was_received() {
    let stage = Stage::open().await;
    stage.post("customers", "name=Jenny%20Rosen&metadata%5Ba%5D=1").send().await.good();
    stage.get("payment_intents?limit=3").send().await.good();
    let calls = stage.sandbox.calls();
    assert_eq!(calls[0].body, b"name=Jenny%20Rosen&metadata%5Ba%5D=1");
    assert_eq!(calls[0].header("Authorization"), Some("Bearer sk_test_*****"));
    assert_eq!((calls[1].path.as_str(), calls[1].query.as_str()), ("/v1/payment_intents", "limit=3"));
    assert_eq!(calls[1].answer.as_ref().unwrap().status, 200);
}
