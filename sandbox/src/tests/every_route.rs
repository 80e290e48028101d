//! The faults of calls on every route: each call of the table can be hit by a rule for its own path.

mod account_examples;
mod examples;

use std::time::Duration;

use serde_json::json;

use crate::endpoints::routes::{ROUTES, Route};
use crate::tests::every_route::examples::{Examples, Sent};
use crate::tests::test_bed::{TestAnswer, TestBed};
use crate::{Fault, FaultKind, FaultRule};

/// The routes that refuse every example, so that only the faults of refusals are checked: the end of a refund
/// to a card, charges without a PaymentIntent, and the reversal of a payout that is on its way.
const WITHOUT_SUCCESS: &[&str] = &[
    "POST /v1/refunds/{refund}/cancel",
    "POST /v1/charges",
    "POST /v1/charges/{charge}/capture",
    "POST /v1/payouts/{payout}/reverse",
];

/// Arms a fault for one call of a route, by the method and the path.
fn arm(test_bed: &TestBed, route: &Route, fault: Fault) {
    let segments = route.path.split('/').map(|part| if part.starts_with('{') { "*" } else { part });
    let path = format!("{}$", segments.collect::<Vec<_>>().join("/"));
    let rule = FaultRule::next_call(fault);
    test_bed.sandbox.arm_rule(FaultRule { method: Some(route.method.to_owned()), path: Some(path), ..rule });
}

/// Sends the example of a route under a fault, and checks that a rule for the route's path was hit.
async fn hit(
    test_bed: &TestBed,
    route: &Route,
    sent: &Sent,
    fault: Fault,
) -> Result<TestAnswer, reqwest::Error> {
    arm(test_bed, route, fault);
    let answer = sent.call(test_bed).without_schema_check().try_send().await;
    assert_eq!(test_bed.sandbox.armed(), [], "{} {} {fault:?}", route.method, route.path);
    answer
}

/// Sends a call that gets no answer, and gives up once the fault was hit.
async fn vanish(test_bed: &TestBed, route: &Route, sent: &Sent, fault: Fault) {
    arm(test_bed, route, fault);
    let unanswered = async {
        while !test_bed.sandbox.armed().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        answer = sent.call(test_bed).try_send() => panic!("{} {answer:?}", route.path),
        () = unanswered => {}
    }
}

/// A fault of the kind, with short waits.
fn fault_of(kind: &FaultKind) -> Fault {
    let mut fault = json!({ "kind": kind.name });
    for field in kind.fields {
        fault[field] = match *field {
            "reason" => json!("endpoint-rate"),
            "milliseconds" => json!(1),
            "bytes" => json!(70_000),
            _ => json!(true),
        };
    }
    serde_json::from_value(fault).unwrap()
}

/// Whether the answer is as the fault makes every answer of this status.
fn check(answer: Result<TestAnswer, reqwest::Error>, fault: Fault, status: u16, object: &str, call: &str) {
    let refused = |wanted: u16, answer: &TestAnswer| {
        assert_eq!(answer.status, wanted, "{call} {fault:?}: {}", answer.text)
    };
    match (fault, answer) {
        (Fault::RefuseBefore | Fault::LoseAnswer, Err(error)) => {
            assert!(error.is_request(), "{call} {error:?}")
        }
        (Fault::CutBody, Err(error)) => assert!(error.is_body() || error.is_decode(), "{call} {error:?}"),
        (Fault::RateLimited { .. } | Fault::LockTimeout, Ok(answer)) => refused(429, &answer),
        (Fault::KeyInUse, Ok(answer)) => refused(409, &answer),
        (Fault::BadGateway, Ok(answer)) => refused(502, &answer),
        (Fault::Unavailable | Fault::ShouldRetry(_), Ok(answer)) => refused(503, &answer),
        (Fault::GatewayTimeout, Ok(answer)) => refused(504, &answer),
        // A call that is refused by its parameters is refused before the fault.
        (Fault::ServerError { .. }, Ok(answer)) if answer.status != 500 => {
            assert_ne!(status, 200, "{call} {fault:?}");
            refused(status, &answer);
        }
        (Fault::ServerError { .. }, Ok(answer)) => refused(500, &answer),
        (Fault::SlowBefore(_) | Fault::SlowAfter(_), Ok(answer)) => {
            refused(status, &answer);
            assert!(answer.body.is_object(), "{call} {fault:?}");
        }
        (Fault::BrokenJson | Fault::Truncated | Fault::Html, Ok(answer)) => {
            refused(status, &answer);
            assert!(answer.body.is_null(), "{call} {fault:?}: {}", answer.text);
        }
        (Fault::Huge { bytes }, Ok(answer)) => {
            assert!(
                answer.body.is_object() && answer.text.len() >= usize::try_from(bytes).unwrap(),
                "{call}"
            );
        }
        (Fault::WrongObject, Ok(answer)) if status == 200 => {
            assert_ne!(answer.text_at("/object"), object, "{call}: {}", answer.text);
        }
        (Fault::WrongObject, Ok(answer)) => refused(status, &answer),
        (fault, answer) => panic!("{call} {fault:?}: {answer:?}"),
    }
}

#[tokio::test]
async fn every_route_can_be_hit_by_a_fault() {
    let test_bed = TestBed::open().await;
    let examples = Examples::make(&test_bed).await;
    let mut without_success = vec![];
    for route in ROUTES {
        let call = format!("{} {}", route.method, route.path);
        let plain = examples.of(&test_bed, route).await.call(&test_bed).without_schema_check().send().await;
        if plain.status != 200 {
            without_success.push(call.clone());
        }
        let (status, object) = (plain.status, plain.text_at("/object"));
        for fault in [
            Fault::ServerError { effect: true },
            Fault::LoseAnswer,
            Fault::Html,
            Fault::WrongObject,
            Fault::RATE_LIMITED,
        ] {
            let sent = examples.of(&test_bed, route).await;
            check(hit(&test_bed, route, &sent, fault).await, fault, status, object, &call);
        }
    }
    assert_eq!(without_success, WITHOUT_SUCCESS);
}

#[tokio::test]
async fn every_kind_of_fault_hits_lists_and_searches() {
    let test_bed = TestBed::open().await;
    let examples = Examples::make(&test_bed).await;
    let lists = ROUTES.iter().filter(|route| route.method == "GET" && !route.path.contains('{'));
    for route in lists {
        let call = format!("{} {}", route.method, route.path);
        let sent = examples.of(&test_bed, route).await;
        let plain = sent.call(&test_bed).send().await.success();
        for kind in Fault::KINDS {
            let example = fault_of(kind);
            if matches!(example, Fault::BlackHole { .. }) {
                vanish(&test_bed, route, &sent, example).await;
                continue;
            }
            let answer = hit(&test_bed, route, &sent, example).await;
            check(answer, example, 200, plain.text_at("/object"), &call);
        }
    }
}
