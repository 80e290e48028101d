//! The control API for rules of faults.

use reqwest::Method;
use serde_json::{Value, json};

use crate::Fault;
use crate::tests::control::{control_call, control_get, control_post, control_refusal};
use crate::tests::test_bed::{KEY, TestBed};

#[tokio::test]
async fn faults_are_armed_listed_and_disarmed() {
    let test_bed = TestBed::open().await;
    let rule = json!({"fault": {"kind": "server_error", "effect": true}, "times": 2, "rate_per_mille": 1000,
        "method": "POST", "path": "/v1/payment_intents"});
    let armed = control_post(&test_bed, "/faults", rule.clone()).await;
    assert_eq!(armed, json!({"id": 1, "rule": rule, "hits": 0}));
    test_bed.pay("2000 usd", "pm_card_visa", "").send().await.expect_refusal("500 api_error -");
    control_post(
        &test_bed,
        "/faults",
        json!({"fault": {"kind": "lock_timeout"}, "times": null, "account_of": KEY}),
    )
    .await;
    test_bed.get("customers").send().await.expect_refusal("429 invalid_request_error lock_timeout");
    let listed = control_get(&test_bed, "/faults").await;
    assert_eq!(listed["hits"], json!({"lock_timeout": 1, "server_error": 1}));
    assert_eq!((&listed["armed"][0]["hits"], &listed["armed"][1]["hits"]), (&json!(1), &json!(1)));
    assert_eq!(listed["armed"][1]["rule"]["account"], json!(test_bed.sandbox.account_of(KEY)));
    assert_eq!(listed["armed"][1]["rule"]["times"], Value::Null);
    assert_eq!(control_call(&test_bed, Method::DELETE, "/faults/2", "").await, (200, json!({"disarmed": 1})));
    assert_eq!(control_refusal(&test_bed, Method::DELETE, "/faults/2", "").await, "404 no rule 2 is armed");
    test_bed.get("customers").send().await.success();
    assert_eq!(control_call(&test_bed, Method::DELETE, "/faults", "").await, (200, json!({"disarmed": 1})));
    test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    assert_eq!(
        control_get(&test_bed, "/calls").await["calls"][3]["fault"],
        json!({"kind": "server_error", "effect": true})
    );
}

#[tokio::test]
async fn every_kind_of_fault_can_be_armed_over_http() {
    let test_bed = TestBed::open().await;
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
        let armed = control_post(&test_bed, "/faults", json!({"fault": fault})).await;
        assert_eq!((&armed["rule"]["fault"], &armed["rule"]["times"]), (&fault, &json!(1)));
    }
    assert_eq!(test_bed.sandbox.armed().len(), Fault::KINDS.len());
}

#[tokio::test]
async fn invalid_fault_rules_are_refused() {
    let test_bed = TestBed::open().await;
    let lost = || json!({"kind": "lose_answer"});
    for (rule, expected) in [
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
        let received = control_refusal(&test_bed, Method::POST, "/faults", &rule.to_string()).await;
        assert!(received.starts_with("400 ") && received.contains(expected), "{rule}: {received}");
    }
    assert!(!control_refusal(&test_bed, Method::POST, "/faults", "{\"account_of\":").await.is_empty());
    assert_eq!(test_bed.sandbox.armed(), []);
}
