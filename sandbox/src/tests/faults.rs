//! Each fault, by what the caller hears and what the ledger says.

use crate::tests::stage::Stage;
use crate::{Fault, FaultRule};

const NOTHING: [&str; 0] = [];
const CHARGED: [&str; 2] = ["Authorized 2000 usd", "Captured 2000 usd"];

#[tokio::test]
async fn refusals_have_no_effect() {
    let stage = Stage::open().await;
    for (fault, status, header) in [
        (Fault::RateLimited, 429, ("stripe-rate-limited-reason", "global-rate")),
        (Fault::LockTimeout, 429, ("stripe-rate-limited-reason", "-")),
        (Fault::KeyInUse, 409, ("stripe-should-retry", "-")),
        (Fault::BadGateway, 502, ("stripe-should-retry", "-")),
        (Fault::Unavailable, 503, ("stripe-should-retry", "-")),
        (Fault::GatewayTimeout, 504, ("stripe-should-retry", "-")),
        (Fault::ShouldRetry(true), 503, ("stripe-should-retry", "true")),
        (Fault::ShouldRetry(false), 503, ("stripe-should-retry", "false")),
    ] {
        stage.sandbox.arm(fault);
        let heard = stage.pay("2000 usd", "pm_card_visa", "").once("k").send().await;
        assert_eq!(heard.status, status, "{fault:?}");
        assert_eq!(heard.header(header.0), header.1, "{fault:?}");
        assert!(heard.header("request-id").starts_with("req_"));
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
    stage.sandbox.arm_rule(FaultRule { times: 3, ..FaultRule::next_call(Fault::LoseAnswer) });
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
        let heard = pay().await.good();
        assert!(heard.body.is_null(), "{fault:?}: {}", heard.text);
        assert_eq!(heard.header("content-length"), heard.text.len().to_string());
        let kind = if fault == Fault::Html { "text/html" } else { "application/json" };
        assert_eq!(heard.header("content-type"), kind);
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
        let again = pay().await;
        again.refused("500 api_error -");
        assert_eq!(again.header("idempotent-replayed"), "true");
        let expected: &[&str] = if effect { &CHARGED } else { &NOTHING };
        assert_eq!(stage.ledger(), expected);
    }
}

#[tokio::test]
async fn a_rule_hits_only_the_calls_it_names() {
    let stage = Stage::open().await;
    let rule = FaultRule {
        fault: Fault::Unavailable,
        times: 2,
        method: Some("POST".to_owned()),
        path_prefix: Some("/v1/payment_intents/".to_owned()),
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
