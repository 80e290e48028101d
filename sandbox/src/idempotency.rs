//! Idempotency keys: the calls begun under a key, and the answer to a repeated call with the same key.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::compressed_text::CompressedText;
use crate::error::StripeError;
use crate::storage::touched::{AccountRecorder, Touched};

/// The time during which a key is kept, in seconds.
const RETENTION: i64 = 24 * 60 * 60;

/// The greatest length of a key, in bytes.
const MAX_KEY_LENGTH: usize = 255;

/// The identity of a call: two calls with equal fingerprints are the same request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    /// The path, marked for a call by a page in a browser.
    pub(crate) path: String,
    /// The fingerprint of the parameters, which does not show the parameters.
    pub(crate) parameters: String,
}

/// The answer that is stored under a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredAnswer {
    /// The request id of the first call.
    pub(crate) request_id: String,
    /// The HTTP status of the first answer.
    pub(crate) status: u16,
    /// The body of the first answer, compressed.
    pub(crate) body: CompressedText,
}

/// The answer under a key, as stored across restarts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AnsweredKey {
    fingerprint: Fingerprint,
    since: Timestamp,
    answer: StoredAnswer,
}

#[cfg(test)]
impl AnsweredKey {
    /// The body of the answer.
    pub(crate) fn body(&self) -> String {
        String::from_utf8(self.answer.body.decompress()).unwrap()
    }
}

/// The result of a claim on a key.
#[derive(Debug)]
pub(crate) enum ClaimResult {
    /// The key is new: the call goes ahead.
    Started,
    /// The same call was answered before.
    Replayed(StoredAnswer),
    /// The key belongs to another call, or the first call is still in flight.
    Refused(StripeError),
}

/// The state of one key since the first call.
#[derive(Debug)]
struct KeyRecord {
    fingerprint: Fingerprint,
    since: Timestamp,
    in_flight: bool,
    answer: Option<StoredAnswer>,
}

/// The idempotency keys of one mode of an account.
#[derive(Debug, Default)]
pub(crate) struct IdempotencyKeys {
    records: HashMap<String, KeyRecord>,
    /// The keys in the order of first use, with the time in unix seconds.
    by_age: VecDeque<(i64, String)>,
    recorder: Option<AccountRecorder>,
}

impl IdempotencyKeys {
    /// Claims a key. A claimed key has to be released after the answer.
    pub(crate) fn claim(&mut self, key: &str, fingerprint: &Fingerprint, now: Timestamp) -> ClaimResult {
        self.prune(now);
        if key.len() > MAX_KEY_LENGTH {
            return ClaimResult::Refused(StripeError::invalid(format!(
                "Idempotency keys can have up to {MAX_KEY_LENGTH} characters. The key passed in is {} characters long.",
                key.len()
            )));
        }
        match self.records.get(key) {
            Some(record) if record.in_flight => ClaimResult::Refused(in_use(key)),
            Some(record) if record.is_expired(now) => self.begin(key, fingerprint, now),
            Some(record) if record.fingerprint != *fingerprint => {
                ClaimResult::Refused(record.mismatch(key, fingerprint))
            }
            Some(KeyRecord { answer: Some(answer), .. }) => ClaimResult::Replayed(answer.clone()),
            Some(_) | None => self.begin(key, fingerprint, now),
        }
    }

    /// Begins a call under a key.
    fn begin(&mut self, key: &str, fingerprint: &Fingerprint, now: Timestamp) -> ClaimResult {
        let record =
            KeyRecord { fingerprint: fingerprint.clone(), since: now, in_flight: true, answer: None };
        self.records.insert(key.to_owned(), record);
        self.by_age.push_back((now.as_second(), key.to_owned()));
        ClaimResult::Started
    }

    /// Removes the keys that are older than a day. A key with a call in flight is queued again and removed
    /// at a later pruning.
    fn prune(&mut self, now: Timestamp) {
        let expired = |since: i64| since.saturating_add(RETENTION) <= now.as_second();
        while self.by_age.front().is_some_and(|(since, _)| expired(*since)) {
            let Some((_, key)) = self.by_age.pop_front() else { return };
            match self.records.get(&key) {
                Some(record) if record.in_flight => self.by_age.push_back((now.as_second(), key)),
                Some(record) if record.is_expired(now) => drop(self.records.remove(&key)),
                Some(_) | None => {}
            }
        }
    }

    /// Stores the answer of a call that was executed.
    pub(crate) fn store_answer(&mut self, key: &str, answer: StoredAnswer) {
        if let Some(record) = self.records.get_mut(key) {
            record.answer = Some(answer);
            if let Some(recorder) = &self.recorder {
                recorder.record(Touched::Key(key.to_owned()));
            }
        }
    }

    /// The stored answer under a key. Keys of calls without an answer are not stored.
    pub(crate) fn answered_key(&self, key: &str) -> Option<AnsweredKey> {
        self.records.get(key)?.answered()
    }

    /// All keys that have a stored answer and are not too old at a moment, in the order of first use.
    pub(crate) fn answered(&self, now: Timestamp) -> impl Iterator<Item = (String, AnsweredKey)> {
        let is_kept =
            move |key: &&String| self.records.get(*key).is_some_and(|record| !record.is_expired(now));
        let in_order = self.by_age.iter().map(|(_, key)| key).filter(is_kept);
        in_order.filter_map(|key| Some((key.clone(), self.answered_key(key)?)))
    }

    /// Adds a key with the answer from before the restart.
    pub(crate) fn restore(&mut self, key: String, stored: AnsweredKey) {
        let AnsweredKey { fingerprint, since, answer } = stored;
        let record = KeyRecord { fingerprint, since, in_flight: false, answer: Some(answer) };
        self.by_age.push_back((since.as_second(), key.clone()));
        self.records.insert(key, record);
    }

    /// Records every change from now on.
    pub(crate) fn record_changes(&mut self, recorder: AccountRecorder) {
        self.recorder = Some(recorder);
    }

    /// Ends a call. A key without an executed call is removed.
    pub(crate) fn release(&mut self, key: &str) {
        match self.records.get_mut(key) {
            Some(record) if record.answer.is_some() => record.in_flight = false,
            Some(_) => {
                self.records.remove(key);
            }
            None => {}
        }
    }
}

impl KeyRecord {
    fn answered(&self) -> Option<AnsweredKey> {
        let answer = self.answer.clone()?;
        Some(AnsweredKey { fingerprint: self.fingerprint.clone(), since: self.since, answer })
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        self.since.as_second().saturating_add(RETENTION) <= now.as_second()
    }

    fn mismatch(&self, key: &str, other: &Fingerprint) -> StripeError {
        let condition = if self.fingerprint.path == other.path {
            "with the same parameters they were first used with.".to_owned()
        } else {
            format!(
                "for the same endpoint they were first used for ('{}' vs '{}').",
                other.path, self.fingerprint.path
            )
        };
        let message = format!(
            "Keys for idempotent requests can only be used {condition} Try using a key other than '{key}' if you \
             meant to execute a different request."
        );
        StripeError::new(400, "idempotency_error", message)
    }
}

/// The refusal of a key while the first call is still in flight.
pub(crate) fn in_use(key: &str) -> StripeError {
    StripeError::invalid(format!(
        "There is currently another in-progress request using this Idempotent Key (that probably means you \
         submitted twice, and the other request is still going through): {key}. Please try again later."
    ))
    .status(409)
    .code("idempotency_key_in_use")
}
