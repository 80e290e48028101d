//! The fixture of version 0.1: rows of the journal, answers of that relay, calls to Stripe.

use causeway::v1;
use causeway_sandbox::Sandbox;
use jiff::{SignedDuration, Timestamp};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use serde_json::Value;

use crate::stage::{
    Stage,
    forging_proxy::{ForgingProxy, IdMapping},
    settings::ACME_KEY,
};

/// The key of acme's payment system "second", as in the settings of the stage.
const SECOND_KEY: &str = "sk_test_acme000000000000000002";
/// base64 of "card-fingerprints-of-the-fixture-0.1".
const FINGERPRINT_KEY: &str = "Y2FyZC1maW5nZXJwcmludHMtb2YtdGhlLWZpeHR1cmUtMC4x";

/// A file of the fixture as text.
pub(super) fn file(name: &str) -> String {
    let path = format!("{}/tests/fixtures/journal-0.1/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A file of the fixture with a JSON object in each line.
pub(super) fn lines(name: &str) -> Vec<Value> {
    file(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A text field of an object of the fixture; empty without the field.
pub(super) fn text<'a>(line: &'a Value, field: &str) -> &'a str {
    line[field].as_str().unwrap_or_default()
}

/// The descriptors of the contract of today.
pub(super) fn contract() -> DescriptorPool {
    DescriptorPool::decode(v1::DESCRIPTORS).unwrap()
}

/// A message of the contract of today, read from JSON of version 0.1.
pub(super) fn read<T: Message + Default>(descriptor: MessageDescriptor, json: &Value) -> T {
    DynamicMessage::deserialize(descriptor, json).unwrap().transcode_to().unwrap()
}

/// A message of the contract by name, read from JSON of version 0.1.
pub(super) fn message<T: Message + Default>(name: &str, json: &Value) -> T {
    read(contract().get_message_by_name(&format!("causeway.v1.{name}")).unwrap(), json)
}

/// The relay of today on the journal of version 0.1. Stripe has the objects of the journal, under
/// other ids: `id_mappings` has both ids of each object. The relay's clock shows the minute after the
/// old relay died, and Stripe's clock the minute before, on whichever day the story runs.
pub(super) struct Opened {
    pub(super) stage: Stage,
    pub(super) id_mappings: Vec<IdMapping>,
}

impl Opened {
    pub(super) async fn open() -> Opened {
        let rows = file("journal.sql");
        let died = died(&rows);
        let starts_at = Some(died);
        let sandbox = causeway_sandbox::Settings { starts_at, ..Default::default() };
        let sandbox = Sandbox::start(sandbox).await.unwrap();
        let now = causeway_runtime::machine::environment().now();
        let ahead = died.duration_since(now) + SignedDuration::from_mins(1);
        let id_mappings = play(&sandbox.url()).await;
        let forging_proxy = ForgingProxy::with_id_mappings(sandbox.url(), id_mappings.clone()).await;
        let stripe = (sandbox.url(), format!("http://{}", forging_proxy.address));
        let stage = Stage::with_clock_ahead(ahead, sandbox, |settings| {
            let settings = settings.replace(&stripe.0, &stripe.1);
            let journal = settings.split("journal = \"").nth(1).unwrap().split('"').next().unwrap();
            rusqlite::Connection::open(journal).unwrap().execute_batch(&rows).unwrap();
            options(&settings)
        });
        Opened { stage: stage.await, id_mappings }
    }

    /// The sandbox's id of an object.
    pub(super) fn in_sandbox(&self, id: &str) -> String {
        IdMapping::to_sandbox(&self.id_mappings, id)
    }
}

/// The settings of the stage with the options under which the journal was written.
fn options(settings: &str) -> String {
    let reserve = "journal_reserve_mib = 0";
    let one_try = "timeout_seconds = 5";
    let automatic = "capture_mode = \"automatic\"";
    settings
        .replace(reserve, &format!("{reserve}\ncard_fingerprint_key = \"{FINGERPRINT_KEY}\""))
        .replace(one_try, &format!("{one_try}\nmax_network_retries = 0\nrelease_hold = true"))
        .replace(automatic, &format!("{automatic}\ncard_data_mode = \"full_card\"\nrefund_approval = true"))
}

/// The time of the last heartbeat in the journal.
fn died(rows: &str) -> Timestamp {
    let journal = rusqlite::Connection::open_in_memory().unwrap();
    journal.execute_batch(rows).unwrap();
    let micros: i64 = journal.query_one("SELECT at FROM heartbeat", [], |row| row.get(0)).unwrap();
    Timestamp::from_microsecond(micros).unwrap()
}

/// Makes the objects of the fixture at a Stripe, by the calls of version 0.1 and of the dashboard.
async fn play(stripe: &str) -> Vec<IdMapping> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut id_mappings = vec![];
    for line in lines("stripe.jsonl") {
        let (method, path) = text(&line, "call").split_once(' ').unwrap();
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{stripe}{}", IdMapping::to_sandbox(&id_mappings, path));
        let key = if text(&line, "system") == "main" { ACME_KEY } else { SECOND_KEY };
        let mut request = client.request(method, url).bearer_auth(key);
        if !text(&line, "key").is_empty() {
            request = request.header("idempotency-key", text(&line, "key"));
        }
        if !text(&line, "body").is_empty() {
            let body = IdMapping::to_sandbox(&id_mappings, text(&line, "body"));
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(u64::from(status), line["status"].as_u64().unwrap(), "{line}: {answer}");
        for (place, id) in line["ids"].as_object().into_iter().flatten() {
            let made = answer.pointer(place).and_then(Value::as_str);
            let sandbox = made.unwrap_or_else(|| panic!("{place} is missing: {answer}")).to_owned();
            id_mappings.push(IdMapping { relay: id.as_str().unwrap().to_owned(), sandbox });
        }
    }
    id_mappings
}
