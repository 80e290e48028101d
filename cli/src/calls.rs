//! Billing's calls from a shell: the call, its answer, and how the program ends.

use std::error::Error;

use causeway::{
    status::{Broken, Kind, Told, kind},
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

/// Payments and what follows them.
mod money;
/// Customers and their cards.
mod cards;
/// Everything that only looks.
mod look;
/// What happens, as it happens.
pub(crate) mod events;

/// An answer in both ways of writing it, and how the program ends on it.
struct Answer {
    json: Value,
    text: String,
    exit: Exit,
}

/// Makes the call and writes its answer.
pub(crate) async fn run(place: &Place, call: Call) -> Result<Exit, Problem> {
    let target = Target::of(place)?;
    let client = Client::new(&target)?;
    let changes = call.changes();
    let answer = match made(&client, call).await? {
        Ok(answer) => answer,
        Err(status) => refused(&status, &target, changes),
    };
    say::out(&if place.json { format!("{:#}", answer.json) } else { answer.text })?;
    Ok(answer.exit)
}

async fn made(client: &Client, call: Call) -> Result<Result<Answer, Status>, Problem> {
    match call {
        Call::Money(call) => money::made(client, call).await,
        Call::Card(call) => cards::made(client, call).await,
        Call::Look(call) => look::made(client, call).await,
        Call::Job(which) => {
            let answer = client.run_job(which.message()).await;
            Ok(answer.map(|response| Answer::shown(json::job(&response), show::job(&response))))
        }
    }
}

impl Answer {
    /// Of a call that only looks.
    fn shown(json: Value, text: String) -> Answer {
        Answer { json, text, exit: Exit::Done }
    }
}

/// A refusal, or what there is to say when nobody answered.
fn refused(status: &Status, target: &Target, changes: bool) -> Answer {
    let mut told = Told::of(status);
    let text = if let Kind::Broken(broken) = kind(status) {
        told.message = unanswered(&seen(status), target, broken, changes);
        show::unanswered(&told)
    } else {
        show::refusal(&told)
    };
    Answer { json: json::refusal(&told), text, exit: Exit::of_status(status, changes) }
}

/// What was seen instead of an answer, and the last of its causes.
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

/// The request id that was given, or a new one, which is told before the call: a
/// lost answer can be asked for with it.
fn shown(given: Option<String>) -> String {
    given.unwrap_or_else(|| {
        let made = new_request_id();
        say::aside(&format!("request id  {made}"));
        made
    })
}

/// A UUIDv7. The rare one that could pass for a card number is thrown again.
pub(crate) fn new_request_id() -> String {
    let surroundings = causeway_runtime::machine::surroundings();
    loop {
        if let Ok(id) = RequestId::parse(&surroundings.uuid().to_string()) {
            return id.to_string();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_request_id_is_one_that_is_taken() {
        let (one, other) = (new_request_id(), new_request_id());
        assert_eq!(one.len(), 36);
        assert_ne!(one, other);
        assert_eq!(shown(Some("mine".to_owned())), "mine");
    }
}
