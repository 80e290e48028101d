//! The control API over HTTP: the operations, and the refusals of unknown operations.

mod accounts;
mod books;
mod hooks;
mod rules;

use reqwest::Method;
use serde_json::{Value, json};

use crate::tests::stage::Stage;
use crate::{Fault, controls};

/// Calls the control API, and returns the status and the JSON.
async fn ask(stage: &Stage, method: Method, path: &str, body: &str) -> (u16, Value) {
    let client = reqwest::Client::builder().build().unwrap();
    let request = client.request(method, format!("{}/_sandbox{path}", stage.sandbox.url()));
    let response = request.body(body.to_owned()).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

async fn inspect(stage: &Stage, path: &str) -> Value {
    let (status, body) = ask(stage, Method::GET, path, "").await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn tell(stage: &Stage, path: &str, body: Value) -> Value {
    let (status, body) = ask(stage, Method::POST, path, &body.to_string()).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// The status and the message of a refused call of the control API.
async fn wrong(stage: &Stage, method: Method, path: &str, body: &str) -> String {
    let (status, body) = ask(stage, method, path, body).await;
    format!("{status} {}", body["error"]["message"].as_str().unwrap())
}

#[tokio::test]
async fn it_lists_what_there_is_and_everything_there_is_answers() {
    let stage = Stage::open().await;
    let listed = inspect(&stage, "").await;
    assert_eq!(listed["controls"].as_array().unwrap().len(), controls().count());
    assert_eq!(inspect(&stage, "/").await, listed);
    for control in controls() {
        let path = control.path.strip_prefix("/_sandbox").unwrap().replace("{id}", "0");
        let (status, _) = ask(&stage, control.method.parse().unwrap(), &path, "").await;
        assert_ne!(status, 405, "{control:?}");
        assert!(control.says.ends_with('.'), "{control:?}");
    }
}

#[tokio::test]
async fn it_stands_beside_stripes_api() {
    let stage = Stage::open().await;
    stage.sandbox.arm(Fault::RefuseBefore);
    inspect(&stage, "/clock").await;
    wrong(&stage, Method::GET, "/nothing", "").await;
    assert_eq!((stage.sandbox.calls_made(), stage.sandbox.armed().len()), (0, 1));
    stage.sandbox.disarm();
    stage.get("_sandbox/clock").send().await.refused("404 invalid_request_error -");
    assert_eq!(stage.sandbox.calls_made(), 1);
}

#[tokio::test]
async fn the_clock_goes_forward() {
    let stage = Stage::open().await;
    let hold = stage.hold("2000 usd").await;
    let before = inspect(&stage, "/clock").await["now"].as_i64().unwrap();
    let week = tell(&stage, "/clock", json!({"advance_seconds": 8 * 86_400})).await;
    assert!(week["now"].as_i64().unwrap() >= before + 8 * 86_400);
    assert_eq!(
        stage.get(&format!("payment_intents/{hold}")).send().await.good().text_at("/status"),
        "canceled"
    );
    let there = tell(&stage, "/clock", json!({"advance_to": before + 9 * 86_400})).await;
    assert!((0..5).contains(&(there["now"].as_i64().unwrap() - before - 9 * 86_400)), "{there}");
    assert_eq!(stage.sandbox.now().as_second() / 10, there["now"].as_i64().unwrap() / 10);
    for (body, said) in [
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
        let received = wrong(&stage, Method::POST, "/clock", &body.to_string()).await;
        assert!(received.starts_with(&format!("400 {said}")), "{body}: {received}");
    }
}

#[tokio::test]
async fn what_there_is_not_is_said_with_what_there_is() {
    let stage = Stage::open().await;
    for (method, path, said) in [
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
        let received = wrong(&stage, method, path, "").await;
        assert!(received.starts_with(said), "{path}: {received}");
    }
    let client = reqwest::Client::builder().build().unwrap();
    let url = |path: &str| format!("{}{path}", stage.sandbox.url());
    let refused = client.put(url("/_sandbox/faults")).send().await.unwrap();
    assert_eq!(refused.headers()["allow"], "GET, POST, DELETE");
    let stripes = client.get(url("/_sandboxes")).send().await.unwrap();
    assert!(stripes.headers().contains_key("request-id"), "what only begins alike is not the control API");
}
