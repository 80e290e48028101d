//! Idempotency keys: what was begun under a key, and what a second call with the same key gets.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use crate::error::StripeError;
use crate::packed::Packed;

/// How long a key is remembered, in seconds.
const REMEMBERED: i64 = 24 * 60 * 60;

/// The longest key.
const LONGEST: usize = 255;

/// What makes two calls the same: where they go, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// The path.
    pub(crate) path: String,
    /// The parameters, as a text from which they cannot be read.
    pub(crate) parameters: String,
}

/// The answer that is kept under a key.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The request that was answered first.
    pub(crate) request_id: String,
    /// Its status.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) body: Packed,
}

/// What a key allows a call to do.
#[derive(Debug)]
pub(crate) enum Claim {
    /// The key is new: the call goes ahead.
    Begun,
    /// The same call was answered before.
    Replayed(Kept),
    /// The key belongs to another call, or the first is still under way.
    Refused(StripeError),
}

/// A key, from the first call on.
#[derive(Debug)]
struct Slot {
    fingerprint: Fingerprint,
    since: Timestamp,
    under_way: bool,
    kept: Option<Kept>,
}

/// The keys of one account.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    slots: HashMap<String, Slot>,
    /// The keys in the order in which they were first used.
    ages: VecDeque<(i64, String)>,
}

impl Keys {
    /// Asks for a key. A key that is granted has to be released when the call has been answered.
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

    /// Grants a key.
    fn begin(&mut self, key: &str, fingerprint: &Fingerprint, now: Timestamp) -> Claim {
        let slot = Slot { fingerprint: fingerprint.clone(), since: now, under_way: true, kept: None };
        self.slots.insert(key.to_owned(), slot);
        self.ages.push_back((now.as_second(), key.to_owned()));
        Claim::Begun
    }

    /// Forgets the keys that are old. A key under which a call is under way is forgotten when that has ended.
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

    /// Ends a call. A key under which nothing was executed is forgotten.
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

/// The refusal of a key whose first call is still under way.
pub(crate) fn in_use(key: &str) -> StripeError {
    StripeError::invalid(format!(
        "There is currently another in-progress request using this Idempotent Key (that probably means you \
         submitted twice, and the other request is still going through): {key}. Please try again later."
    ))
    .status(409)
    .code("idempotency_key_in_use")
}
