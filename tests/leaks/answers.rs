//! All answers to the billing platform: kept as received, to be searched, and counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::{Mutex, MutexGuard},
};

use causeway::{status, v1};
use prost::Message;

use super::test_bed::CallResult;

#[derive(Default)]
struct Recorded {
    bytes: Vec<u8>,
    counts: BTreeMap<String, usize>,
    answered: BTreeSet<String>,
    approved: BTreeSet<String>,
}

/// All answers so far.
#[derive(Default)]
pub(super) struct ReceivedAnswers(Mutex<Recorded>);

impl ReceivedAnswers {
    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap()
    }

    /// Keeps an answer or a refusal, in every form that the billing platform could print.
    pub(super) fn record<T: Message + Debug>(
        &self,
        result: CallResult<T>,
        word: impl Fn(&T) -> String,
    ) -> String {
        let (word, text, raw) = match &result {
            Ok(answer) => (word(answer.get_ref()), format!("{answer:?}"), answer.get_ref().encode_to_vec()),
            Err(refusal) => {
                let result = status::RefusalDetails::of(refusal);
                let text = format!("{refusal:?} {refusal} {result:?}");
                (result.reason, text, refusal.details().to_vec())
            }
        };
        self.note(&word, &[text.as_bytes(), &raw]);
        word
    }

    /// Keeps the bytes of an answer, and counts the word.
    pub(super) fn note(&self, word: &str, result: &[&[u8]]) {
        let mut recorded = self.recorded();
        for part in result {
            recorded.bytes.extend_from_slice(part);
            recorded.bytes.push(b'\n');
        }
        *recorded.counts.entry(word.to_owned()).or_default() += 1;
    }

    pub(super) fn authorized(&self, id: &str, result: CallResult<v1::AuthorizeResponse>) -> String {
        let answered = result.is_ok();
        let word = self.record(result, |answer| {
            let result = answer.result.as_ref().unwrap();
            outcome_word(result.outcome(), result.duplicate)
        });
        self.mark(id, answered, word.starts_with("APPROVED"));
        word
    }

    pub(super) fn tokenized(&self, id: &str, result: CallResult<v1::TokenizeResponse>) -> String {
        // The processor was silent, and no operation was begun.
        let begun = result.as_ref().is_ok_and(|result| {
            let failure = result.get_ref().result.as_ref().and_then(|result| result.failure.as_ref());
            failure.is_none_or(|failure| failure.code != "PROCESSOR_SILENT")
        });
        let word = self.record(result, |answer| {
            let result = answer.result.as_ref().unwrap();
            outcome_word(result.outcome(), result.duplicate)
        });
        self.mark(id, begun, false);
        word
    }

    fn mark(&self, id: &str, answered: bool, paid: bool) {
        let mut recorded = self.recorded();
        if answered {
            recorded.answered.insert(id.to_owned());
        }
        if paid {
            recorded.approved.insert(id.to_owned());
        }
    }

    /// The count of each word.
    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        self.recorded().counts.clone()
    }

    /// How many requests to authorize or tokenize were answered.
    pub(super) fn answered(&self) -> usize {
        self.recorded().answered.len()
    }

    /// How many payments were approved.
    pub(super) fn paid(&self) -> usize {
        self.recorded().approved.len()
    }

    /// The bytes of all answers.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.recorded().bytes.clone()
    }
}

/// An outcome in a word, as "APPROVED" or "DECLINED again".
fn outcome_word(outcome: v1::Outcome, again: bool) -> String {
    let word = outcome.as_str_name().trim_start_matches("OUTCOME_");
    format!("{word}{}", if again { " again" } else { "" })
}
