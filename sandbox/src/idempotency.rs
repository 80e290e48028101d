//! Idempotency keys: the calls begun under a key, and the answer to a repeated call with the same key.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use crate::error::StripeError;
use crate::packed::CompressedText;

/// The time during which a key is kept, in seconds.
const REMEMBERED: i64 = 24 * 60 * 60;

/// The greatest length of a key, in bytes.
const LONGEST: usize = 255;

/// The identity of a call: two calls with equal fingerprints are the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// The path, marked for a call by a page in a browser.
    pub(crate) path: String,
    /// The fingerprint of the parameters, which does not show the parameters.
    pub(crate) parameters: String,
}

/// The answer that is kept under a key.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The request id of the first call.
    pub(crate) request_id: String,
    /// The HTTP status of the first answer.
    pub(crate) status: u16,
    /// The body of the first answer, compressed.
    pub(crate) body: CompressedText,
}

/// The result of a claim on a key.
#[derive(Debug)]
pub(crate) enum Claim {
    /// The key is new: the call goes ahead.
    Begun,
    /// The same call was answered before.
    Replayed(Kept),
    /// The key belongs to another call, or the first call is still in flight.
    Refused(StripeError),
}

/// The state of one key since the first call.
#[derive(Debug)]
struct Slot {
    fingerprint: Fingerprint,
    since: Timestamp,
    under_way: bool,
    kept: Option<Kept>,
}

/// The keys of one side of an account.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    slots: HashMap<String, Slot>,
    /// The keys in the order of first use, with the time in unix seconds.
    ages: VecDeque<(i64, String)>,
}

impl Keys {
    /// Claims a key. A claimed key has to be released after the answer.
    pub(crate) fn claim(&mut self, key: &str, fingerprint: &Fingerprint, now: Timestamp) -> Claim {
        self.prune(now);
        if key.len() > LONGEST {
            return Claim::Refused(StripeError::invalid(format!(
                "Idempotency keys can have up to {LONGEST} characters. The key passed in is {} characters long.",
                key.len()
            )));
        }
        match self.slots.get(key) {
            Some(slot) if slot.under_way => Claim::Refused(in_use(key)),
            Some(slot) if slot.is_old(now) => self.begin(key, fingerprint, now),
            Some(slot) if slot.fingerprint != *fingerprint => Claim::Refused(slot.mismatch(key, fingerprint)),
            Some(Slot { kept: Some(kept), .. }) => Claim::Replayed(kept.clone()),
            Some(_) | None => self.begin(key, fingerprint, now),
        }
    }

    /// Begins a call under a key.
    fn begin(&mut self, key: &str, fingerprint: &Fingerprint, now: Timestamp) -> Claim {
        let slot = Slot { fingerprint: fingerprint.clone(), since: now, under_way: true, kept: None };
        self.slots.insert(key.to_owned(), slot);
        self.ages.push_back((now.as_second(), key.to_owned()));
        Claim::Begun
    }

    /// Removes the keys that are older than a day. A key with a call in flight is queued again and removed
    /// at a later pruning.
    fn prune(&mut self, now: Timestamp) {
        let old = |since: i64| since.saturating_add(REMEMBERED) <= now.as_second();
        while self.ages.front().is_some_and(|(since, _)| old(*since)) {
            let Some((_, key)) = self.ages.pop_front() else { return };
            match self.slots.get(&key) {
                Some(slot) if slot.under_way => self.ages.push_back((now.as_second(), key)),
                Some(slot) if slot.is_old(now) => drop(self.slots.remove(&key)),
                Some(_) | None => {}
            }
        }
    }

    /// Keeps the answer of a call that was executed.
    pub(crate) fn keep(&mut self, key: &str, kept: Kept) {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.kept = Some(kept);
        }
    }

    /// Ends a call. A key without an executed call is removed.
    pub(crate) fn release(&mut self, key: &str) {
        match self.slots.get_mut(key) {
            Some(slot) if slot.kept.is_some() => slot.under_way = false,
            Some(_) => {
                self.slots.remove(key);
            }
            None => {}
        }
    }
}

impl Slot {
    fn is_old(&self, now: Timestamp) -> bool {
        self.since.as_second().saturating_add(REMEMBERED) <= now.as_second()
    }

    fn mismatch(&self, key: &str, other: &Fingerprint) -> StripeError {
        let what = if self.fingerprint.path == other.path {
            "with the same parameters they were first used with.".to_owned()
        } else {
            format!(
                "for the same endpoint they were first used for ('{}' vs '{}').",
                other.path, self.fingerprint.path
            )
        };
        let message = format!(
            "Keys for idempotent requests can only be used {what} Try using a key other than '{key}' if you \
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
