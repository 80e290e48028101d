//! The control API over HTTP: the operations, and the refusals of unknown operations.

mod accounts;
mod ledger;
mod webhooks;
mod fault_rules;

use reqwest::Method;
use serde_json::{Value, json};

use crate::tests::test_bed::TestBed;
use crate::{Fault, controls};

/// Calls the control API, and returns the status and the JSON.
async fn control_call(test_bed: &TestBed, method: Method, path: &str, body: &str) -> (u16, Value) {
    let client = reqwest::Client::builder().build().unwrap();
    let request = client.request(method, format!("{}/_sandbox{path}", test_bed.sandbox.url()));
    let response = request.body(body.to_owned()).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

pub(crate) async fn control_get(test_bed: &TestBed, path: &str) -> Value {
    let (status, body) = control_call(test_bed, Method::GET, path, "").await;
    assert_eq!(status, 200, "{body}");
    body
}

pub(crate) async fn control_post(test_bed: &TestBed, path: &str, body: Value) -> Value {
    let (status, body) = control_call(test_bed, Method::POST, path, &body.to_string()).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// The status and the message of a refused call of the control API.
pub(crate) async fn control_refusal(test_bed: &TestBed, method: Method, path: &str, body: &str) -> String {
    let (status, body) = control_call(test_bed, method, path, body).await;
    format!("{status} {}", body["error"]["message"].as_str().unwrap())
}

#[tokio::test]
async fn the_index_lists_every_endpoint_and_every_endpoint_answers() {
    let test_bed = TestBed::open().await;
    let listed = control_get(&test_bed, "").await;
    assert_eq!(listed["controls"].as_array().unwrap().len(), controls().count());
    assert_eq!(control_get(&test_bed, "/").await, listed);
    for control in controls() {
        let path = control.path.strip_prefix("/_sandbox").unwrap().replace("{id}", "0");
        let (status, _) = control_call(&test_bed, control.method.parse().unwrap(), &path, "").await;
        assert_ne!(status, 405, "{control:?}");
        assert!(control.description.ends_with('.'), "{control:?}");
    }
}

#[tokio::test]
async fn the_control_api_is_not_logged_and_not_hit_by_faults() {
    let test_bed = TestBed::open().await;
    test_bed.sandbox.arm(Fault::RefuseBefore);
    control_get(&test_bed, "/clock").await;
    control_refusal(&test_bed, Method::GET, "/nothing", "").await;
    assert_eq!((test_bed.sandbox.calls_made(), test_bed.sandbox.armed().len()), (0, 1));
    test_bed.sandbox.disarm();
    test_bed.get("_sandbox/clock").send().await.expect_refusal("404 invalid_request_error -");
    assert_eq!(test_bed.sandbox.calls_made(), 1);
}

#[tokio::test]
async fn the_clock_moves_forward_only() {
    let test_bed = TestBed::open().await;
    let hold = test_bed.hold("2000 usd").await;
    let before = control_get(&test_bed, "/clock").await["now"].as_i64().unwrap();
    let week = control_post(&test_bed, "/clock", json!({"advance_seconds": 8 * 86_400})).await;
    assert!(week["now"].as_i64().unwrap() >= before + 8 * 86_400);
    assert_eq!(
        test_bed.get(&format!("payment_intents/{hold}")).send().await.success().text_at("/status"),
        "canceled"
    );
    let there = control_post(&test_bed, "/clock", json!({"advance_to": before + 9 * 86_400})).await;
    assert!((0..5).contains(&(there["now"].as_i64().unwrap() - before - 9 * 86_400)), "{there}");
    assert_eq!(test_bed.sandbox.now().as_second() / 10, there["now"].as_i64().unwrap() / 10);
    for (body, expected) in [
        (json!({}), "say either advance_seconds or advance_to"),
        (json!({"advance_seconds": 1, "advance_to": 2}), "say either advance_seconds or advance_to"),
        (json!({"advance_to": 5}), "the clock goes forward only: it is"),
        (json!({"advance_to": i64::MAX}), "the clock goes no further than a hundred years at a time"),
        (json!({"advance_seconds": u64::MAX}), "the clock goes no further than a hundred years at a time"),
        (json!({"advance_seconds": -1}), "the body has to be one JSON object: invalid value: integer `-1`"),
        (
            json!({"seconds": 1}),
            "the body has to be one JSON object: unknown field `seconds`, expected `advance_seconds`",
        ),
    ] {
        let received = control_refusal(&test_bed, Method::POST, "/clock", &body.to_string()).await;
        assert!(received.starts_with(&format!("400 {expected}")), "{body}: {received}");
    }
}

#[tokio::test]
async fn refusals_of_unknown_names_list_the_known_names() {
    let test_bed = TestBed::open().await;
    for (method, path, expected) in [
        (
            Method::GET,
            "/nothing",
            "404 there is nothing at /_sandbox/nothing; there is /_sandbox, /_sandbox/clock, /_sandbox/faults",
        ),
        (Method::GET, "/clock/more", "404 there is nothing at /_sandbox/clock/more"),
        (Method::DELETE, "/clock", "405 /_sandbox/clock takes GET, POST, and not DELETE"),
        (Method::OPTIONS, "/ledger", "405 /_sandbox/ledger takes GET, and not OPTIONS"),
        (Method::GET, "/clock?zone=utc", "400 there is no parameter zone here; there is none"),
        (Method::POST, "/clock?now=1", "400 there is no parameter now here; there is none"),
        (Method::GET, "/calls?after=1", "400 there is no parameter after here; there is before, limit"),
        (Method::GET, "/ledger?limit=x", "400 limit cannot be x: it is a whole number"),
        (Method::GET, "/ledger?limit=1001", "400 limit cannot be 1001: it is 0 to 1000"),
        (Method::GET, "/ledger?after=-1", "400 after cannot be -1: it is a whole number"),
        (Method::POST, "/clock", "400 the body has to be one JSON object: EOF"),
    ] {
        let received = control_refusal(&test_bed, method, path, "").await;
        assert!(received.starts_with(expected), "{path}: {received}");
    }
    let client = reqwest::Client::builder().build().unwrap();
    let url = |path: &str| format!("{}{path}", test_bed.sandbox.url());
    let refused = client.put(url("/_sandbox/faults")).send().await.unwrap();
    assert_eq!(refused.headers()["allow"], "GET, POST, DELETE");
    let stripes = client.get(url("/_sandboxes")).send().await.unwrap();
    assert!(stripes.headers().contains_key("request-id"), "what only begins alike is not the control API");
}

#[tokio::test]
async fn the_handle_does_what_the_control_api_does() {
    let test_bed = TestBed::open().await;
    let listed = test_bed.sandbox.control("GET", "/search_lag", &Value::Null).unwrap();
    assert_eq!(listed, control_get(&test_bed, "/search_lag").await);
    test_bed.sandbox.control("POST", "/search_lag", &json!({"seconds": 60})).unwrap();
    assert_eq!(control_get(&test_bed, "/search_lag").await, json!({"seconds": 60}));
    let calls = test_bed.sandbox.control("GET", "/calls?limit=1", &Value::Null).unwrap();
    assert_eq!(calls["calls"], json!([]));
    let refused = test_bed.sandbox.control("POST", "/search_lag", &Value::Null).unwrap_err();
    assert!(refused.starts_with("the body has to be one JSON object"), "{refused}");
    assert!(test_bed.sandbox.control("GET", "/nothing", &Value::Null).is_err());
}
