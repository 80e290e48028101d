//! The control API for keys, accounts, customers and searches.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::tests::control::{control_get, control_post, control_refusal};
use crate::tests::test_bed::{KEY, TestBed, raw_card};

const CHALLENGED: &str = "pm_card_authenticationRequired";

#[tokio::test]
async fn authentications_pass_or_fail_over_http() {
    let test_bed = TestBed::open().await;
    for (passes, status) in [(true, "succeeded"), (false, "requires_payment_method")] {
        let id = test_bed.pay("2000 usd", CHALLENGED, "").send().await.success().id();
        let body = json!({"intent": id, "passes": passes});
        assert_eq!(control_post(&test_bed, "/authenticate", body.clone()).await, body);
        assert_eq!(
            test_bed.get(&format!("payment_intents/{id}")).send().await.success().text_at("/status"),
            status
        );
        let received = control_refusal(&test_bed, Method::POST, "/authenticate", &body.to_string()).await;
        assert_eq!(received, format!("404 no {id} waits for its customer"));
    }
}

#[tokio::test]
async fn keys_open_the_assigned_account_with_the_given_permissions() {
    let test_bed = TestBed::open().await;
    let customer = test_bed.customer().await;
    let path = format!("customers/{customer}");
    let account = test_bed.sandbox.account_of(KEY).unwrap();
    let rk = "rk_test_restricted";
    let answer = control_post(
        &test_bed,
        "/keys",
        json!({"key": rk, "account_of": KEY, "permissions": {"customers": "read"}}),
    )
    .await;
    assert_eq!(
        answer,
        json!({"key": "rk_test_******cted", "account": account, "expired": false, "revoked": false})
    );
    test_bed.get(&path).with_key(rk).send().await.success();
    test_bed
        .post(&path, "name=x")
        .with_key(rk)
        .send()
        .await
        .expect_refusal("403 invalid_request_error more_permissions_required");
    control_post(
        &test_bed,
        "/keys",
        json!({"key": rk, "permissions": {"customers": "write", "charges": "none"}}),
    )
    .await;
    test_bed.post(&path, "name=x").with_key(rk).send().await.success();
    control_post(&test_bed, "/keys", json!({"key": "sk_test_other", "account": account})).await;
    test_bed.get(&path).with_key("sk_test_other").send().await.success();
    let answer = control_post(&test_bed, "/keys", json!({"key": "sk_test_other", "revoked": true})).await;
    assert_eq!(answer["revoked"], json!(true));
    test_bed
        .get(&path)
        .with_key("sk_test_other")
        .send()
        .await
        .expect_refusal("401 invalid_request_error api_key_expired");
    for (body, expected) in [
        (json!({"key": KEY}), "say account, account_of, permissions, revoked, expired or expires_at"),
        (json!({"key": "nonsense", "revoked": true}), "is no key: sk_test_"),
        (json!({"key": KEY, "permissions": {}}), "only restricted keys, rk_…, have permissions"),
        (
            json!({"key": rk, "permissions": {"invoices": "read"}}),
            "there is no permission for invoices: there are some for account, balance",
        ),
        (
            json!({"key": rk, "permissions": {"customers": "all"}}),
            "all is no level of a permission: none, read, or write",
        ),
        (json!({"key": KEY, "account": "acct_1", "account_of": KEY}), "say either account or account_of"),
        (json!({"key": KEY, "account": "acct/1"}), "is no key"),
        (json!({"key": KEY, "revoked": false}), "revoked can only be true"),
        (json!({"key": KEY, "expired": false}), "expired can only be true"),
        (json!({"revoked": true}), "missing field `key`"),
        (
            json!({"key": KEY, "account_off": KEY}),
            "unknown field `account_off`, expected one of `key`, `account`",
        ),
    ] {
        let received = control_refusal(&test_bed, Method::POST, "/keys", &body.to_string()).await;
        assert!(received.starts_with("400 ") && received.contains(expected), "{body}: {received}");
    }
    test_bed.get(&path).send().await.success();
}

#[tokio::test]
async fn the_handle_sets_keys_like_the_control_api() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.assign_key("rk_test_restricted", KEY).unwrap();
    let permissions = [("customers".to_owned(), "read".to_owned())].into();
    test_bed.sandbox.permit_key("rk_test_restricted", &permissions).unwrap();
    test_bed.get("customers").with_key("rk_test_restricted").send().await.success();
    test_bed
        .get("charges")
        .with_key("rk_test_restricted")
        .send()
        .await
        .expect_refusal("403 invalid_request_error more_permissions_required");
    assert!(test_bed.sandbox.permit_key(KEY, &permissions).is_err());
    assert!(test_bed.sandbox.assign_key("nonsense", KEY).is_err());
    assert!(test_bed.sandbox.advance_to(0).is_err());
    test_bed.sandbox.advance_to(test_bed.sandbox.now().as_second() + 100).unwrap();
}

#[tokio::test]
async fn raw_card_numbers_are_allowed_per_account() {
    let test_bed = TestBed::open().await;
    let send = || test_bed.post("payment_methods", &raw_card("4242424242424242", "")).send();
    assert_eq!(send().await.status, 402);
    let account = test_bed.sandbox.account_of(KEY).unwrap();
    let answer =
        control_post(&test_bed, "/raw_cards", json!({"account_of": KEY, "raw_cards": "test_numbers"})).await;
    assert_eq!(answer, json!({"account": account, "raw_cards": "test_numbers"}));
    send().await.success();
    control_post(&test_bed, "/raw_cards", json!({"account": account, "raw_cards": "refused"})).await;
    assert_eq!(send().await.status, 402);
    for (body, expected) in [
        (json!({"raw_cards": "refused"}), "say account or account_of"),
        (
            json!({"account_of": KEY, "raw_cards": "some"}),
            "unknown variant `some`, expected one of `refused`",
        ),
        (json!({"account_of": "x", "raw_cards": "refused"}), "is no key"),
    ] {
        let received = control_refusal(&test_bed, Method::POST, "/raw_cards", &body.to_string()).await;
        assert!(received.starts_with("400 ") && received.contains(expected), "{body}: {received}");
    }
}

#[tokio::test]
async fn the_search_lag_delays_new_objects() {
    let test_bed = TestBed::open().await;
    assert_eq!(control_get(&test_bed, "/search_lag").await, json!({"seconds": 0}));
    assert_eq!(control_post(&test_bed, "/search_lag", json!({"seconds": 60})).await, json!({"seconds": 60}));
    test_bed.customer().await;
    let found = || test_bed.get("customers/search?query=name:'Jenny'").send();
    assert_eq!(found().await.success().ids().len(), 0);
    test_bed.sandbox.advance(Duration::from_secs(61));
    assert_eq!(found().await.success().ids().len(), 1);
    assert!(
        control_refusal(&test_bed, Method::POST, "/search_lag", "{\"seconds\": -1}")
            .await
            .starts_with("400 ")
    );
}
