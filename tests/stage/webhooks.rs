//! Events that are posted to the relay by hand, signed as Stripe signs them.

use std::sync::OnceLock;

use causeway_sandbox::{WebhookFault, WebhookFaultRule};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::{Stage, environment, events::WebhookEndpoint};

/// The relay's settings with one try for each call to Stripe, so that a single lost answer
/// leaves the outcome unknown.
pub(crate) fn without_retries(settings: String) -> String {
    settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nmax_network_retries = 0")
}

/// One of the relay's fixtures: an event of each type.
pub(crate) fn fixture(name: &str) -> Value {
    let file = format!("{}/relay/stripe/fixtures/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// A header such as "t=1792000000,v1=5257a869…".
pub(crate) fn signature(secret: &str, moment: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{moment}.{body}").as_bytes());
    let hex = hex::encode(mac.finalize().into_bytes());
    format!("t={moment},v1={hex}")
}

/// One client for all stories, because the construction is slow; each request
/// opens a new connection.
fn client() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap())
}

/// Posts a body with or without a signature, and returns the status of the answer.
pub(crate) async fn deliver(url: &str, signature: Option<&str>, body: String) -> u16 {
    let mut request = client().post(url).header("content-type", "application/json; charset=utf-8").body(body);
    if let Some(signature) = signature {
        request = request.header("stripe-signature", signature);
    }
    request.send().await.unwrap().status().as_u16()
}

/// A list of objects in the account at Stripe, newest first.
pub(crate) async fn list(stage: &Stage, key: &str, path: &str) -> Vec<Value> {
    let url = format!("{}{path}", stage.sandbox.url());
    let answer = client().get(url).bearer_auth(key).send().await.unwrap().bytes().await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    answer["data"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

/// The newest event of a type.
pub(crate) async fn newest_event(stage: &Stage, key: &str, kind: &str) -> Value {
    let listed = list(stage, key, &format!("/v1/events?limit=1&type={kind}")).await;
    listed.into_iter().next().unwrap_or_else(|| panic!("there is no {kind}"))
}

impl Stage {
    /// The present second of the relay's clock.
    pub(crate) fn now_seconds(&self) -> i64 {
        environment(&self.clock).now().as_second()
    }

    /// Posts an event to an endpoint with a valid signature, and returns the status of the answer.
    pub(crate) async fn post_event(&self, webhook: &WebhookEndpoint, event: &Value) -> u16 {
        let body = event.to_string();
        deliver(&webhook.url, Some(&signature(&webhook.secret, self.now_seconds(), &body)), body).await
    }

    /// From now on no webhook arrives except those that a story posts.
    pub(crate) fn lose_webhooks(&self) {
        let loss = WebhookFaultRule::next_delivery(WebhookFault::Lost);
        self.sandbox.arm_webhook(WebhookFaultRule { times: None, ..loss });
    }
}

/// A fixture about objects on the stage: ids in the fixture are replaced by the given ids, and the
/// event gets a new id.
pub(crate) fn fixture_with_ids(name: &str, number: usize, names: &[(&str, &str)]) -> Value {
    let mut text = fixture(name).to_string().replace("evt_fixture", &format!("evt_story_{number}"));
    for (from, to) in names {
        text = text.replace(&format!("\"{from}\""), &format!("\"{to}\""));
    }
    serde_json::from_str(&text).unwrap()
}

/// The event's outcome in the inbox.
pub(crate) fn outcome(stage: &Stage, event: &Value) -> String {
    let connection = rusqlite::Connection::open(stage.journal()).unwrap();
    let sql = "SELECT outcome FROM inbox WHERE id = ?";
    let outcome: Option<String> =
        connection.query_one(sql, [event["id"].as_str()], |row| row.get(0)).unwrap();
    outcome.unwrap_or_else(|| panic!("not worked on: {event}"))
}
