//! The control API for keys, accounts, customers and searches.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::tests::control::{inspect, tell, wrong};
use crate::tests::stage::{KEY, Stage, raw};

const CHALLENGED: &str = "pm_card_authenticationRequired";

#[tokio::test]
async fn customers_pass_or_fail_at_their_bank() {
    let stage = Stage::open().await;
    for (passes, status) in [(true, "succeeded"), (false, "requires_payment_method")] {
        let id = stage.pay("2000 usd", CHALLENGED, "").send().await.good().id();
        let body = json!({"intent": id, "passes": passes});
        assert_eq!(tell(&stage, "/authenticate", body.clone()).await, body);
        assert_eq!(
            stage.get(&format!("payment_intents/{id}")).send().await.good().text_at("/status"),
            status
        );
        let received = wrong(&stage, Method::POST, "/authenticate", &body.to_string()).await;
        assert_eq!(received, format!("404 no {id} waits for its customer"));
    }
}

#[tokio::test]
async fn keys_open_what_they_are_said_to_open() {
    let stage = Stage::open().await;
    let customer = stage.customer().await;
    let path = format!("customers/{customer}");
    let account = stage.sandbox.account_of(KEY).unwrap();
    let rk = "rk_test_restricted";
    let said =
        tell(&stage, "/keys", json!({"key": rk, "account_of": KEY, "permissions": {"customers": "read"}}))
            .await;
    assert_eq!(said, json!({"key": "rk_test_******cted", "account": account, "revoked": false}));
    stage.get(&path).by(rk).send().await.good();
    stage
        .post(&path, "name=x")
        .by(rk)
        .send()
        .await
        .refused("403 invalid_request_error more_permissions_required");
    tell(&stage, "/keys", json!({"key": rk, "permissions": {"customers": "write", "charges": "none"}})).await;
    stage.post(&path, "name=x").by(rk).send().await.good();
    tell(&stage, "/keys", json!({"key": "sk_test_other", "account": account})).await;
    stage.get(&path).by("sk_test_other").send().await.good();
    let said = tell(&stage, "/keys", json!({"key": "sk_test_other", "revoked": true})).await;
    assert_eq!(said["revoked"], json!(true));
    stage.get(&path).by("sk_test_other").send().await.refused("401 invalid_request_error api_key_expired");
    for (body, said) in [
        (json!({"key": KEY}), "say account, account_of, permissions or revoked"),
        (json!({"key": "nonsense", "revoked": true}), "is no key: sk_test_"),
        (json!({"key": KEY, "permissions": {}}), "only restricted keys, rk_…, have permissions"),
        (
            json!({"key": rk, "permissions": {"payouts": "read"}}),
            "there is no permission for payouts: there are some for balance",
        ),
        (
            json!({"key": rk, "permissions": {"customers": "all"}}),
            "all is no level of a permission: none, read, or write",
        ),
        (json!({"key": KEY, "account": "acct_1", "account_of": KEY}), "say either account or account_of"),
        (json!({"key": KEY, "account": "acct/1"}), "is no key"),
        (json!({"key": KEY, "revoked": false}), "revoked can only be true"),
        (json!({"revoked": true}), "missing field `key`"),
        (
            json!({"key": KEY, "account_off": KEY}),
            "unknown field `account_off`, expected one of `key`, `account`",
        ),
    ] {
        let received = wrong(&stage, Method::POST, "/keys", &body.to_string()).await;
        assert!(received.starts_with("400 ") && received.contains(said), "{body}: {received}");
    }
    stage.get(&path).send().await.good();
}

#[tokio::test]
async fn the_handle_says_the_same_of_keys() {
    let stage = Stage::open().await;
    stage.sandbox.assign_key("rk_test_restricted", KEY).unwrap();
    let permissions = [("customers".to_owned(), "read".to_owned())].into();
    stage.sandbox.permit_key("rk_test_restricted", &permissions).unwrap();
    stage.get("customers").by("rk_test_restricted").send().await.good();
    stage
        .get("charges")
        .by("rk_test_restricted")
        .send()
        .await
        .refused("403 invalid_request_error more_permissions_required");
    assert!(stage.sandbox.permit_key(KEY, &permissions).is_err());
    assert!(stage.sandbox.assign_key("nonsense", KEY).is_err());
    assert!(stage.sandbox.advance_to(0).is_err());
    stage.sandbox.advance_to(stage.sandbox.now().as_second() + 100).unwrap();
}

#[tokio::test]
async fn an_account_may_send_card_numbers() {
    let stage = Stage::open().await;
    let send = || stage.post("payment_methods", &raw("4242424242424242", "")).send();
    assert_eq!(send().await.status, 402);
    let account = stage.sandbox.account_of(KEY).unwrap();
    let said = tell(&stage, "/raw_cards", json!({"account_of": KEY, "raw_cards": "test_numbers"})).await;
    assert_eq!(said, json!({"account": account, "raw_cards": "test_numbers"}));
    send().await.good();
    tell(&stage, "/raw_cards", json!({"account": account, "raw_cards": "refused"})).await;
    assert_eq!(send().await.status, 402);
    for (body, said) in [
        (json!({"raw_cards": "refused"}), "say account or account_of"),
        (
            json!({"account_of": KEY, "raw_cards": "some"}),
            "unknown variant `some`, expected one of `refused`",
        ),
        (json!({"account_of": "x", "raw_cards": "refused"}), "is no key"),
    ] {
        let received = wrong(&stage, Method::POST, "/raw_cards", &body.to_string()).await;
        assert!(received.starts_with("400 ") && received.contains(said), "{body}: {received}");
    }
}

#[tokio::test]
async fn searching_may_lag_behind() {
    let stage = Stage::open().await;
    assert_eq!(inspect(&stage, "/search_lag").await, json!({"seconds": 0}));
    assert_eq!(tell(&stage, "/search_lag", json!({"seconds": 60})).await, json!({"seconds": 60}));
    stage.customer().await;
    let found = || stage.get("customers/search?query=name:'Jenny'").send();
    assert_eq!(found().await.good().ids().len(), 0);
    stage.sandbox.advance(Duration::from_secs(61));
    assert_eq!(found().await.good().ids().len(), 1);
    assert!(wrong(&stage, Method::POST, "/search_lag", "{\"seconds\": -1}").await.starts_with("400 "));
}
