//! The test's client of Stripe's sandbox: the control API.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults;

/// A client of the sandbox's control API.
#[derive(Clone)]
pub(crate) struct Stripe {
    pub(crate) url: String,
    client: reqwest::Client,
}

/// One effect on money, as the ledger records.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Effect {
    pub(crate) effect: String,
    pub(crate) amount: u64,
    pub(crate) currency: String,
    pub(crate) account: String,
    pub(crate) payment_intent: String,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) at: jiff::Timestamp,
}

impl Stripe {
    pub(crate) fn at(url: String) -> Stripe {
        Stripe { url, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// A POST call; a refusal ends the test.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let reply = self.try_post(path, body).await;
        assert!(reply.get("error").is_none(), "{path} {body}: {reply}");
        reply
    }

    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> Value {
        let response = self.client.post(format!("{}{path}", self.url)).body(body.to_string());
        serde_json::from_slice(&response.send().await.unwrap().bytes().await.unwrap()).unwrap()
    }

    async fn delete(&self, path: &str) {
        self.client.delete(format!("{}{path}", self.url)).send().await.unwrap();
    }

    /// Registers a webhook endpoint for all events in the account of a key; returns id and secret.
    pub(crate) async fn endpoint(&self, key: &str, url: &str) -> (String, String) {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("url", url)
            .append_pair("enabled_events[]", "*")
            .finish();
        let response = self
            .client
            .post(format!("{}/v1/webhook_endpoints", self.url))
            .bearer_auth(key)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let made: Value =
            serde_json::from_slice(&response.send().await.unwrap().bytes().await.unwrap()).unwrap();
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        (text("id"), text("secret"))
    }

    /// Lets the account of a key accept any card number; returns the account's id.
    pub(crate) async fn take_numbers(&self, key: &str) -> String {
        let ask = json!({"account_of": key, "raw_cards": "any_number"});
        let reply = self.post("/_sandbox/raw_cards", &ask).await;
        reply["account"].as_str().unwrap().to_owned()
    }

    /// How often each kind of fault has hit calls.
    pub(crate) async fn fault_hits(&self) -> BTreeMap<String, u64> {
        let reply = self.get("/_sandbox/faults").await;
        serde_json::from_value(reply["hits"].clone()).unwrap()
    }

    /// Ends all faults of calls and deliveries.
    pub(crate) async fn disarm(&self) {
        self.delete("/_sandbox/faults").await;
        self.delete("/_sandbox/webhook_faults").await;
    }

    /// The customer passes the bank's check, or does not; whether the payment waited for that.
    pub(crate) async fn authenticate(&self, intent: &str, passes: bool) -> bool {
        let reply =
            self.try_post("/_sandbox/authenticate", &json!({"intent": intent, "passes": passes})).await;
        reply.get("error").is_none()
    }

    /// Every effect, in order.
    pub(crate) async fn ledger(&self) -> Vec<Effect> {
        let mut all = vec![];
        let mut after = Some(0);
        while let Some(from) = after {
            let page = self.get(&format!("/_sandbox/ledger?after={from}&limit=1000")).await;
            let effects: Vec<Effect> = serde_json::from_value(page["entries"].clone()).unwrap();
            all.extend(effects);
            after = page["next_after"].as_u64();
        }
        all
    }

    /// Counts the faults of the deliveries after number `since`; returns the new number.
    pub(crate) async fn count_deliveries(&self, since: u64, counts: &mut BTreeMap<String, u64>) -> u64 {
        let reply = self.get("/_sandbox/deliveries?limit=1000").await;
        let made = reply["made"].as_u64().unwrap();
        let new = usize::try_from(made.saturating_sub(since)).unwrap();
        for delivery in reply["deliveries"].as_array().unwrap().iter().take(new) {
            let fault = faults::delivery(&delivery["fault"]);
            if !fault.is_empty() {
                *counts.entry(fault).or_default() += 1;
            }
        }
        made
    }
}
