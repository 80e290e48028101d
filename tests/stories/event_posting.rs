//! Events, posted to a billing platform that keeps no stream open.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use causeway::v1::PaymentStatus;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::stage::{
    Billing, Running, Stage, eventually,
    external_tools::is_installed,
    order,
    processes::run,
    settings::{self, ACME_SECRET},
    start_adapter,
};

const SECRET: &str = "whsec_Y2F1c2V3YXktZXZlbnRzLWFyZS1zaWduZWQhISE=";

/// A post as received, with the answer.
#[derive(Clone, PartialEq, Debug)]
struct Post {
    line: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
    /// Status of the answer; `None` when the connection was closed without an answer.
    answer: Option<u16>,
}

impl Post {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn sequence(&self) -> u64 {
        self.json()["sequence"].as_str().unwrap().parse().unwrap()
    }

    /// Verifies the signature by the text of the Standard Webhooks specification, with separate code.
    fn is_signed(&self) -> bool {
        let (id, at) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let key = STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(&[id.as_bytes(), b".", at.as_bytes(), b".", &self.body].concat());
        let expected = STANDARD.encode(mac.finalize().into_bytes());
        let signed = self.header("webhook-signature").split(' ').any(|one| one == format!("v1,{expected}"));
        let now = causeway_runtime::machine::environment().now().as_second();
        signed && at.parse::<i64>().unwrap().abs_diff(now) <= 300
    }
}

/// Billing's side: receives posts, and gives the configured answers.
#[derive(Clone)]
pub(super) struct EventReceiver {
    pub(super) url: String,
    posts: Arc<Mutex<Vec<Post>>>,
    /// The next answers, before every further answer is 204.
    answers: Arc<Mutex<Vec<Option<u16>>>>,
}

impl EventReceiver {
    pub(super) async fn open() -> EventReceiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/causeway/events?from=adapter", listener.local_addr().unwrap());
        let receiver = EventReceiver { url, posts: Arc::default(), answers: Arc::default() };
        let there = receiver.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                there.serve(connection).await;
            }
        });
        receiver
    }

    async fn serve(&self, mut connection: TcpStream) {
        // The adapter may be killed at any byte; an incomplete request does not count as a post.
        let Some((head, body)) = read(&mut connection).await else { return };
        let mut lines = head.lines();
        let line = lines.next().unwrap().to_owned();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let answer = self.next_answer();
        self.posts.lock().unwrap().push(Post { line, headers, body, answer });
        if let Some(answer) = answer {
            let answer = format!("HTTP/1.1 {answer} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            _ = connection.write_all(answer.as_bytes()).await;
        }
    }

    fn next_answer(&self) -> Option<u16> {
        let mut answers = self.answers.lock().unwrap();
        if answers.is_empty() { Some(204) } else { answers.remove(0) }
    }

    fn posts(&self) -> Vec<Post> {
        self.posts.lock().unwrap().clone()
    }

    /// The sequences of the accepted events, in the order of the posts.
    fn accepted(&self) -> Vec<u64> {
        let posts = self.posts();
        posts.iter().filter(|post| post.answer == Some(204)).map(Post::sequence).collect()
    }

    /// The ids of the accepted events, in the order of the posts.
    pub(super) fn accepted_ids(&self) -> Vec<String> {
        let posts = self.posts();
        let taken = posts.iter().filter(|post| post.answer == Some(204));
        taken.map(|post| post.header("webhook-id").to_owned()).collect()
    }

    pub(super) async fn has_accepted(&self, count: usize) {
        eventually("events are taken", async || self.accepted().len() >= count).await;
    }
}

/// Head and body of a request; `None` when the connection ends early.
async fn read(connection: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = vec![];
    loop {
        let mut some = [0; 65_536];
        let count = connection.read(&mut some).await.ok().filter(|count| *count > 0)?;
        bytes.extend(&some[..count]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if bytes.len() >= end + 4 + length.parse::<usize>().unwrap() {
            return Some((head, bytes.split_off(end + 4)));
        }
    }
}

/// The additional settings of an adapter that posts events.
pub(super) fn posting_settings(url: &str, cursor: &Path) -> String {
    let cursor = cursor.display();
    format!(
        "\n[events]\npost_to = \"{url}\"\nsecret = \"{SECRET}\"\ncursor_file = \"{cursor}\"\ntimeout_seconds = 5\n"
    )
}

/// Starts an adapter that posts events to `url`.
pub(super) async fn start_posting_adapter(stage: &Stage, url: &str, cursor: &Path) -> Running {
    let settings =
        settings::adapter(&[stage.relay_address()], "acme-1", ACME_SECRET) + &posting_settings(url, cursor);
    start_adapter(&settings, &stage.clock).await
}

async fn pay(billing: &Billing, from: u64, to: u64) {
    for number in from..=to {
        billing.authorize(order(&format!("r-{number}"), "12.50 USD")).await.held_payment();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_posted_signed_and_in_order_until_accepted() {
    let (stage, receiver) = (Stage::open().await, EventReceiver::open().await);
    let billing = stage.billing().await;
    *receiver.answers.lock().unwrap() = vec![Some(204), Some(500), None, Some(503)];
    let cursor = stage.directory.path().join("events.cursor");
    let adapter = start_posting_adapter(&stage, &receiver.url, &cursor).await;
    pay(&billing, 1, 4).await;
    receiver.has_accepted(4).await;
    let posts = receiver.posts();
    let sequences: Vec<_> = posts.iter().map(Post::sequence).collect();
    assert_eq!(sequences, [1, 2, 2, 2, 2, 3, 4], "what is not taken holds up what is behind it");
    for post in &posts {
        assert!(post.is_signed(), "{post:?}");
        assert_eq!(post.line, "POST /causeway/events?from=adapter HTTP/1.1");
        assert_eq!(post.header("content-type"), "application/json");
        assert_eq!(post.header("webhook-id"), post.json()["id"]);
    }
    assert!(posts[1..5].iter().all(|post| post.body == posts[1].body), "the same event is the same text");
    adapter.stop().await;
}

/// The post uses the names of the contract, with 64-bit numbers as text, as in protobuf's JSON.
#[tokio::test(flavor = "multi_thread")]
async fn a_posted_event_has_the_contracts_json() {
    let (stage, receiver) = (Stage::open().await, EventReceiver::open().await);
    let billing = stage.billing().await;
    let adapter =
        start_posting_adapter(&stage, &receiver.url, &stage.directory.path().join("events.cursor")).await;
    let held = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    billing.capture("r-2", &held.id, Some("10.00 USD")).await.captured_payment();
    billing.refund("r-3", &held.id, Some("4.00 USD")).await.result();
    receiver.has_accepted(4).await;
    let events: Vec<_> = receiver.posts().iter().map(Post::json).collect();
    let kinds: Vec<_> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    let expected = ["PAYMENT_AUTHORIZED", "PAYMENT_CAPTURED", "REFUND_CREATED", "REFUND_SUCCEEDED"];
    assert_eq!(kinds, expected.map(|kind| format!("EVENT_KIND_{kind}")));
    let captured = &events[1];
    assert_eq!((&captured["sequence"], &captured["source"]), (&json!("2"), &json!("EVENT_SOURCE_API")));
    assert!(captured["at"].as_str().unwrap().ends_with('Z'), "{captured}");
    let payment = &captured["payment"];
    assert_eq!(payment["id"], held.id);
    assert_eq!(payment["status"], PaymentStatus::Captured.as_str_name());
    assert_eq!(payment["captured"], json!({ "amount": "10.00", "currency": "USD" }));
    assert!(payment["processor_ids"]["payment_intent"].as_str().unwrap().starts_with("pi_"), "{payment}");
    assert_eq!(events[3]["refund"]["amount"]["amount"], "4.00");
    assert_eq!(events[3]["payment"]["refunded"]["amount"], "4.00");
    adapter.stop().await;
}

/// One dialect: the body of a post and the line of `causeway events --json` are the same bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_posted_event_equals_the_cli_output() {
    let (stage, receiver) = (Stage::open().await, EventReceiver::open().await);
    let billing = stage.billing().await;
    let adapter =
        start_posting_adapter(&stage, &receiver.url, &stage.directory.path().join("events.cursor")).await;
    let mut first = order("r-1", "12.50 USD");
    first.metadata =
        HashMap::from(["blue", "red", "green"].map(|word| (word.to_owned(), format!("\"{word}\" ü"))));
    let held = billing.authorize(first).await.held_payment();
    billing.capture("r-2", &held.id, Some("10.00 USD")).await.captured_payment();
    billing.refund("r-3", &held.id, Some("4.00 USD")).await.result();
    billing.authorize(order("r-4", "5.00 USD")).await.held_payment();
    receiver.has_accepted(5).await;
    let address = format!("http://{}", adapter.address);
    let arguments = ["--adapter", &address, "--token", settings::BILLING_TOKEN, "--json", "events"];
    // The adapter answers on another thread.
    let output = tokio::task::block_in_place(|| run("causeway", &arguments, &[]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines: Vec<_> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    let posts = receiver.posts();
    let posted: Vec<_> = posts.iter().map(|post| std::str::from_utf8(&post.body).unwrap()).collect();
    assert_eq!(lines, posted);
    adapter.stop().await;
}

/// Billing's position survives a restart of the adapter; events from the meantime follow.
#[tokio::test(flavor = "multi_thread")]
async fn posting_continues_after_restarts_of_adapter_and_relay() {
    let (mut stage, receiver) = (Stage::open().await, EventReceiver::open().await);
    let billing = stage.billing().await;
    let cursor = stage.directory.path().join("events.cursor");
    let adapter = start_posting_adapter(&stage, &receiver.url, &cursor).await;
    pay(&billing, 1, 3).await;
    receiver.has_accepted(3).await;
    adapter.stop().await;
    assert_eq!(std::fs::read_to_string(&cursor).unwrap(), "3\n");

    pay(&billing, 4, 6).await;
    let adapter = start_posting_adapter(&stage, &receiver.url, &cursor).await;
    receiver.has_accepted(6).await;
    stage.stop_relay().await;
    stage.start_relay().await;
    pay(&billing, 7, 9).await;
    receiver.has_accepted(9).await;
    assert_eq!(receiver.accepted(), (1..=9).collect::<Vec<_>>());

    // Billing is down while the adapter is stopped: the adapter stops at once, and posts the events after
    // the restart.
    *receiver.answers.lock().unwrap() = vec![Some(500); 50];
    pay(&billing, 10, 11).await;
    eventually("it was tried", async || receiver.posts().last().is_some_and(|post| post.answer == Some(500)))
        .await;
    tokio::time::timeout(std::time::Duration::from_secs(5), adapter.stop()).await.unwrap();
    receiver.answers.lock().unwrap().clear();
    let adapter = start_posting_adapter(&stage, &receiver.url, &cursor).await;
    receiver.has_accepted(11).await;
    assert_eq!(receiver.accepted(), (1..=11).collect::<Vec<_>>());
    assert!(receiver.posts().iter().all(Post::is_signed));
    adapter.stop().await;
}

/// A child process that is killed on drop.
struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The official library of Standard Webhooks accepts the adapter's posts.
#[tokio::test(flavor = "multi_thread")]
async fn the_standard_webhooks_library_accepts_posted_events() {
    let mut probe = Command::new("python3");
    if !is_installed("python3 with standardwebhooks", probe.args(["-c", "import standardwebhooks.webhooks"]))
    {
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/python/take_events.py");
    let mut taking = Command::new("python3");
    taking.arg(script).env("CAUSEWAY_EVENTS_SECRET", SECRET).env("PORT", "0").stdout(Stdio::piped());
    let mut taking = KillOnDrop(taking.spawn().unwrap());
    let mut stdout = BufReader::new(taking.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut line = || tokio::task::block_in_place(|| stdout.next().unwrap());
    let url = line().strip_prefix("takes events at ").unwrap().to_owned();

    let stage = Stage::open().await;
    let adapter = start_posting_adapter(&stage, &url, &stage.directory.path().join("events.cursor")).await;
    pay(&stage.billing().await, 1, 3).await;
    for number in 1..=3 {
        assert_eq!(line(), format!("{number} EVENT_KIND_PAYMENT_AUTHORIZED"));
    }
    adapter.stop().await;
    drop(taking);
}
