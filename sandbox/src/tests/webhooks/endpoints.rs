//! `/v1/webhook_endpoints`: the creation, change and deletion of endpoints.

use serde_json::json;

use crate::tests::stage::Stage;

#[tokio::test]
async fn an_endpoint_is_made_changed_and_deleted() {
    let stage = Stage::open().await;
    let body = "url=http://localhost:4242/hooks&enabled_events[]=charge.captured&enabled_events[]=charge.failed\
                &description=Mine&metadata[a]=1&api_version=2026-08-26.dahlia";
    let made = stage.post("webhook_endpoints", body).send().await.good();
    let secret = made.text_at("/secret");
    assert!(made.id().starts_with("we_") && secret.starts_with("whsec_"), "{}", made.text);
    assert_eq!(made.text_at("/status"), "enabled");
    assert_eq!(made.text_at("/api_version"), "2026-08-26.dahlia");
    assert_eq!(*made.at("/enabled_events"), json!(["charge.captured", "charge.failed"]));

    // The secret is shown only in the answer to the creation.
    let path = format!("webhook_endpoints/{}", made.id());
    let mut shown = made.body.clone();
    shown.as_object_mut().unwrap().remove("secret");
    assert_eq!(stage.get(&path).send().await.good().body, shown);
    assert_eq!(*stage.get("webhook_endpoints").send().await.good().at("/data"), json!([shown]));

    let body = "disabled=true&enabled_events[]=*&url=https://example.com/&description=&metadata[a]=";
    let changed = stage.post(&path, body).send().await.good();
    assert_eq!(changed.text_at("/status"), "disabled");
    assert_eq!(changed.text_at("/url"), "https://example.com/");
    assert_eq!(*changed.at("/enabled_events"), json!(["*"]));
    assert_eq!((changed.text_at("/description"), changed.at("/metadata")), ("-", &json!({})));
    assert_eq!(changed.text_at("/secret"), "-");

    let gone = stage.delete(&path).send().await.good();
    assert_eq!(gone.body, json!({ "id": made.id(), "object": "webhook_endpoint", "deleted": true }));
    for retry in [stage.get(&path).send().await, stage.delete(&path).send().await] {
        assert_eq!(retry.refused("404 invalid_request_error resource_missing").status, 404);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let stage = Stage::open().await;
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
        let received = stage.post("webhook_endpoints", body).send().await;
        received.refused(&format!("400 invalid_request_error {code}"));
        let named = received.text_at("/error/param");
        assert!(named == param || named.replace("[]", "[0]") == param, "{body}: {named}");
    }
}

#[tokio::test]
async fn with_real_money_events_travel_encrypted_or_stay_here() {
    let stage = Stage::open().await;
    for (url, taken) in [
        ("http://example.com", false),
        ("https://example.com", true),
        ("http://localhost:4242", true),
        ("http://127.0.0.1:4242", true),
        ("http://[::1]:4242", true),
        ("http://localhost.example.com", false),
    ] {
        for (key, taken) in [("sk_live_stage", taken), ("sk_test_stage", true)] {
            let body = format!("url={url}&enabled_events[]=*");
            let received = stage.post("webhook_endpoints", &body).by(key).send().await;
            assert_eq!(received.status == 200, taken, "{url} {key}: {}", received.text);
        }
    }
}
