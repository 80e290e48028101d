//! Answers for people: aligned columns, without empty values.

use causeway::{status::RefusalDetails, v1};

use crate::names;

/// A payment with refunds, disputes and timeline.
mod payment;
/// A list of payments.
mod payments;
/// Customers and their cards.
mod cards;
/// Payment systems, currencies and limits.
mod capabilities;
/// The options for a payer.
mod options;
/// The verdicts of a policy check.
mod policy;
/// Events and the counts of jobs.
mod events;
/// All payments with one billing reference.
mod order;

pub(crate) use capabilities::{capabilities, currencies};
pub(crate) use cards::{card_result, cards, deleted, tokenized};
pub(crate) use events::{event, job};
pub(crate) use options::options;
pub(crate) use order::order;
pub(crate) use payment::{found, refund, result, synced, timeline};
pub(crate) use payments::listed;
pub(crate) use policy::checked;

/// Names and values in two columns. A row with an empty value is left out.
#[derive(Default)]
pub(crate) struct Rows(Vec<(String, String)>);

impl Rows {
    fn row(mut self, name: &str, value: impl Into<String>) -> Rows {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((name.to_owned(), plain(&value)));
        }
        self
    }

    fn moment(self, name: &str, wire: Option<&prost_types::Timestamp>) -> Rows {
        self.row(name, wire.map(|wire| names::moment_to(wire, 0)).unwrap_or_default())
    }

    fn to_text(&self) -> String {
        let width = self.0.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        self.0.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect()
    }
}

fn line(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// Lines in columns, as wide as the longest cell. An empty column is left out.
fn table(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| plain(cell).chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    let line = |line: &Vec<String>| {
        let cells = line.iter().zip(&widths).filter(|(_, width)| **width > 0);
        let cells = cells.map(|(cell, width)| format!("{:width$}", plain(cell)));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

/// Each line a little to the right.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// A text with control characters escaped, because a terminal would obey them.
fn plain(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// A refusal with reason, message and metadata.
pub(crate) fn refusal(details: &RefusalDetails) -> String {
    let get = |name: &str| details.metadata.get(name).cloned().unwrap_or_default();
    Rows::default()
        .row("refused", &details.reason)
        .row("because", &details.message)
        .row("the payer", &details.payer_message)
        .row("rule", get("rule"))
        .row("configured", get("configured"))
        .row("asked", get("actual"))
        .row("up to", get("fix"))
        .row("Stripe asked", get("stripe_contacted"))
        .to_text()
}

/// The text for a call that got no answer.
pub(crate) fn no_answer(details: &RefusalDetails) -> String {
    Rows::default().row("no answer", &details.reason).row("because", &details.message).to_text()
}

fn failure(rows: Rows, failure: Option<&v1::Failure>) -> Rows {
    let Some(failure) = failure else { return rows };
    let codes = [&failure.processor_code, &failure.decline_code];
    let codes: Vec<_> = codes.into_iter().filter(|code| !code.is_empty()).map(String::as_str).collect();
    let codes = if codes.is_empty() { String::new() } else { format!(" ({})", codes.join(", ")) };
    rows.row("failure", format!("{}{codes}", failure.code))
        .row("network says", network(failure))
        .row("parameter", &failure.parameter)
        .row("advice", advice(failure))
        .row("the operator", &failure.operator_message)
        .row("the payer", &failure.payer_message)
}

fn network(failure: &v1::Failure) -> String {
    let codes = [&failure.network_decline_code, &failure.network_advice_code];
    codes.into_iter().filter(|code| !code.is_empty()).cloned().collect::<Vec<_>>().join(", advice ")
}

fn advice(failure: &v1::Failure) -> String {
    let sentence = match failure.advice() {
        v1::Advice::Unspecified => "",
        v1::Advice::RetryLater => "the same card may work later",
        v1::Advice::CorrectData => "correct what was entered",
        v1::Advice::NewCard => "another card is needed",
        v1::Advice::Never => "do not try this again",
        v1::Advice::BringPayer => "the payer has to be present",
        v1::Advice::SameRequest => "ask again with the same request id",
        v1::Advice::Operator => "the operator has to change something first",
    };
    sentence.to_owned()
}

#[cfg(test)]
mod tests {
    use causeway::refusal::Refusal;
    use tonic::Status;

    use super::*;

    #[test]
    fn a_refusal_is_aligned_without_empty_values() {
        let details = RefusalDetails::of(&Status::from(Refusal::PaymentNotFound));
        assert_eq!(
            refusal(&details),
            "refused       PAYMENT_NOT_FOUND\n\
             because       there is no such payment\n\
             the payer     This could not be done. Your payment is unchanged.\n\
             rule          payment.exists\n\
             up to         operator\n\
             Stripe asked  false\n"
        );
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(plain("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
        let lines = [vec!["a".to_owned(), "bb".to_owned()], vec!["ccc".to_owned(), String::new()]];
        assert_eq!(table(&lines), "a    bb\nccc\n");
        let lines = [line(&["a", "", "b"]), line(&["c", "", "d"])];
        assert_eq!(table(&lines), "a  b\nc  d\n");
    }
}
