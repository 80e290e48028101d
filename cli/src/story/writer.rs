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
        "step {step} ({title}) came out differently\n  {name}\n  expected  {expected}\n  seen      {actual}"
    )]
    Differs {
        /// Number of the step, from 1.
        step: u32,
        /// The title of the step.
        title: String,
        /// The name of the compared value.
        name: String,
        /// The expected value, as text.
        expected: String,
        /// The value that was seen.
        actual: String,
    },
    /// An amount that cannot be read, or that has no sum.
    #[error("the amounts of the story cannot be counted: {0}")]
    Amount(String),
    /// The output cannot be written.
    #[error("the story cannot be written: {0}")]
    Output(#[from] io::Error),
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
    pub(super) fn show(&mut self, name: &str, value: impl Display) -> io::Result<()> {
        writeln!(self.out, "    {name:<17} {value}")
    }

    /// Writes lines, indented and otherwise unchanged.
    pub(super) fn lines(&mut self, text: &str) -> io::Result<()> {
        text.lines().try_for_each(|line| writeln!(self.out, "    {line}"))
    }

    /// Writes a value that has to equal the expected one.
    pub(super) fn expect(
        &mut self,
        name: &str,
        expected: impl Display,
        actual: impl Display,
    ) -> Result<(), StoryError> {
        let (expected, actual) = (expected.to_string(), actual.to_string());
        if expected != actual {
            return Err(self.differs(name, &expected, &actual));
        }
        Ok(self.show(name, actual)?)
    }

    /// Writes a value that must not be empty.
    pub(super) fn expect_some(&mut self, name: &str, actual: &str) -> Result<(), StoryError> {
        if actual.is_empty() {
            return Err(self.differs(name, "something", "nothing"));
        }
        Ok(self.show(name, actual)?)
    }

    /// A call that has to succeed.
    pub(super) fn succeeded<T, E: Display>(&self, result: Result<T, E>) -> Result<T, StoryError> {
        result.map_err(|error| self.differs("the call", "success", &error.to_string()))
    }

    /// An answer that must not be a refusal.
    pub(super) fn accepted<T>(&self, answer: Result<T, Status>) -> Result<T, StoryError> {
        answer.map_err(|status| {
            let details = RefusalDetails::of(&status);
            let actual = format!("refused with {}: {}", details.reason, details.message);
            self.differs("the answer", "an answer", &actual)
        })
    }

    /// Compares an operation's outcome and the payment's status, and writes them.
    pub(super) fn result(
        &mut self,
        answer: Result<v1::OperationResult, Status>,
        outcome: v1::Outcome,
        status: v1::PaymentStatus,
    ) -> Result<(v1::Payment, v1::Failure), StoryError> {
        let result = self.accepted(answer)?;
        let failure = result.failure.clone().unwrap_or_default();
        let reason =
            if failure.code.is_empty() { String::new() } else { format!(" ({})", failure.operator_message) };
        let actual = names::outcome(result.outcome);
        let expected = names::outcome(outcome.into());
        if actual != expected {
            return Err(self.differs("outcome", &expected, &format!("{actual}{reason}")));
        }
        self.show("outcome", actual)?;
        let payment = result.payment.unwrap_or_default();
        self.expect("payment", names::status(status.into()), names::status(payment.status))?;
        Ok((payment, failure))
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
            let actual = format!("{}: {}", details.reason, details.message);
            return Err(self.differs("the refusal", reason, &actual));
        }
        self.show("refused with", &details.reason)?;
        self.show("because", &details.message)?;
        Ok(details)
    }

    /// Writes the last line of the story.
    pub(super) fn end(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{text}")?;
        self.out.flush()
    }

    /// The error for a step with another result than expected.
    pub(super) fn differs(&self, name: &str, expected: &str, actual: &str) -> StoryError {
        StoryError::Differs {
            step: self.step,
            title: self.title.clone(),
            name: name.to_owned(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
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
    fn a_story_with_the_expected_answers_is_written() {
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
    fn an_unexpected_answer_is_reported_with_step_and_values() {
        let mut writer = StoryWriter::new(vec![]);
        writer.step("Billing asks").unwrap();
        let message = |error: StoryError| error.to_string();
        assert_eq!(
            message(writer.expect("holds", 1, 2).unwrap_err()),
            "step 1 (Billing asks) came out differently\n  holds\n  expected  1\n  seen      2"
        );
        for error in [
            writer.expect_some("id", "").unwrap_err(),
            writer.accepted(Err::<(), _>(refusal())).unwrap_err(),
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
            assert!(message(error).starts_with("step 1 (Billing asks) came out differently"));
        }
    }
}
