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
    arguments::{Call, ConnectionOptions},
    client::Client,
    exit::Exit,
    json, output,
    problem::Problem,
    show,
    target::Target,
};

/// Calls for payments and their later steps.
mod money;
/// Customers and their cards.
mod cards;
/// Calls that only read.
mod reads;
/// The event stream, line by line.
pub(crate) mod events;

/// An answer in both formats, with the program's exit code.
struct Answer {
    json: Result<Value, JsonError>,
    text: String,
    exit: Exit,
}

/// Makes the call and writes the answer.
pub(crate) async fn run(connection: &ConnectionOptions, call: Call) -> Result<Exit, Problem> {
    let target = Target::of(connection)?;
    let client = Client::new(&target)?;
    let changes = call.changes();
    let answer = match perform(&client, call).await? {
        Ok(answer) => answer,
        Err(status) => refusal(&status, &target, changes),
    };
    Ok(answer.write(connection.json)?)
}

async fn perform(client: &Client, call: Call) -> Result<Result<Answer, Status>, Problem> {
    match call {
        Call::Money(call) => money::perform(client, call).await,
        Call::Card(call) => cards::perform(client, call).await,
        Call::Read(call) => reads::perform(client, call).await,
        Call::Job(job) => {
            let answer = client.run_job(job.message()).await;
            Ok(answer.map(|response| Answer::done(&response, show::job(&response))))
        }
    }
}

impl Answer {
    /// An answer whose JSON is the message.
    fn of<M: Name>(message: &M, text: String, exit: Exit) -> Answer {
        Answer { json: to_json(message), text, exit }
    }

    /// The answer of a call that only reads.
    fn done<M: Name>(message: &M, text: String) -> Answer {
        Answer::of(message, text, Exit::Done)
    }

    /// Writes the answer. An answer that has no JSON keeps its exit code: money may have moved.
    fn write(self, json: bool) -> io::Result<Exit> {
        match self.json {
            Ok(value) if json => output::write(&format!("{value:#}"))?,
            Err(error) if json => output::problem(&Problem::own(&error)),
            Ok(_) | Err(_) => output::write(&self.text)?,
        }
        Ok(self.exit)
    }
}

/// A refusal, or a description of a call that got no answer.
fn refusal(status: &Status, target: &Target, changes: bool) -> Answer {
    let mut details = RefusalDetails::of(status);
    let text = if let Kind::Broken(broken) = kind(status) {
        details.message = no_answer(&error_with_cause(status), target, broken, changes);
        show::no_answer(&details)
    } else {
        show::refusal(&details)
    };
    Answer { json: Ok(json::refusal(&details)), text, exit: Exit::of_status(status, changes) }
}

/// The error in place of an answer, and the last of the error's causes.
fn error_with_cause(status: &Status) -> String {
    let mut cause = status.source();
    while let Some(deeper) = cause.and_then(Error::source) {
        cause = Some(deeper);
    }
    let cause = cause.map(ToString::to_string).unwrap_or_default();
    let message = status.message();
    if message.contains(&cause) { message.to_owned() } else { format!("{message}: {cause}") }
}

fn no_answer(error: &str, target: &Target, broken: Broken, changes: bool) -> String {
    let at = format!("the adapter at {}", target.adapter);
    match (broken, changes) {
        (Broken::NotSent, _) => format!("{at} cannot be reached, so nothing was started: {error}"),
        (Broken::MaybeSent, true) => {
            format!("{at} gave no answer, and it may have acted: ask again with the same request id: {error}")
        }
        (Broken::MaybeSent, false) => format!("{at} gave no answer: {error}"),
    }
}

/// The given request id, or a new one. A new id is written to standard error before the call, so
/// that a lost answer can be asked for again.
fn request_id(given: Option<String>) -> String {
    given.unwrap_or_else(|| {
        let id = new_request_id();
        output::note(&format!("request id  {id}"));
        id
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
    fn an_approved_payment_without_json_keeps_the_exit_code() {
        let late = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
        let payment = v1::Payment { created: Some(late), ..v1::Payment::default() };
        let result = v1::OperationResult { payment: Some(payment), ..v1::OperationResult::default() };
        let response = v1::AuthorizeResponse { result: Some(result) };
        let answer = Answer::of(&response, "approved".to_owned(), Exit::Done);
        assert!(answer.json.is_err());
        assert_eq!(answer.write(true).unwrap(), Exit::Done);
    }

    #[test]
    fn a_new_request_id_is_a_valid_request_id() {
        let (first, second) = (new_request_id(), new_request_id());
        assert_eq!(first.len(), 36);
        assert_ne!(first, second);
        assert_eq!(request_id(Some("mine".to_owned())), "mine");
    }
}
