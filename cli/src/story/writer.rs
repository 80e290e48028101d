//! Writes a story step by step, and compares each answer with the expected one.

use std::{
    fmt::Display,
    io::{self, Write},
};

use causeway::{status::RefusalDetails, v1};
use tonic::Status;

use crate::names;

/// The reason why a story ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoryError {
    /// An answer differs from the expected one.
    #[error(
        "step {step} ({title}) came out differently\n  {what}\n  expected  {expected}\n  seen      {seen}"
    )]
    Differs {
        /// Number of the step, from 1.
        step: u32,
        /// The title of the step.
        title: String,
        /// The name of the compared value.
        what: String,
        /// The expected value, as text.
        expected: String,
        /// The value that was seen.
        seen: String,
    },
    /// An amount that cannot be read, or that has no sum.
    #[error("the amounts of the story cannot be counted: {0}")]
    Uncounted(String),
    /// The output cannot be written.
    #[error("the story cannot be written: {0}")]
    Mute(#[from] io::Error),
}

/// Writes the steps and compares the answers.
pub(super) struct StoryWriter<W> {
    out: W,
    step: u32,
    title: String,
}

impl<W: Write> StoryWriter<W> {
    pub(super) fn new(out: W) -> StoryWriter<W> {
        StoryWriter { out, step: 0, title: String::new() }
    }

    /// Begins a step with a title.
    pub(super) fn step(&mut self, title: &str) -> io::Result<()> {
        self.step = self.step.saturating_add(1);
        title.clone_into(&mut self.title);
        writeln!(self.out, "\n{:>2}. {title}", self.step)
    }

    /// Writes a value without a comparison.
    pub(super) fn says(&mut self, what: &str, value: impl Display) -> io::Result<()> {
        writeln!(self.out, "    {what:<17} {value}")
    }

    /// Writes lines, indented and otherwise unchanged.
    pub(super) fn lines(&mut self, text: &str) -> io::Result<()> {
        text.lines().try_for_each(|line| writeln!(self.out, "    {line}"))
    }

    /// Writes a value that has to equal the expected one.
    pub(super) fn expect(
        &mut self,
        what: &str,
        expected: impl Display,
        seen: impl Display,
    ) -> Result<(), StoryError> {
        let (expected, seen) = (expected.to_string(), seen.to_string());
        if expected != seen {
            return Err(self.differs(what, &expected, &seen));
        }
        Ok(self.says(what, seen)?)
    }

    /// Writes a value that must not be empty.
    pub(super) fn expect_some(&mut self, what: &str, seen: &str) -> Result<(), StoryError> {
        if seen.is_empty() {
            return Err(self.differs(what, "something", "nothing"));
        }
        Ok(self.says(what, seen)?)
    }

    /// A call that has to succeed.
    pub(super) fn done<T, E: Display>(&self, done: Result<T, E>) -> Result<T, StoryError> {
        done.map_err(|error| self.differs("what was done", "done", &error.to_string()))
    }

    /// An answer that must not be a refusal.
    pub(super) fn answered<T>(&self, answer: Result<T, Status>) -> Result<T, StoryError> {
        answer.map_err(|status| {
            let details = RefusalDetails::of(&status);
            let seen = format!("refused with {}: {}", details.reason, details.message);
            self.differs("the answer", "an answer", &seen)
        })
    }

    /// Compares an operation's outcome and the payment's status, and writes them.
    pub(super) fn result(
        &mut self,
        answer: Result<v1::OperationResult, Status>,
        outcome: v1::Outcome,
        status: v1::PaymentStatus,
    ) -> Result<(v1::Payment, v1::Failure), StoryError> {
        let result = self.answered(answer)?;
        let why = result.failure.clone().unwrap_or_default();
        let beside = if why.code.is_empty() { String::new() } else { format!(" ({})", why.operator_message) };
        let seen = names::outcome(result.outcome);
        let expected = names::outcome(outcome.into());
        if seen != expected {
            return Err(self.differs("outcome", &expected, &format!("{seen}{beside}")));
        }
        self.says("outcome", seen)?;
        let payment = result.payment.unwrap_or_default();
        self.expect("payment", names::status(status.into()), names::status(payment.status))?;
        Ok((payment, why))
    }

    /// An answer that has to be a refusal with this reason.
    pub(super) fn refused<T>(
        &mut self,
        answer: Result<T, Status>,
        reason: &str,
    ) -> Result<RefusalDetails, StoryError> {
        let Err(status) = answer else {
            return Err(self.differs("the answer", reason, "no refusal"));
        };
        let details = RefusalDetails::of(&status);
        if details.reason != reason {
            let seen = format!("{}: {}", details.reason, details.message);
            return Err(self.differs("the refusal", reason, &seen));
        }
        self.says("refused with", &details.reason)?;
        self.says("because", &details.message)?;
        Ok(details)
    }

    /// Writes the last line of the story.
    pub(super) fn end(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{text}")?;
        self.out.flush()
    }

    /// The error for a step with another result than expected.
    pub(super) fn differs(&self, what: &str, expected: &str, seen: &str) -> StoryError {
        StoryError::Differs {
            step: self.step,
            title: self.title.clone(),
            what: what.to_owned(),
            expected: expected.to_owned(),
            seen: seen.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use causeway::refusal::Refusal;

    use super::*;

    fn refusal() -> Status {
        Refusal::PaymentNotFound.into()
    }

    #[test]
    fn a_story_that_comes_out_as_told_is_told() {
        let mut written = vec![];
        let mut writer = StoryWriter::new(&mut written);
        writer.step("Billing asks").unwrap();
        writer.expect("answer", 1, 1).unwrap();
        writer.refused(Err::<(), _>(refusal()), "PAYMENT_NOT_FOUND").unwrap();
        let expected = "\n 1. Billing asks\n    answer            1\n    refused with      PAYMENT_NOT_FOUND\n    \
                        because           there is no such payment\n";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[test]
    fn a_story_that_differs_says_where_and_how() {
        let mut writer = StoryWriter::new(vec![]);
        writer.step("Billing asks").unwrap();
        let message = |trouble: StoryError| trouble.to_string();
        assert_eq!(
            message(writer.expect("holds", 1, 2).unwrap_err()),
            "step 1 (Billing asks) came out differently\n  holds\n  expected  1\n  seen      2"
        );
        for trouble in [
            writer.expect_some("id", "").unwrap_err(),
            writer.answered(Err::<(), _>(refusal())).unwrap_err(),
            writer.refused(Ok(()), "PAYMENT_NOT_FOUND").unwrap_err(),
            writer.refused(Err::<(), _>(refusal()), "VOID_UNSUPPORTED").unwrap_err(),
            (writer.result(Err(refusal()), v1::Outcome::Approved, v1::PaymentStatus::Captured)).unwrap_err(),
            (writer.result(
                Ok(v1::OperationResult::default()),
                v1::Outcome::Approved,
                v1::PaymentStatus::Captured,
            ))
            .unwrap_err(),
        ] {
            assert!(message(trouble).starts_with("step 1 (Billing asks) came out differently"));
        }
    }
}
