//! The control API, over HTTP: what it does, and what it says to those who ask for something else.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::tests::stage::{KEY, Stage, raw};
use crate::{Fault, Sandbox, Settings, controls};

const CHALLENGED: &str = "pm_card_authenticationRequired";

/// Asks the control API; the status and the JSON.
async fn ask(stage: &Stage, method: Method, path: &str, body: &str) -> (u16, Value) {
    let client = reqwest::Client::builder().build().unwrap();
    let request = client.request(method, format!("{}/_sandbox{path}", stage.sandbox.url()));
    let response = request.body(body.to_owned()).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

async fn look(stage: &Stage, path: &str) -> Value {
    let (status, body) = ask(stage, Method::GET, path, "").await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn tell(stage: &Stage, path: &str, body: Value) -> Value {
    let (status, body) = ask(stage, Method::POST, path, &body.to_string()).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// What is said to somebody who asks for what there is not.
async fn wrong(stage: &Stage, method: Method, path: &str, body: &str) -> String {
    let (status, body) = ask(stage, method, path, body).await;
    format!("{status} {}", body["error"]["message"].as_str().unwrap())
}

#[tokio::test]
async fn it_lists_what_there_is_and_everything_there_is_answers() {
    let stage = Stage::open().await;
    let listed = look(&stage, "").await;
    assert_eq!(listed["controls"].as_array().unwrap().len(), controls().count());
    assert_eq!(look(&stage, "/").await, listed);
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
    look(&stage, "/clock").await;
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
    let before = look(&stage, "/clock").await["now"].as_i64().unwrap();
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
        let heard = wrong(&stage, Method::POST, "/clock", &body.to_string()).await;
        assert!(heard.starts_with(&format!("400 {said}")), "{body}: {heard}");
    }
}

#[tokio::test]
async fn faults_are_armed_listed_and_disarmed() {
    let stage = Stage::open().await;
    let rule = json!({"fault": {"kind": "server_error", "effect": true}, "times": 2, "rate_per_mille": 1000,
        "method": "POST", "path": "/v1/payment_intents"});
    let armed = tell(&stage, "/faults", rule.clone()).await;
    assert_eq!(armed, json!({"id": 1, "rule": rule, "hits": 0}));
    stage.pay("2000 usd", "pm_card_visa", "").send().await.refused("500 api_error -");
    tell(&stage, "/faults", json!({"fault": {"kind": "lock_timeout"}, "times": null, "account_of": KEY}))
        .await;
    stage.get("customers").send().await.refused("429 invalid_request_error lock_timeout");
    let listed = look(&stage, "/faults").await;
    assert_eq!(listed["hits"], json!({"lock_timeout": 1, "server_error": 1}));
    assert_eq!((&listed["armed"][0]["hits"], &listed["armed"][1]["hits"]), (&json!(1), &json!(1)));
    assert_eq!(listed["armed"][1]["rule"]["account"], json!(stage.sandbox.account_of(KEY)));
    assert_eq!(listed["armed"][1]["rule"]["times"], Value::Null);
    assert_eq!(ask(&stage, Method::DELETE, "/faults/2", "").await, (200, json!({"disarmed": 1})));
    assert_eq!(wrong(&stage, Method::DELETE, "/faults/2", "").await, "404 no rule 2 is armed");
    stage.get("customers").send().await.good();
    assert_eq!(ask(&stage, Method::DELETE, "/faults", "").await, (200, json!({"disarmed": 1})));
    stage.pay("2000 usd", "pm_card_visa", "").send().await.good();
    assert_eq!(
        look(&stage, "/calls").await["calls"][4]["fault"],
        json!({"kind": "server_error", "effect": true})
    );
}

#[tokio::test]
async fn every_kind_of_fault_can_be_armed_over_http() {
    let stage = Stage::open().await;
    for kind in Fault::KINDS {
        let mut fault = json!({"kind": kind.name});
        for field in kind.fields {
            fault[field] = match *field {
                "reason" => json!("resource-specific"),
                "milliseconds" => json!(1),
                "bytes" => json!(2),
                _ => json!(true),
            };
        }
        let armed = tell(&stage, "/faults", json!({"fault": fault})).await;
        assert_eq!((&armed["rule"]["fault"], &armed["rule"]["times"]), (&fault, &json!(1)));
    }
    assert_eq!(stage.sandbox.armed().len(), Fault::KINDS.len());
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_is_refused() {
    let stage = Stage::open().await;
    let lost = || json!({"kind": "lose_answer"});
    for (rule, said) in [
        (json!({}), "missing field `fault`"),
        (json!({"fault": {}}), "missing field `kind`"),
        (json!({"fault": "lose_answer"}), "invalid type: string"),
        (json!({"fault": {"kind": "nothing"}}), "unknown variant `nothing`, expected one of `refuse_before`"),
        (json!({"fault": {"kind": "server_error"}}), "missing field `effect`"),
        (
            json!({"fault": {"kind": "lose_answer", "effect": true}}),
            "lose_answer has no field effect; there is none",
        ),
        (
            json!({"fault": {"kind": "black_hole", "bytes": 1}}),
            "black_hole has no field bytes; there is effect",
        ),
        (
            json!({"fault": {"kind": "rate_limited", "reason": "x"}}),
            "unknown variant `x`, expected one of `global-",
        ),
        (json!({"fault": lost(), "often": 1}), "unknown field `often`, expected one of `fault`, `times`"),
        (json!({"fault": lost(), "times": 0}), "times is 1 or more, or null for no end"),
        (json!({"fault": lost(), "rate_per_mille": 0}), "rate_per_mille is 1 to 1000"),
        (json!({"fault": lost(), "rate_per_mille": 1001}), "rate_per_mille is 1 to 1000"),
        (json!({"fault": lost(), "path": "v1/refunds"}), "path begins with a slash"),
        (json!({"fault": lost(), "method": "post"}), "method is GET, POST or DELETE"),
        (json!({"fault": lost(), "account_of": "sk_nonsense_and_more"}), "is no key: sk_test_"),
        (json!({"fault": lost(), "account": "acct_"}), "acct_ is no account: accounts are acct_"),
        (json!({"fault": lost(), "account": KEY, "account_of": KEY}), "say either account or account_of"),
        (json!([]), "it is not an object"),
    ] {
        let heard = wrong(&stage, Method::POST, "/faults", &rule.to_string()).await;
        assert!(heard.starts_with("400 ") && heard.contains(said), "{rule}: {heard}");
    }
    assert!(!wrong(&stage, Method::POST, "/faults", "{\"account_of\":").await.is_empty());
    assert_eq!(stage.sandbox.armed(), []);
}

#[tokio::test]
async fn the_ledger_is_read_page_by_page_and_summed() {
    let stage = Stage::open().await;
    let hold = stage.hold("2000 usd").await;
    stage
        .post(&format!("payment_intents/{hold}/capture"), "amount_to_capture=1500")
        .once("take")
        .send()
        .await
        .good();
    stage.pay("700 eur", "pm_card_visa", "metadata[order]=8").once("pay").send().await.good();
    stage.post("refunds", &format!("payment_intent={hold}&amount=300")).send().await.good();
    let all = look(&stage, "/ledger").await;
    let short: Vec<String> = all["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{} {} {} {}",
                entry["number"],
                entry["effect"].as_str().unwrap(),
                entry["amount"],
                entry["currency"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            "1 authorized 2000 usd",
            "2 captured 1500 usd",
            "3 released 500 usd",
            "4 authorized 700 eur",
            "5 captured 700 eur",
            "6 refunded 300 usd"
        ]
    );
    let account = stage.sandbox.account_of(KEY).unwrap();
    assert_eq!(all["entries"][3]["metadata"], json!({"order": "8"}));
    assert_eq!(
        (&all["entries"][1]["idempotency_key"], &all["entries"][1]["payment_intent"]),
        (&json!("take"), &json!(hold))
    );
    assert_eq!(
        all["sums"],
        json!([
            {"account": account, "currency": "eur", "authorized": 700, "captured": 700, "released": 0, "refunded": 0,
                "held": 0, "kept": 700, "disputed": 0},
            {"account": account, "currency": "usd", "authorized": 2000, "captured": 1500, "released": 500,
                "refunded": 300, "held": 0, "kept": 1200, "disputed": 0},
        ])
    );
    assert_eq!((&all["count"], &all["next_after"]), (&json!(6), &Value::Null));
    let page = look(
        &stage,
        &format!("/ledger?payment_intent={hold}&account={account}&currency=USD&after=1&limit=2"),
    )
    .await;
    assert_eq!(
        (&page["count"], &page["next_after"], &page["entries"][1]["number"]),
        (&json!(4), &json!(3), &json!(3))
    );
    let last = look(&stage, &format!("/ledger?payment_intent={hold}&after=3&limit=2")).await;
    assert_eq!((&last["entries"][0]["effect"], &last["next_after"]), (&json!("refunded"), &Value::Null));
    assert_eq!(
        look(&stage, "/ledger?account=acct_other").await,
        json!({"count": 0, "entries": [], "next_after": null, "sums": []})
    );
    assert_eq!(look(&stage, "/ledger?limit=0").await["sums"], all["sums"]);
}

#[tokio::test]
async fn the_log_is_read_newest_first() {
    let settings = Settings { calls_kept: 5, ..Settings::default() };
    let stage = Stage::of(Sandbox::start(settings).await.unwrap());
    for place in 1..=7 {
        stage.post("customers", &format!("name=n{place}")).send().await.good();
    }
    let page = look(&stage, "/calls?limit=2").await;
    assert_eq!((&page["made"], &page["kept"], &page["next_before"]), (&json!(7), &json!(5), &json!(6)));
    let first = &page["calls"][0];
    assert_eq!(
        (&first["number"], &first["method"], &first["path"]),
        (&json!(7), &json!("POST"), &json!("/v1/customers"))
    );
    assert_eq!((&first["body"], &first["answer"]["body"]["name"]), (&json!("name=n7"), &json!("n7")));
    assert!(
        first["headers"].as_array().unwrap().contains(&json!(["authorization", "Bearer sk_test_*****"])),
        "{first}"
    );
    let rest = look(&stage, "/calls?before=6&limit=9").await;
    let numbers: Vec<&Value> = rest["calls"].as_array().unwrap().iter().map(|call| &call["number"]).collect();
    assert_eq!((numbers, &rest["next_before"]), (vec![&json!(5), &json!(4), &json!(3)], &Value::Null));
    assert_eq!(stage.sandbox.calls_made(), 7, "looking is not logged");
}

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
        let heard = wrong(&stage, Method::POST, "/authenticate", &body.to_string()).await;
        assert_eq!(heard, format!("404 no {id} waits for its customer"));
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
    stage.post(&path, "name=x").by(rk).send().await.refused("403 invalid_request_error -");
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
        let heard = wrong(&stage, Method::POST, "/keys", &body.to_string()).await;
        assert!(heard.starts_with("400 ") && heard.contains(said), "{body}: {heard}");
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
    stage.get("charges").by("rk_test_restricted").send().await.refused("403 invalid_request_error -");
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
        let heard = wrong(&stage, Method::POST, "/raw_cards", &body.to_string()).await;
        assert!(heard.starts_with("400 ") && heard.contains(said), "{body}: {heard}");
    }
}

#[tokio::test]
async fn searching_may_lag_behind() {
    let stage = Stage::open().await;
    assert_eq!(look(&stage, "/search_lag").await, json!({"seconds": 0}));
    assert_eq!(tell(&stage, "/search_lag", json!({"seconds": 60})).await, json!({"seconds": 60}));
    stage.customer().await;
    let found = || stage.get("customers/search?query=name:'Jenny'").send();
    assert_eq!(found().await.good().ids().len(), 0);
    stage.sandbox.advance(Duration::from_secs(61));
    assert_eq!(found().await.good().ids().len(), 1);
    assert!(wrong(&stage, Method::POST, "/search_lag", "{\"seconds\": -1}").await.starts_with("400 "));
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
        let heard = wrong(&stage, method, path, "").await;
        assert!(heard.starts_with(said), "{path}: {heard}");
    }
    let client = reqwest::Client::builder().build().unwrap();
    let url = |path: &str| format!("{}{path}", stage.sandbox.url());
    let refused = client.put(url("/_sandbox/faults")).send().await.unwrap();
    assert_eq!(refused.headers()["allow"], "GET, POST, DELETE");
    let stripes = client.get(url("/_sandboxes")).send().await.unwrap();
    assert!(stripes.headers().contains_key("request-id"), "what only begins alike is not the control API");
}
