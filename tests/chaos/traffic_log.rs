//! The traffic to Stripe: heads of requests and answers, counted.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Mutex,
};

/// The traffic of all connections.
#[derive(Default)]
pub(crate) struct TrafficLog(Mutex<Heads>);

/// Counts of requests and answers.
#[derive(Default, Clone)]
pub(crate) struct Heads {
    /// POST requests, by the last word of the path.
    pub(crate) asked: BTreeMap<String, u64>,
    /// GET requests, by the last word of the path.
    pub(crate) status_at_end: BTreeMap<String, u64>,
    /// Answers that Stripe had given before, under the same key.
    pub(crate) replayed: u64,
    /// Keys with a 500 as the answer, which Stripe keeps.
    pub(crate) broken: HashSet<String>,
}

/// One connection: the idempotency key of the request in flight.
#[derive(Default)]
pub(crate) struct Reader(Mutex<Option<String>>);

impl TrafficLog {
    /// Counts a request in a chunk from the relay.
    pub(crate) fn request(&self, reader: &Reader, piece: &[u8]) {
        let Some(head) = head(piece) else { return };
        let mut words = head.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return };
        let path = target.split('?').next().unwrap_or_default();
        let name_of_path = name(path);
        let mut heads = self.0.lock().unwrap();
        match method {
            "POST" | "DELETE" => *heads.asked.entry(name_of_path).or_default() += 1,
            "GET" => *heads.status_at_end.entry(name_of_path).or_default() += 1,
            _ => return,
        }
        drop(heads);
        *reader.0.lock().unwrap() = field(&head, "idempotency-key");
    }

    /// Counts an answer in a chunk from the sandbox.
    pub(crate) fn answer(&self, reader: &Reader, piece: &[u8]) {
        if !piece.starts_with(b"HTTP/1.1 ") {
            return;
        }
        let Some(head) = head(piece) else { return };
        let mut heads = self.0.lock().unwrap();
        if field(&head, "idempotent-replayed").is_some_and(|value| value == "true") {
            heads.replayed += 1;
        }
        if head.starts_with("HTTP/1.1 500")
            && let Some(key) = reader.0.lock().unwrap().clone()
        {
            heads.broken.insert(key);
        }
    }

    pub(crate) fn read(&self) -> Heads {
        self.0.lock().unwrap().clone()
    }
}

impl Heads {
    /// GET requests, except those for events.
    pub(crate) fn looks_up(&self) -> u64 {
        self.status_at_end
            .iter()
            .filter(|(name_of_path, _)| *name_of_path != "events")
            .map(|(_, count)| count)
            .sum()
    }
}

/// The short name of a path: `capture` for `/v1/payment_intents/pi_1/capture`,
/// and `payment_intents/id` for `/v1/payment_intents/pi_1`.
fn name(path: &str) -> String {
    let parts: Vec<_> = path.split('/').skip(2).collect();
    match parts.as_slice() {
        [name_of_path] => (*name_of_path).to_owned(),
        [name_of_path, _] => format!("{name_of_path}/id"),
        [.., last] => (*last).to_owned(),
        [] => path.to_owned(),
    }
}

/// The head at the start of a piece, if there is one.
fn head(piece: &[u8]) -> Option<String> {
    let end = piece.windows(4).position(|four| four == b"\r\n\r\n")?;
    String::from_utf8(piece[..end].to_vec()).ok()
}

fn field(head: &str, name: &str) -> Option<String> {
    let lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    let mut values = lines.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.trim().to_owned())
}
