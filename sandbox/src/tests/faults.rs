//! Each fault of calls, with the answer that the caller receives and the entries in the ledger.

use crate::tests::stage::Stage;
use crate::{Fault, FaultRule, RateLimit, Sandbox, Settings};

const NOTHING: [&str; 0] = [];
const CHARGED: [&str; 2] = ["Authorized 2000 usd", "Captured 2000 usd"];

#[tokio::test]
async fn refusals_have_no_effect() {
    let stage = Stage::open().await;
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
        stage.sandbox.arm(fault);
        let received = stage.pay("2000 usd", "pm_card_visa", "").once("k").send().await;
        assert_eq!(received.status, status, "{fault:?}");
        assert_eq!(received.header(header.0), header.1, "{fault:?}");
        assert!(received.header("request-id").starts_with("req_"));
        assert_eq!(stage.ledger(), NOTHING, "{fault:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_has_no_effect_and_a_lost_answer_has() {
    let stage = Stage::open().await;
    let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("k").try_send();
    stage.sandbox.arm(Fault::RefuseBefore);
    let error = pay().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
    assert_eq!(stage.ledger(), NOTHING);

    stage.sandbox.arm(Fault::LoseAnswer);
    let error = pay().await.unwrap_err();
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
    assert_eq!(stage.ledger(), CHARGED);

    assert_eq!(pay().await.unwrap().good().header("idempotent-replayed"), "true");
    assert_eq!(stage.ledger(), CHARGED);
    let calls = stage.sandbox.calls();
    assert_eq!(calls[0].answer, None);
    assert_eq!(calls[1].answer.as_ref().unwrap().status, 200);
    assert_eq!(calls[1].fault, Some(Fault::LoseAnswer));
}

#[tokio::test]
async fn an_answer_that_was_kept_can_get_lost_too() {
    let stage = Stage::open().await;
    stage.sandbox.arm_rule(FaultRule { times: Some(3), ..FaultRule::next_call(Fault::LoseAnswer) });
    let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("k").try_send();
    for _ in 0..3 {
        pay().await.unwrap_err();
    }
    assert_eq!(pay().await.unwrap().good().header("idempotent-replayed"), "true");
    assert_eq!(stage.ledger(), CHARGED);
}

#[tokio::test]
async fn a_body_is_cut_in_the_middle() {
    let stage = Stage::open().await;
    stage.sandbox.arm(Fault::CutBody);
    let error = stage.pay("2000 usd", "pm_card_visa", "").try_send().await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "the headers came, and the body did not: {error:?}");
    assert_eq!(stage.ledger(), CHARGED);
}

#[tokio::test]
async fn answers_that_are_no_json_come_after_the_effect() {
    for fault in [Fault::BrokenJson, Fault::Html, Fault::Truncated] {
        let stage = Stage::open().await;
        stage.sandbox.arm(fault);
        let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("k").send();
        let received = pay().await.good();
        assert!(received.body.is_null(), "{fault:?}: {}", received.text);
        assert_eq!(received.header("content-length"), received.text.len().to_string());
        let kind = if fault == Fault::Html { "text/html" } else { "application/json" };
        assert_eq!(received.header("content-type"), kind);
        assert_eq!(stage.ledger(), CHARGED);
        assert_eq!(pay().await.good().text_at("/status"), "succeeded");
    }
}

#[tokio::test]
async fn a_server_error_is_kept_whether_it_had_an_effect_or_not() {
    for effect in [true, false] {
        let stage = Stage::open().await;
        stage.sandbox.arm(Fault::ServerError { effect });
        let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("k").send();
        pay().await.refused("500 api_error -");
        let retry = pay().await;
        retry.refused("500 api_error -");
        assert_eq!(retry.header("idempotent-replayed"), "true");
        let expected: &[&str] = if effect { &CHARGED } else { &NOTHING };
        assert_eq!(stage.ledger(), expected);
    }
}

#[tokio::test]
async fn a_rule_hits_only_the_calls_it_names() {
    let stage = Stage::open().await;
    let rule = FaultRule {
        times: Some(2),
        method: Some("POST".to_owned()),
        path: Some("/v1/payment_intents/".to_owned()),
        ..FaultRule::every_call(Fault::Unavailable)
    };
    stage.sandbox.arm_rule(rule.clone());
    let id = stage.hold("2000 usd").await;
    let capture = || stage.post(&format!("payment_intents/{id}/capture"), "").send();
    capture().await.refused("503 api_error -");
    stage.get(&format!("payment_intents/{id}")).send().await.good();
    capture().await.refused("503 api_error -");
    stage.sandbox.arm_rule(rule);
    stage.sandbox.disarm();
    capture().await.good();
}

#[tokio::test]
async fn a_limit_says_which_it_is() {
    let stage = Stage::open().await;
    for (reason, word) in [
        (RateLimit::GlobalConcurrency, "global-concurrency"),
        (RateLimit::EndpointConcurrency, "endpoint-concurrency"),
        (RateLimit::EndpointRate, "endpoint-rate"),
        (RateLimit::ResourceSpecific, "resource-specific"),
    ] {
        stage.sandbox.arm(Fault::RateLimited { reason });
        let received = stage.get("customers").send().await;
        assert_eq!(
            received.refused("429 invalid_request_error rate_limit").header("stripe-rate-limited-reason"),
            word
        );
    }
}

#[tokio::test]
async fn a_huge_answer_is_streamed_and_still_json() {
    let stage = Stage::open().await;
    stage.sandbox.arm(Fault::Huge { bytes: 10_000_000 });
    let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("k").unshaped().send();
    let received = pay().await.good();
    assert_eq!((received.text.len(), received.header("content-length")), (10_000_000, "10000000"));
    assert_eq!(received.text_at("/status"), "succeeded");
    assert!(pay().await.good().text.len() < 10_000);
    assert_eq!(stage.ledger(), CHARGED);
}

#[tokio::test]
async fn a_huge_answer_that_nobody_reads_costs_nothing() {
    let stage = Stage::open().await;
    stage.sandbox.arm(Fault::Huge { bytes: u64::MAX / 2 });
    let received = stage.pay("2000 usd", "pm_card_visa", "").once("k").impatient(300).try_send().await;
    assert!(received.is_err());
    assert_eq!(
        stage.pay("2000 usd", "pm_card_visa", "").once("k").send().await.good().text_at("/status"),
        "succeeded"
    );
}

#[tokio::test]
async fn a_wrong_object_comes_after_the_effect_and_is_not_kept() {
    let stage = Stage::open().await;
    stage.sandbox.arm(Fault::WrongObject);
    let pay = || stage.pay("2000 usd", "pm_card_visa", "").once("k").send();
    let wrong = stage.pay("2000 usd", "pm_card_visa", "").once("k").unshaped().send().await.good();
    assert_eq!(wrong.text_at("/object"), "customer");
    assert!(wrong.id().starts_with("cus_"));
    assert_eq!(stage.ledger(), CHARGED);
    assert_eq!(pay().await.good().text_at("/object"), "payment_intent");
    stage.sandbox.arm(Fault::WrongObject);
    assert_eq!(stage.post("customers", "").unshaped().send().await.good().text_at("/object"), "list");
    stage.sandbox.arm(Fault::WrongObject);
    let refused = stage.pay("49 usd", "pm_card_visa", "").send().await;
    refused.refused("400 invalid_request_error amount_too_small");
}

#[tokio::test]
async fn a_pattern_names_one_kind_of_call() {
    let stage = Stage::open().await;
    let path = Some("/v1/payment_intents/*/capture".to_owned());
    stage.sandbox.arm_rule(FaultRule { path, ..FaultRule::every_call(Fault::Unavailable) });
    let id = stage.hold("2000 usd").await;
    for _ in 0..3 {
        stage.post(&format!("payment_intents/{id}/capture"), "").send().await.refused("503 api_error -");
    }
    stage.post(&format!("payment_intents/{id}/cancel"), "").send().await.good();
    assert_eq!(stage.sandbox.armed()[0].hits, 3);
}

#[tokio::test]
async fn a_rule_can_name_a_payment_or_an_account() {
    let stage = Stage::open().await;
    let every = || FaultRule::every_call(Fault::BadGateway);
    stage.sandbox.arm_rule(FaultRule { idempotency_key: Some("order-8".to_owned()), ..every() });
    stage.sandbox.arm_rule(FaultRule { metadata: [("order".to_owned(), "9".to_owned())].into(), ..every() });
    stage.sandbox.arm_rule(FaultRule { account: Some("sk_test_other".to_owned()), ..every() });
    let bad = "502 api_error -";
    stage.pay("2000 usd", "pm_card_visa", "").once("order-8/1").send().await.refused(bad);
    stage.pay("2000 usd", "pm_card_visa", "metadata[order]=9").send().await.refused(bad);
    stage.get("customers").by("sk_test_other").send().await.refused(bad);
    stage.pay("2000 usd", "pm_card_visa", "metadata[order]=8").once("order-9").send().await.good();
    let account = stage.sandbox.account_of("sk_test_other");
    assert_eq!(stage.sandbox.armed()[2].rule.account, account, "the key itself is not shown");
    stage.sandbox.arm_rule(FaultRule { account: Some("nobody".to_owned()), ..every() });
    assert_eq!(stage.sandbox.armed().len(), 3);
}

#[tokio::test]
async fn rates_are_the_same_for_the_same_seed_and_stand_in_the_log() {
    for _ in 0..2 {
        let stage =
            Stage::of(Sandbox::start(Settings { seed: Some(7), ..Settings::default() }).await.unwrap());
        let one_in = |fault, rate_per_mille| FaultRule { rate_per_mille, ..FaultRule::every_call(fault) };
        stage.sandbox.arm_rule(one_in(Fault::Unavailable, 100));
        stage.sandbox.arm_rule(one_in(Fault::LockTimeout, 200));
        let mut received = [0, 0, 0];
        for _ in 0..200 {
            let status = stage.get("customers").send().await.status;
            received[[200, 503, 429].iter().position(|known| *known == status).unwrap()] += 1;
        }
        assert_eq!(received, [149, 20, 31]);
        let logged = |fault| stage.sandbox.calls().iter().filter(|call| call.fault == fault).count();
        let seen = [logged(None), logged(Some(Fault::Unavailable)), logged(Some(Fault::LockTimeout))];
        assert_eq!(seen, received, "each call was hit by one rule at the most");
        let hits: Vec<u32> = stage.sandbox.armed().iter().map(|armed| armed.hits).collect();
        assert_eq!(hits, [20, 31]);
        assert_eq!(stage.sandbox.fault_hits()["lock_timeout"], 31);
    }
}

#[tokio::test]
async fn what_browsers_ask_before_a_call_uses_up_no_fault() {
    let stage = Stage::open().await;
    stage.sandbox.arm(Fault::Unavailable);
    let client = reqwest::Client::builder().build().unwrap();
    let asked = format!("{}/v1/payment_intents", stage.sandbox.url());
    let options = client.request(reqwest::Method::OPTIONS, asked).send().await.unwrap();
    assert_eq!(options.status(), 200);
    assert_eq!(client.get(format!("{}/v3/", stage.sandbox.url())).send().await.unwrap().status(), 200);
    stage.get("customers").send().await.refused("503 api_error -");
}

#[tokio::test]
async fn what_was_refused_before_it_began_is_not_kept() {
    let stage = Stage::open().await;
    let pay = |amount| stage.pay(amount, "pm_card_visa", "").once("k");
    pay("2000 usd").by("sk_nonsense").send().await.refused("401 invalid_request_error -");
    stage.sandbox.arm(Fault::ServerError { effect: true });
    pay("49 usd").send().await.refused("400 invalid_request_error amount_too_small");
    pay("2000 usd").send().await.good();
    assert_eq!(stage.ledger(), CHARGED);
}
