//! The billing platform's calls from a shell: the call, the answer, and the program's exit code.

use std::{error::Error, io};

use causeway::{
    json::{JsonError, Name, to_json},
    status::{Broken, Kind, RefusalDetails, kind},
    text::RequestId,
};
use serde_json::Value;
use tonic::Status;

use crate::{
    arguments::{Call, Place},
    client::Client,
    exit::Exit,
    json,
    problem::Problem,
    say, show,
    target::Target,
};

/// Calls for payments and their later steps.
mod money;
/// Customers and their cards.
mod cards;
/// Calls that only read.
mod look;
/// The event stream, line by line.
pub(crate) mod events;

/// An answer in both formats, with the program's exit code.
struct Answer {
    json: Result<Value, JsonError>,
    text: String,
    exit: Exit,
}

/// Makes the call and writes the answer.
pub(crate) async fn run(place: &Place, call: Call) -> Result<Exit, Problem> {
    let target = Target::of(place)?;
    let client = Client::new(&target)?;
    let changes = call.changes();
    let answer = match made(&client, call).await? {
        Ok(answer) => answer,
        Err(status) => refused(&status, &target, changes),
    };
    Ok(answer.write(place.json)?)
}

async fn made(client: &Client, call: Call) -> Result<Result<Answer, Status>, Problem> {
    match call {
        Call::Money(call) => money::made(client, call).await,
        Call::Card(call) => cards::made(client, call).await,
        Call::Look(call) => look::made(client, call).await,
        Call::Job(which) => {
            let answer = client.run_job(which.message()).await;
            Ok(answer.map(|response| Answer::shown(&response, show::job(&response))))
        }
    }
}

impl Answer {
    /// An answer whose JSON is the message.
    fn of<M: Name>(message: &M, text: String, exit: Exit) -> Answer {
        Answer { json: to_json(message), text, exit }
    }

    /// The answer of a call that only reads.
    fn shown<M: Name>(message: &M, text: String) -> Answer {
        Answer::of(message, text, Exit::Done)
    }

    /// Writes the answer. An answer that has no JSON keeps its exit code: money may have moved.
    fn write(self, json: bool) -> io::Result<Exit> {
        match self.json {
            Ok(value) if json => say::out(&format!("{value:#}"))?,
            Err(error) if json => say::problem(&Problem::own(&error)),
            Ok(_) | Err(_) => say::out(&self.text)?,
        }
        Ok(self.exit)
    }
}

/// A refusal, or a description of a call that got no answer.
fn refused(status: &Status, target: &Target, changes: bool) -> Answer {
    let mut details = RefusalDetails::of(status);
    let text = if let Kind::Broken(broken) = kind(status) {
        details.message = unanswered(&seen(status), target, broken, changes);
        show::unanswered(&details)
    } else {
        show::refusal(&details)
    };
    Answer { json: Ok(json::refusal(&details)), text, exit: Exit::of_status(status, changes) }
}

/// The error in place of an answer, and the last of the error's causes.
fn seen(status: &Status) -> String {
    let mut cause = status.source();
    while let Some(deeper) = cause.and_then(Error::source) {
        cause = Some(deeper);
    }
    let cause = cause.map(ToString::to_string).unwrap_or_default();
    let message = status.message();
    if message.contains(&cause) { message.to_owned() } else { format!("{message}: {cause}") }
}

fn unanswered(seen: &str, target: &Target, broken: Broken, changes: bool) -> String {
    let at = format!("the adapter at {}", target.adapter);
    match (broken, changes) {
        (Broken::NotSent, _) => format!("{at} cannot be reached, so nothing was started: {seen}"),
        (Broken::MaybeSent, true) => {
            format!("{at} gave no answer, and it may have acted: ask again with the same request id: {seen}")
        }
        (Broken::MaybeSent, false) => format!("{at} gave no answer: {seen}"),
    }
}

/// The given request id, or a new one. A new id is written to standard error before the call, so
/// that a lost answer can be asked for again.
fn shown(given: Option<String>) -> String {
    given.unwrap_or_else(|| {
        let made = new_request_id();
        say::aside(&format!("request id  {made}"));
        made
    })
}

/// A UUIDv7. The rare UUID that could pass for a card number is discarded.
pub(crate) fn new_request_id() -> String {
    let environment = causeway_runtime::machine::environment();
    loop {
        if let Ok(id) = RequestId::parse(&environment.uuid().to_string()) {
            return id.to_string();
        }
    }
}

#[cfg(test)]
mod tests {
    use causeway::v1;

    use super::*;

    #[test]
    fn an_approved_payment_without_json_is_still_approved() {
        let late = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
        let payment = v1::Payment { created: Some(late), ..v1::Payment::default() };
        let result = v1::OperationResult { payment: Some(payment), ..v1::OperationResult::default() };
        let response = v1::AuthorizeResponse { result: Some(result) };
        let answer = Answer::of(&response, "approved".to_owned(), Exit::Done);
        assert!(answer.json.is_err());
        assert_eq!(answer.write(true).unwrap(), Exit::Done);
    }

    #[test]
    fn a_new_request_id_is_one_that_is_taken() {
        let (one, other) = (new_request_id(), new_request_id());
        assert_eq!(one.len(), 36);
        assert_ne!(one, other);
        assert_eq!(shown(Some("mine".to_owned())), "mine");
    }
}
