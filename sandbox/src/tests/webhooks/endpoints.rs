//! `/v1/webhook_endpoints`: the creation, change and deletion of endpoints.

use serde_json::json;

use crate::tests::test_bed::TestBed;

#[tokio::test]
async fn an_endpoint_is_created_changed_and_deleted() {
    let test_bed = TestBed::open().await;
    let body = "url=http://localhost:4242/hooks&enabled_events[]=charge.captured&enabled_events[]=charge.failed\
                &description=Mine&metadata[a]=1&api_version=2026-08-26.dahlia";
    let made = test_bed.post("webhook_endpoints", body).send().await.success();
    let secret = made.text_at("/secret");
    assert!(made.id().starts_with("we_") && secret.starts_with("whsec_"), "{}", made.text);
    assert_eq!(made.text_at("/status"), "enabled");
    assert_eq!(made.text_at("/api_version"), "2026-08-26.dahlia");
    assert_eq!(*made.at("/enabled_events"), json!(["charge.captured", "charge.failed"]));

    // The secret is shown only in the answer to the creation.
    let path = format!("webhook_endpoints/{}", made.id());
    let mut shown = made.body.clone();
    shown.as_object_mut().unwrap().remove("secret");
    assert_eq!(test_bed.get(&path).send().await.success().body, shown);
    assert_eq!(*test_bed.get("webhook_endpoints").send().await.success().at("/data"), json!([shown]));

    let body = "disabled=true&enabled_events[]=*&url=https://example.com/&description=&metadata[a]=";
    let changed = test_bed.post(&path, body).send().await.success();
    assert_eq!(changed.text_at("/status"), "disabled");
    assert_eq!(changed.text_at("/url"), "https://example.com/");
    assert_eq!(*changed.at("/enabled_events"), json!(["*"]));
    assert_eq!((changed.text_at("/description"), changed.at("/metadata")), ("-", &json!({})));
    assert_eq!(changed.text_at("/secret"), "-");

    let deletion = test_bed.delete(&path).send().await.success();
    assert_eq!(deletion.body, json!({ "id": made.id(), "object": "webhook_endpoint", "deleted": true }));
    for retry in [test_bed.get(&path).send().await, test_bed.delete(&path).send().await] {
        assert_eq!(retry.expect_refusal("404 invalid_request_error resource_missing").status, 404);
    }
}

#[tokio::test]
async fn invalid_endpoint_parameters_are_refused() {
    let test_bed = TestBed::open().await;
    for (body, code, param) in [
        ("url=https://example.com", "parameter_missing", "enabled_events"),
        ("enabled_events[]=*", "parameter_missing", "url"),
        ("url=example.com&enabled_events[]=*", "url_invalid", "url"),
        ("url=ftp://example.com&enabled_events[]=*", "url_invalid", "url"),
        ("url=http://&enabled_events[]=*", "url_invalid", "url"),
        ("url=https://example.com&enabled_events[]=charge.stolen", "-", "enabled_events[0]"),
        ("url=https://example.com&enabled_events[]=*&enabled_events[]=charge.failed", "-", "enabled_events"),
        ("url=https://example.com&enabled_events[]=*&api_version=newest", "-", "api_version"),
        ("url=https://example.com&enabled_events[]=*&connect=true", "-", "connect"),
    ] {
        let received = test_bed.post("webhook_endpoints", body).send().await;
        received.expect_refusal(&format!("400 invalid_request_error {code}"));
        let named = received.text_at("/error/param");
        assert!(named == param || named.replace("[]", "[0]") == param, "{body}: {named}");
    }
}

#[tokio::test]
async fn live_mode_endpoints_need_https_or_loopback() {
    let test_bed = TestBed::open().await;
    for (url, accepted) in [
        ("http://example.com", false),
        ("https://example.com", true),
        ("http://localhost:4242", true),
        ("http://127.0.0.1:4242", true),
        ("http://[::1]:4242", true),
        ("http://localhost.example.com", false),
    ] {
        for (key, accepted) in [("sk_live_stage", accepted), ("sk_test_stage", true)] {
            let body = format!("url={url}&enabled_events[]=*");
            let received = test_bed.post("webhook_endpoints", &body).with_key(key).send().await;
            assert_eq!(received.status == 200, accepted, "{url} {key}: {}", received.text);
        }
    }
}
