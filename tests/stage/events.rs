//! Webhooks from the sandbox to the relay, jobs, and events of the stage.

use std::time::Duration;

use causeway::v1::{self, EventKind};
use causeway_sandbox::Sandbox;
use jiff::SignedDuration;

use super::{Billing, Stage, eventually, free_port::free_address, settings};

/// The name of acme's endpoint.
pub(crate) const ENDPOINT: &str = "acme-main-endpoint-0123456789abcdef";
/// The name of globex's endpoint.
pub(crate) const GLOBEX_ENDPOINT: &str = "globex-main-endpoint-0123456789abcde";

/// The sandbox's webhook endpoint for acme: URL, id and signing secret.
#[derive(Clone)]
pub(crate) struct WebhookEndpoint {
    pub(crate) url: String,
    /// Id of the webhook endpoint, "we_…".
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// Registers a webhook endpoint for every event, in the account of a key.
pub(crate) async fn register_endpoint(sandbox: &Sandbox, key: &str, url: &str) -> WebhookEndpoint {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("url", url)
        .append_pair("enabled_events[]", "*")
        .finish();
    let made = client
        .post(format!("{}/v1/webhook_endpoints", sandbox.url()))
        .bearer_auth(key)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.bytes().await.unwrap()).unwrap();
    let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    WebhookEndpoint { url: url.to_owned(), id: text("id"), secret: text("secret") }
}

/// The relay's settings with webhooks at a port, and with acme's endpoint.
pub(crate) fn with_webhook_endpoint(settings: &str, port: u16, webhook: &WebhookEndpoint) -> String {
    let jobs = "\n[jobs]";
    let listen = format!("\n[webhooks]\nlisten = \"127.0.0.1:{port}\"\n{jobs}");
    let endpoint = format!(
        "publishable_key = \"pk_test_acme1\"\nwebhook_endpoint = \"{ENDPOINT}\"\nwebhook_secret = \"{}\"",
        webhook.secret
    );
    settings.replace(jobs, &listen).replace("publishable_key = \"pk_test_acme1\"", &endpoint)
}

impl Stage {
    /// With webhooks from the sandbox to the relay, for acme's payment system "main".
    pub(crate) async fn with_webhooks(change: impl FnOnce(String) -> String) -> (Stage, WebhookEndpoint) {
        let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
        let port = free_address().port();
        let url = format!("http://127.0.0.1:{port}/webhooks/{ENDPOINT}");
        let webhook = register_endpoint(&sandbox, settings::ACME_KEY, &url).await;
        let endpoint_settings = webhook.clone();
        let stage = Stage::on_sandbox(sandbox, |settings| {
            change(with_webhook_endpoint(&settings, port, &endpoint_settings))
        })
        .await;
        (stage, webhook)
    }

    /// Moves both clocks, the relay's first, so that timed effects of the sandbox are never
    /// early for the relay.
    pub(crate) async fn advance_clocks(&self, by: SignedDuration) {
        self.clock.forward(by);
        self.sandbox.advance(Duration::try_from(by).unwrap());
    }

    /// Waits until the relay has received and handled every event.
    pub(crate) async fn wait_until_handled(&self) {
        assert!(
            self.sandbox.settle_deliveries(Duration::from_secs(30)).await,
            "deliveries are under way for ever"
        );
        eventually("the inbox is worked off", async || {
            settings::rows(&self.journal(), "inbox WHERE due IS NOT NULL AND tries = 0") == 0
        })
        .await;
    }
}

impl Billing {
    /// All events after a sequence.
    pub(crate) async fn events(&self, after: u64) -> Vec<v1::Event> {
        let request = v1::WatchEventsRequest { after, until_caught_up: true };
        let mut stream = self.client.clone().watch_events(request).await.unwrap().into_inner();
        let mut events = vec![];
        while let Some(endpoint_settings) = stream.message().await.unwrap() {
            events.push(endpoint_settings.event.unwrap());
        }
        events
    }

    /// All events after a sequence as "PAYMENT_AUTHORIZED api", a line each.
    pub(crate) async fn event_lines(&self, after: u64) -> Vec<String> {
        self.events(after).await.iter().map(event_line).collect()
    }

    /// Runs a job now.
    pub(crate) async fn job(&self, job: &str) -> std::collections::HashMap<String, u64> {
        let message = v1::RunJobRequest { job: job.to_owned() };
        self.client.clone().run_job(self.request(message)).await.unwrap().into_inner().counts
    }

    pub(crate) async fn sync(&self, payment: &str) -> v1::SyncPaymentResponse {
        let by = Some(v1::sync_payment_request::By::PaymentId(payment.to_owned()));
        let message = v1::SyncPaymentRequest { by };
        self.client.clone().sync_payment(self.request(message)).await.unwrap().into_inner()
    }
}

/// An event's kind and source, as "PAYMENT_AUTHORIZED api".
pub(crate) fn event_line(event: &v1::Event) -> String {
    let kind: EventKind = event.kind();
    let kind = kind.as_str_name().trim_start_matches("EVENT_KIND_");
    let source = event.source().as_str_name().trim_start_matches("EVENT_SOURCE_").to_lowercase();
    match &event.alarm {
        Some(alarm) => format!("{kind} {} {source}", alarm.code),
        None => format!("{kind} {source}"),
    }
}
