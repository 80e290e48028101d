//! The control API for webhooks: faults, deliveries, and secrets.

use reqwest::Method;
use serde_json::{Value, json};

use crate::tests::control::{control_call, control_get, control_post, control_refusal};
use crate::tests::test_bed::{TestAnswer, TestBed};

/// An endpoint on a port without a listener.
async fn endpoint(test_bed: &TestBed) -> TestAnswer {
    let body = "url=http%3A%2F%2F127.0.0.1%3A1%2F&enabled_events[]=customer.created";
    test_bed.post("webhook_endpoints", body).send().await.success()
}

#[tokio::test]
async fn lost_deliveries_are_listed_and_can_be_resent() {
    let test_bed = TestBed::open().await;
    let endpoint = endpoint(&test_bed).await.id();
    let rule = json!({"fault": "lost", "times": 1, "rate_per_mille": 1000, "kind": "customer.*", "endpoint": endpoint});
    assert_eq!(control_post(&test_bed, "/webhook_faults", rule.clone()).await, json!({"rule": rule}));
    assert_eq!(control_get(&test_bed, "/webhook_faults").await, json!({"armed": [rule]}));
    test_bed.customer().await;
    assert!(test_bed.sandbox.settle_deliveries(std::time::Duration::from_secs(10)).await);
    let listed = control_get(&test_bed, "/deliveries").await;
    let lost = &listed["deliveries"][0];
    assert_eq!(
        (&listed["made"], &lost["outcome"], &lost["fault"]),
        (&json!(1), &json!("lost"), &json!("lost"))
    );
    let retry = json!({"event": lost["event"], "endpoint": endpoint});
    assert_eq!(control_post(&test_bed, "/deliveries/resend", retry.clone()).await, retry);
    assert!(test_bed.sandbox.settle_deliveries(std::time::Duration::from_secs(10)).await);
    let listed = control_get(&test_bed, "/deliveries?limit=1").await;
    let second = &listed["deliveries"][0];
    assert_eq!(
        (&second["number"], &second["resent"], &listed["next_before"]),
        (&json!(2), &json!(true), &json!(2))
    );
    assert_eq!(control_get(&test_bed, "/deliveries?before=2").await["deliveries"][0], *lost);
    let received = control_refusal(
        &test_bed,
        Method::POST,
        "/deliveries/resend",
        &json!({"event": "evt_0", "endpoint": endpoint}).to_string(),
    )
    .await;
    assert_eq!(received, format!("404 no account has both evt_0 and {endpoint}, and it enabled"));
}

#[tokio::test]
async fn delivery_rules_are_validated_and_disarmed() {
    let test_bed = TestBed::open().await;
    for fault in [json!("bad_signature"), json!({"delayed": {"after_ms": 5}})] {
        control_post(&test_bed, "/webhook_faults", json!({"fault": fault})).await;
    }
    assert_eq!(
        control_call(&test_bed, Method::DELETE, "/webhook_faults", "").await,
        (200, json!({"disarmed": 2}))
    );
    assert_eq!(control_get(&test_bed, "/webhook_faults").await, json!({"armed": []}));
    for (rule, expected) in [
        (json!({"fault": "nothing"}), "unknown variant `nothing`, expected one of `lost`"),
        (json!({"fault": "lost", "times": 0}), "times is 1 or more"),
        (json!({"fault": "lost", "rate_per_mille": 1001}), "rate_per_mille is 1 to 1000"),
        (json!({"fault": "lost", "often": 1}), "unknown field `often`, expected one of `fault`"),
    ] {
        let received = control_refusal(&test_bed, Method::POST, "/webhook_faults", &rule.to_string()).await;
        assert!(received.starts_with("400 ") && received.contains(expected), "{rule}: {received}");
    }
}

#[tokio::test]
async fn rolling_gives_an_endpoint_a_new_secret() {
    let test_bed = TestBed::open().await;
    let made = endpoint(&test_bed).await;
    let path = format!("/webhook_endpoints/{}/roll", made.id());
    let rolled = control_post(&test_bed, &path, json!({"keep_old_for_seconds": 60})).await;
    assert_eq!(rolled["id"], json!(made.id()));
    let secret = rolled["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret != made.text_at("/secret"), "{rolled}");
    assert_ne!(control_post(&test_bed, &path, json!({})).await["secret"], Value::Null);
    let received = control_refusal(&test_bed, Method::POST, "/webhook_endpoints/we_0/roll", "{}").await;
    assert_eq!(received, "404 there is no webhook endpoint we_0");
    let received = control_refusal(&test_bed, Method::POST, &path, "{\"keep_old_for_seconds\": 86401}").await;
    assert_eq!(received, "400 keep_old_for_seconds is 86400 at the most, which is a day");
    let received = control_refusal(&test_bed, Method::GET, &path, "").await;
    assert_eq!(received, format!("405 /_sandbox{path} takes POST, and not GET"));
}
