//! Webhooks without a valid or recent signature of Stripe, and bodies that are no events: no row is
//! stored.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use super::{check_unique_names, json, panics, play, print_result, signatures};
use crate::stage::{
    Stage,
    events::{ENDPOINT, GLOBEX_ENDPOINT, WebhookEndpoint},
    webhooks::{fixture, signature},
};

/// The bytes of a request at the endpoint, and the expected status.
#[derive(Clone)]
pub(super) struct Delivery {
    pub(super) label: String,
    pub(super) bytes: Vec<u8>,
    pub(super) status: u16,
}

/// The deadline of an answer, with other cases in flight.
const PATIENCE: Duration = Duration::from_secs(20);

/// A POST to the endpoint with a header and a body.
pub(super) fn post(signature: &str, body: &[u8]) -> Vec<u8> {
    request("POST", &format!("/webhooks/{ENDPOINT}"), &format!("Stripe-Signature: {signature}\r\n"), body)
}

fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

impl Delivery {
    pub(super) fn new(label: impl Into<String>, bytes: Vec<u8>, status: u16) -> Delivery {
        Delivery { label: label.into(), bytes, status }
    }

    async fn play(self, address: SocketAddr) -> Option<String> {
        let seen = tokio::time::timeout(PATIENCE, answer_status(address, &self.bytes)).await;
        let seen = seen.unwrap_or_default();
        (seen != self.status).then(|| format!("{}: {seen} instead of {}", self.label, self.status))
    }
}

/// The status of an answer; 0: the connection was closed without one.
async fn answer_status(address: SocketAddr, bytes: &[u8]) -> u16 {
    let mut connection = TcpStream::connect(address).await.unwrap();
    // The server may cut the connection of a refused request during the write.
    drop(connection.write_all(bytes).await);
    let mut received = vec![0; 12];
    let whole = connection.read_exact(&mut received).await.is_ok();
    let text = String::from_utf8_lossy(&received).into_owned();
    let status = text.strip_prefix("HTTP/1.1 ").and_then(|status| status.parse().ok());
    if whole { status.unwrap_or(1) } else { 0 }
}

/// This test is not about the rate limit of events.
fn without_rate_limit(settings: String) -> String {
    settings.replace("[webhooks]", "[webhooks]\nevents_per_second = 0")
}

/// The signing secret, the moment, and a good event.
pub(super) struct TestBed {
    pub(super) secret: String,
    pub(super) now: i64,
    pub(super) good: String,
}

impl TestBed {
    /// A body with a signature as Stripe computes.
    pub(super) fn signed(&self, label: impl Into<String>, body: &[u8], status: u16) -> Delivery {
        let bytes = post(&signatures::of(&self.secret, &self.now.to_string(), body), body);
        Delivery::new(label, bytes, status)
    }

    /// A good event with one change.
    fn event(&self, label: impl Into<String>, status: u16, change: impl FnOnce(&mut Value)) -> Delivery {
        let mut event = serde_json::from_str(&self.good).unwrap();
        change(&mut event);
        self.signed(label, event.to_string().as_bytes(), status)
    }

    /// Signed correctly, but no event, or an event of another mode or account.
    fn no_events(&self) -> Vec<Delivery> {
        let mut cases = vec![];
        for body in [
            "",
            " ",
            "null",
            "true",
            "0",
            "\"evt_1\"",
            "[]",
            "[{}]",
            "{}",
            "{\"id\":\"evt_1\"}",
            "id=evt_1",
            "<event/>",
        ] {
            cases.push(self.signed(format!("the body {body:?}"), body.as_bytes(), 400));
        }
        let none = [json!(null), json!(1), json!(true), json!([]), json!({})];
        for field in ["id", "type"] {
            for value in none.clone() {
                cases.push(self.event(format!("{field} {value}"), 400, |event| event[field] = value));
            }
        }
        for value in [json!(null), json!("now"), json!(1.5), json!(1e300), json!([]), json!({})] {
            cases.push(self.event(format!("created {value}"), 400, |event| event["created"] = value));
        }
        for value in [json!("false"), json!(0), json!(null), json!([])] {
            cases.push(self.event(format!("livemode {value}"), 400, |event| event["livemode"] = value));
        }
        for value in [json!(null), json!(5), json!("x"), json!([1, 2]), json!({}), json!({"objects": {}})] {
            cases.push(self.event(format!("data {value}"), 400, |event| event["data"] = value));
        }
        for value in [json!(5), json!([]), json!({})] {
            cases.push(self.event(format!("account {value}"), 400, |event| event["account"] = value));
        }
        for field in ["id", "type", "created", "data"] {
            let remove = |event: &mut Value| drop(event.as_object_mut().unwrap().remove(field));
            cases.push(self.event(format!("no {field}"), 400, remove));
        }
        cases.push(self.event("real money", 400, |event| event["livemode"] = json!(true)));
        let largest = format!("{}{}", self.good, " ".repeat(1024 * 1024 - self.good.len()));
        cases.push(self.signed("1 MiB + 1", format!("{largest} ").as_bytes(), 413));
        cases.push(self.signed("2 MiB", largest.repeat(2).as_bytes(), 413));
        cases.extend(
            json::broken(&self.good, "livemode").iter().map(|(label, text)| self.signed(label, text, 400)),
        );
        cases
    }

    /// Methods, paths and heads that Stripe does not send.
    fn other_requests(&self) -> Vec<Delivery> {
        let signed = signature(&self.secret, self.now, &self.good);
        let header = format!("Stripe-Signature: {signed}\r\n");
        let body = self.good.as_bytes();
        let setting = format!("/webhooks/{ENDPOINT}");
        let mut cases = vec![];
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post", "STEAL"] {
            cases.push(Delivery::new(method, request(method, &setting, &header, body), 405));
        }
        let upper = setting.to_uppercase();
        let paths = [
            "/",
            "/webhooks",
            "/webhooks/",
            "/webhook/x",
            "//webhooks/x",
            "/webhooks/../webhooks/x",
            "/webhooks/x",
            "/webhooks/%2e%2e",
            "/webhooks/*",
            "/webhooks/'%20OR%20'1'='1",
            &upper,
            &format!("{setting}/"),
            &format!("{setting}/x"),
            &format!("{setting}%00"),
            &format!("{setting}x"),
            &setting[..setting.len() - 1],
            &format!("/{setting}"),
            &format!("/x{setting}"),
            &format!("/webhooks/{GLOBEX_ENDPOINT}"),
            &format!("/webhooks/{}", "a".repeat(5000)),
        ];
        for path in paths {
            let shown: String = path.chars().take(80).collect();
            cases.push(Delivery::new(format!("to {shown}"), request("POST", path, &header, body), 404));
        }
        let unsigned = |headers: &str| request("POST", &setting, headers, body);
        let twice = header.repeat(2);
        for (label, headers) in [
            ("no signature", ""),
            ("two signatures", &twice),
            ("an empty signature and a good one", &format!("Stripe-Signature:\r\n{header}")),
            ("another header's name", &header.replace("Stripe-Signature", "Stripe-Signatur")),
            ("a header with an underscore", &header.replace("Stripe-Signature", "Stripe_Signature")),
            ("a header of billing's", &header.replace("Stripe-Signature", "Webhook-Signature")),
        ] {
            cases.push(Delivery::new(label, unsigned(headers), 400));
        }
        for (label, bytes) in [
            ("a line only", "POST\r\n\r\n".to_owned()),
            ("another protocol", "SSH-2.0-x\r\n\r\n".to_owned()),
            ("a header with a zero", format!("POST {setting} HTTP/1.1\r\nHost: a\0b\r\n\r\n")),
            ("a header without a name", format!("POST {setting} HTTP/1.1\r\n: x\r\n\r\n")),
            (
                "two lengths",
                format!("POST {setting} HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
            ),
            ("a negative length", format!("POST {setting} HTTP/1.1\r\nContent-Length: -1\r\n\r\n")),
            (
                "an encoding that there is not",
                format!("POST {setting} HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n"),
            ),
        ] {
            cases.push(Delivery::new(label, bytes.into_bytes(), 400));
        }
        let many = request("POST", &setting, &"X-Filler: a\r\n".repeat(200), body);
        cases.push(Delivery::new("200 headers", many, 431));
        cases
    }

    /// Unusual deliveries of Stripe that are accepted.
    fn valid_cases(&self) -> Vec<Delivery> {
        let mut cases = vec![];
        let mut number = 0;
        let mut id = || {
            number += 1;
            json!(format!("evt_good_{number}"))
        };
        for kind in
            ["payment_intent.of_tomorrow", "", "x", "Charge.Refunded", "a\u{0}b", "'; DROP TABLE inbox; --"]
        {
            let change = |event: &mut Value| (event["id"], event["type"]) = (id(), json!(kind));
            cases.push(self.event(format!("type {kind:?}"), 200, change));
        }
        for object in [json!(null), json!([]), json!({"id": 5}), json!({"id": "pi_1", "metadata": 7})] {
            let change = |event: &mut Value| (event["id"], event["data"]["object"]) = (id(), object.clone());
            cases.push(self.event(format!("object {object}"), 200, change));
        }
        for created in [0, -1, i64::MAX, i64::MIN] {
            let change = |event: &mut Value| (event["id"], event["created"]) = (id(), json!(created));
            cases.push(self.event(format!("created {created}"), 200, change));
        }
        for (label, text) in json::unusual(&self.good) {
            let text = String::from_utf8(text).unwrap();
            let text = text.replace("evt_fixture", id().as_str().unwrap());
            cases.push(self.signed(label, text.as_bytes(), 200));
        }
        cases
    }
}

#[tokio::test]
async fn a_webhook_without_a_valid_stripe_signature_is_not_stored() {
    let (start, panics) = (Instant::now(), panics());
    let (stage, webhook) = Stage::with_webhooks(without_rate_limit).await;
    let WebhookEndpoint { url, secret, .. } = webhook;
    let address = url.split('/').nth(2).unwrap().parse().unwrap();
    // The event is about an unknown object, so that no look-up at Stripe follows.
    let good = fixture("customer.updated").to_string();
    let test_bed = TestBed { secret, now: stage.now_seconds(), good };
    let refused = [signatures::refused(&test_bed), test_bed.no_events(), test_bed.other_requests()].concat();
    let good = [signatures::good(&test_bed), test_bed.valid_cases()].concat();
    let counts = (refused.len(), good.len());
    check_unique_names(refused.iter().chain(&good).map(|case| case.label.clone()));
    let play_case = |case: Delivery| case.play(address);
    let calls = stage.calls();
    let moved = || {
        let rows = super::TABLES.map(|table| stage.rows(table));
        (rows != [0; 4] || stage.calls() != calls).then(|| format!("{rows:?}, {} calls", stage.calls()))
    };
    let stored = || {
        moved().or_else(|| {
            Some(stage.rows("inbox")).filter(|stored| *stored > 0).map(|stored| format!("{stored} events"))
        })
    };
    let mut wrong = play(refused, play_case, stored).await;
    wrong.extend(play(good, play_case, moved).await);
    print_result("webhooks", counts, start, &wrong, panics);
}
