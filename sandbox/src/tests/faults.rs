//! Each fault of calls, with the answer that the caller receives and the entries in the ledger.

use crate::tests::test_bed::TestBed;
use crate::{Fault, FaultRule, RateLimit, Sandbox, Settings};

const NOTHING: [&str; 0] = [];
const CHARGED: [&str; 2] = ["Authorized 2000 usd", "Captured 2000 usd"];

#[tokio::test]
async fn refusing_faults_have_no_effect() {
    let test_bed = TestBed::open().await;
    for (fault, status, header) in [
        (Fault::RATE_LIMITED, 429, ("stripe-rate-limited-reason", "global-rate")),
        (Fault::LockTimeout, 429, ("stripe-rate-limited-reason", "-")),
        (Fault::KeyInUse, 409, ("stripe-should-retry", "-")),
        (Fault::BadGateway, 502, ("stripe-should-retry", "-")),
        (Fault::Unavailable, 503, ("stripe-should-retry", "-")),
        (Fault::GatewayTimeout, 504, ("stripe-should-retry", "-")),
        (Fault::ShouldRetry(true), 503, ("stripe-should-retry", "true")),
        (Fault::ShouldRetry(false), 503, ("stripe-should-retry", "false")),
    ] {
        test_bed.sandbox.arm(fault);
        let received = test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k").send().await;
        assert_eq!(received.status, status, "{fault:?}");
        assert_eq!(received.header(header.0), header.1, "{fault:?}");
        assert!(received.header("request-id").starts_with("req_"));
        assert_eq!(test_bed.ledger(), NOTHING, "{fault:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_has_no_effect_and_a_lost_answer_has_an_effect() {
    let test_bed = TestBed::open().await;
    let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k").try_send();
    test_bed.sandbox.arm(Fault::RefuseBefore);
    let error = pay().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
    assert_eq!(test_bed.ledger(), NOTHING);

    test_bed.sandbox.arm(Fault::LoseAnswer);
    let error = pay().await.unwrap_err();
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
    assert_eq!(test_bed.ledger(), CHARGED);

    assert_eq!(pay().await.unwrap().success().header("idempotent-replayed"), "true");
    assert_eq!(test_bed.ledger(), CHARGED);
    let calls = test_bed.sandbox.calls();
    assert_eq!(calls[0].answer, None);
    assert_eq!(calls[1].answer.as_ref().unwrap().status, 200);
    assert_eq!(calls[1].fault, Some(Fault::LoseAnswer));
}

#[tokio::test]
async fn a_replayed_answer_can_be_lost_too() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.arm_rule(FaultRule { times: Some(3), ..FaultRule::next_call(Fault::LoseAnswer) });
    let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k").try_send();
    for _ in 0..3 {
        pay().await.unwrap_err();
    }
    assert_eq!(pay().await.unwrap().success().header("idempotent-replayed"), "true");
    assert_eq!(test_bed.ledger(), CHARGED);
}

#[tokio::test]
async fn a_cut_body_ends_early_after_the_effect() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.arm(Fault::CutBody);
    let error = test_bed.pay("2000 usd", "pm_card_visa", "").try_send().await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "the headers came, and the body did not: {error:?}");
    assert_eq!(test_bed.ledger(), CHARGED);
}

#[tokio::test]
async fn malformed_answers_come_after_the_effect() {
    for fault in [Fault::BrokenJson, Fault::Html, Fault::Truncated] {
        let test_bed = TestBed::open().await;
        test_bed.sandbox.arm(fault);
        let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k").send();
        let received = pay().await.success();
        assert!(received.body.is_null(), "{fault:?}: {}", received.text);
        assert_eq!(received.header("content-length"), received.text.len().to_string());
        let kind = if fault == Fault::Html { "text/html" } else { "application/json" };
        assert_eq!(received.header("content-type"), kind);
        assert_eq!(test_bed.ledger(), CHARGED);
        assert_eq!(pay().await.success().text_at("/status"), "succeeded");
    }
}

#[tokio::test]
async fn a_server_error_is_replayed_with_and_without_an_effect() {
    for effect in [true, false] {
        let test_bed = TestBed::open().await;
        test_bed.sandbox.arm(Fault::ServerError { effect });
        let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k").send();
        pay().await.expect_refusal("500 api_error -");
        let retry = pay().await;
        retry.expect_refusal("500 api_error -");
        assert_eq!(retry.header("idempotent-replayed"), "true");
        let expected: &[&str] = if effect { &CHARGED } else { &NOTHING };
        assert_eq!(test_bed.ledger(), expected);
    }
}

#[tokio::test]
async fn a_rule_hits_only_matching_calls() {
    let test_bed = TestBed::open().await;
    let rule = FaultRule {
        times: Some(2),
        method: Some("POST".to_owned()),
        path: Some("/v1/payment_intents/".to_owned()),
        ..FaultRule::every_call(Fault::Unavailable)
    };
    test_bed.sandbox.arm_rule(rule.clone());
    let id = test_bed.hold("2000 usd").await;
    let capture = || test_bed.post(&format!("payment_intents/{id}/capture"), "").send();
    capture().await.expect_refusal("503 api_error -");
    test_bed.get(&format!("payment_intents/{id}")).send().await.success();
    capture().await.expect_refusal("503 api_error -");
    test_bed.sandbox.arm_rule(rule);
    test_bed.sandbox.disarm();
    capture().await.success();
}

#[tokio::test]
async fn a_rate_limit_names_the_reason() {
    let test_bed = TestBed::open().await;
    for (reason, word) in [
        (RateLimit::GlobalConcurrency, "global-concurrency"),
        (RateLimit::EndpointConcurrency, "endpoint-concurrency"),
        (RateLimit::EndpointRate, "endpoint-rate"),
        (RateLimit::ResourceSpecific, "resource-specific"),
    ] {
        test_bed.sandbox.arm(Fault::RateLimited { reason });
        let received = test_bed.get("customers").send().await;
        assert_eq!(
            received
                .expect_refusal("429 invalid_request_error rate_limit")
                .header("stripe-rate-limited-reason"),
            word
        );
    }
}

#[tokio::test]
async fn a_padded_answer_is_streamed_and_valid_json() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.arm(Fault::Huge { bytes: 10_000_000 });
    let pay = || {
        test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k").without_schema_check().send()
    };
    let received = pay().await.success();
    assert_eq!((received.text.len(), received.header("content-length")), (10_000_000, "10000000"));
    assert_eq!(received.text_at("/status"), "succeeded");
    assert!(pay().await.success().text.len() < 10_000);
    assert_eq!(test_bed.ledger(), CHARGED);
}

#[tokio::test]
async fn an_unread_padded_answer_uses_no_memory() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.arm(Fault::Huge { bytes: u64::MAX / 2 });
    let received = test_bed
        .pay("2000 usd", "pm_card_visa", "")
        .with_idempotency_key("k")
        .with_timeout_ms(300)
        .try_send()
        .await;
    assert!(received.is_err());
    assert_eq!(
        test_bed
            .pay("2000 usd", "pm_card_visa", "")
            .with_idempotency_key("k")
            .send()
            .await
            .success()
            .text_at("/status"),
        "succeeded"
    );
}

#[tokio::test]
async fn a_wrong_object_comes_after_the_effect_and_is_not_replayed() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.arm(Fault::WrongObject);
    let pay = || test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k").send();
    let wrong_object = test_bed
        .pay("2000 usd", "pm_card_visa", "")
        .with_idempotency_key("k")
        .without_schema_check()
        .send()
        .await
        .success();
    assert_eq!(wrong_object.text_at("/object"), "customer");
    assert!(wrong_object.id().starts_with("cus_"));
    assert_eq!(test_bed.ledger(), CHARGED);
    assert_eq!(pay().await.success().text_at("/object"), "payment_intent");
    test_bed.sandbox.arm(Fault::WrongObject);
    assert_eq!(
        test_bed.post("customers", "").without_schema_check().send().await.success().text_at("/object"),
        "list"
    );
    test_bed.sandbox.arm(Fault::WrongObject);
    let refused = test_bed.pay("49 usd", "pm_card_visa", "").send().await;
    refused.expect_refusal("400 invalid_request_error amount_too_small");
}

#[tokio::test]
async fn a_path_pattern_hits_one_kind_of_call() {
    let test_bed = TestBed::open().await;
    let path = Some("/v1/payment_intents/*/capture".to_owned());
    test_bed.sandbox.arm_rule(FaultRule { path, ..FaultRule::every_call(Fault::Unavailable) });
    let id = test_bed.hold("2000 usd").await;
    for _ in 0..3 {
        test_bed
            .post(&format!("payment_intents/{id}/capture"), "")
            .send()
            .await
            .expect_refusal("503 api_error -");
    }
    test_bed.post(&format!("payment_intents/{id}/cancel"), "").send().await.success();
    assert_eq!(test_bed.sandbox.armed()[0].hits, 3);
}

#[tokio::test]
async fn a_rule_can_select_a_payment_or_an_account() {
    let test_bed = TestBed::open().await;
    let every = || FaultRule::every_call(Fault::BadGateway);
    test_bed.sandbox.arm_rule(FaultRule { idempotency_key: Some("order-8".to_owned()), ..every() });
    test_bed
        .sandbox
        .arm_rule(FaultRule { metadata: [("order".to_owned(), "9".to_owned())].into(), ..every() });
    test_bed.sandbox.arm_rule(FaultRule { account: Some("sk_test_other".to_owned()), ..every() });
    let bad = "502 api_error -";
    test_bed
        .pay("2000 usd", "pm_card_visa", "")
        .with_idempotency_key("order-8/1")
        .send()
        .await
        .expect_refusal(bad);
    test_bed.pay("2000 usd", "pm_card_visa", "metadata[order]=9").send().await.expect_refusal(bad);
    test_bed.get("customers").with_key("sk_test_other").send().await.expect_refusal(bad);
    test_bed
        .pay("2000 usd", "pm_card_visa", "metadata[order]=8")
        .with_idempotency_key("order-9")
        .send()
        .await
        .success();
    let account = test_bed.sandbox.account_of("sk_test_other");
    assert_eq!(test_bed.sandbox.armed()[2].rule.account, account, "the key itself is not shown");
    test_bed.sandbox.arm_rule(FaultRule { account: Some("nobody".to_owned()), ..every() });
    assert_eq!(test_bed.sandbox.armed().len(), 3);
}

#[tokio::test]
async fn equal_seeds_give_equal_hits_and_the_log_shows_each_hit() {
    for _ in 0..2 {
        let test_bed =
            TestBed::of(Sandbox::start(Settings { seed: Some(7), ..Settings::default() }).await.unwrap());
        let with_rate = |fault, rate_per_mille| FaultRule { rate_per_mille, ..FaultRule::every_call(fault) };
        test_bed.sandbox.arm_rule(with_rate(Fault::Unavailable, 100));
        test_bed.sandbox.arm_rule(with_rate(Fault::LockTimeout, 200));
        let mut received = [0, 0, 0];
        for _ in 0..200 {
            let status = test_bed.get("customers").send().await.status;
            received[[200, 503, 429].iter().position(|known| *known == status).unwrap()] += 1;
        }
        assert_eq!(received, [149, 20, 31]);
        let logged = |fault| test_bed.sandbox.calls().iter().filter(|call| call.fault == fault).count();
        let seen = [logged(None), logged(Some(Fault::Unavailable)), logged(Some(Fault::LockTimeout))];
        assert_eq!(seen, received, "each call was hit by one rule at the most");
        let hits: Vec<u32> = test_bed.sandbox.armed().iter().map(|armed| armed.hits).collect();
        assert_eq!(hits, [20, 31]);
        assert_eq!(test_bed.sandbox.fault_hits()["lock_timeout"], 31);
    }
}

#[tokio::test]
async fn preflight_requests_use_up_no_fault() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.arm(Fault::Unavailable);
    let client = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/v1/payment_intents", test_bed.sandbox.url());
    let options = client.request(reqwest::Method::OPTIONS, url).send().await.unwrap();
    assert_eq!(options.status(), 200);
    assert_eq!(client.get(format!("{}/v3/", test_bed.sandbox.url())).send().await.unwrap().status(), 200);
    test_bed.get("customers").send().await.expect_refusal("503 api_error -");
}

#[tokio::test]
async fn refusals_before_execution_are_not_replayed() {
    let test_bed = TestBed::open().await;
    let pay = |amount| test_bed.pay(amount, "pm_card_visa", "").with_idempotency_key("k");
    pay("2000 usd").with_key("sk_nonsense").send().await.expect_refusal("401 invalid_request_error -");
    test_bed.sandbox.arm(Fault::ServerError { effect: true });
    pay("49 usd").send().await.expect_refusal("400 invalid_request_error amount_too_small");
    pay("2000 usd").send().await.success();
    assert_eq!(test_bed.ledger(), CHARGED);
}
