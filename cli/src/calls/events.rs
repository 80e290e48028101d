//! The command `events`: writes each event as a line.

use std::{io, time::Duration};

use causeway::{
    json::to_json,
    status::{Kind, RefusalDetails, kind},
    v1,
};
use causeway_runtime::{backoff::Backoff, program};
use tonic::Status;

use super::{error_with_cause, refusal};
use crate::{
    arguments::{ConnectionOptions, events::Events},
    client::Client,
    exit::Exit,
    output,
    problem::Problem,
    show,
    target::Target,
};

/// Backoff before the adapter is asked again.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(250), longest: Duration::from_secs(5) };

/// Writes events until the last one or, with --follow, until Ctrl-C.
pub(crate) async fn run(connection: &ConnectionOptions, arguments: Events) -> Result<Exit, Problem> {
    let target = Target::of(connection)?;
    let client = Client::new(&target)?;
    let mut watch = Watch {
        client,
        target,
        json: connection.json,
        follow: arguments.follow,
        last_sequence: arguments.after(),
        connected: false,
    };
    let result = if arguments.follow {
        tokio::select! {
            result = watch.follow() => result,
            () = program::stop_signal() => Ok(Exit::Done),
        }
    } else {
        watch.stored_events().await
    };
    match result {
        // The reader has closed the pipe, as `head` does after the last line.
        Err(Problem::Machine(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        result => result,
    }
}

/// A watch of the adapter's events.
struct Watch {
    client: Client,
    target: Target,
    json: bool,
    follow: bool,
    /// The sequence of the last written event, or the sequence before the first event to show.
    last_sequence: u64,
    /// Whether the adapter has answered before.
    connected: bool,
}

impl Watch {
    async fn stored_events(&mut self) -> Result<Exit, Problem> {
        let first = self.last_sequence;
        if let Err(status) = self.write_stream().await? {
            return self.refusal(&status);
        }
        if self.last_sequence == first && !self.json {
            output::write("no events")?;
        }
        Ok(Exit::Done)
    }

    /// Ends only with a refusal, or when the adapter never answered.
    async fn follow(&mut self) -> Result<Exit, Problem> {
        let mut retry: u64 = 0;
        loop {
            let before = self.last_sequence;
            let reason = match self.write_stream().await? {
                Ok(()) => "the adapter ended them".to_owned(),
                Err(status) if self.connected && is_temporary(&status) => error_with_cause(&status),
                Err(status) => return self.refusal(&status),
            };
            if self.last_sequence != before {
                retry = 0;
            }
            retry = retry.saturating_add(1);
            let pause = BACKOFF.pause(retry);
            let next = self.last_sequence.saturating_add(1);
            output::note(&format!(
                "no events from {}: {reason}; asking again from {next} in {pause:?}",
                self.target.adapter
            ));
            tokio::time::sleep(pause).await;
        }
    }

    /// Writes the events after the last written one, up to the end of the answer.
    async fn write_stream(&mut self) -> Result<Result<(), Status>, Problem> {
        let message = v1::WatchEventsRequest { after: self.last_sequence, until_caught_up: !self.follow };
        let mut events = match self.with_deadline(self.client.events(message)).await {
            Ok(events) => events,
            Err(status) => return Ok(Err(status)),
        };
        self.connected = true;
        loop {
            match self.with_deadline(events.message()).await {
                Ok(Some(response)) => self.write(&response.event.unwrap_or_default())?,
                Ok(None) => return Ok(Ok(())),
                Err(status) => return Ok(Err(status)),
            }
        }
    }

    /// Stored events arrive within the deadline; a watch of future events has no deadline.
    async fn with_deadline<T>(&self, answer: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        if self.follow {
            return answer.await;
        }
        let timed_out = |_| Err(Status::cancelled("Timeout expired"));
        tokio::time::timeout(self.target.timeout, answer).await.unwrap_or_else(timed_out)
    }

    fn write(&mut self, event: &v1::Event) -> Result<(), Problem> {
        // After a reconnect, the adapter may send an event again.
        if event.sequence <= self.last_sequence {
            return Ok(());
        }
        let line = if self.json {
            to_json(event).map_err(|error| Problem::own(&error))?.to_string()
        } else {
            show::event(event)
        };
        output::write(&line)?;
        self.last_sequence = event.sequence;
        Ok(())
    }

    fn refusal(&self, status: &Status) -> Result<Exit, Problem> {
        let answer = refusal(status, &self.target, false);
        let json = answer.json.map_err(|error| Problem::own(&error))?;
        output::write(&if self.json { json.to_string() } else { answer.text })?;
        Ok(answer.exit)
    }
}

/// Whether a retry may succeed soon, as after a restart of the adapter.
fn is_temporary(status: &Status) -> bool {
    matches!(kind(status), Kind::Broken(_)) || RefusalDetails::of(status).unreachable
}

#[cfg(test)]
mod tests {
    use causeway::refusal::Refusal;

    use super::*;

    #[test]
    fn a_refusal_ends_a_watch_and_a_broken_connection_does_not() {
        for temporary in [
            Refusal::Stopping.into(),
            Refusal::RelayUnreachable.into(),
            Refusal::JournalUnavailable.into(),
            Status::unavailable("a broken connection"),
            Status::unknown("h2 protocol error"),
        ] {
            assert!(is_temporary(&temporary), "{temporary:?}");
        }
        for permanent in [Refusal::EventsAhead { after: 18, last: 17 }, Refusal::CallerUnknown] {
            let permanent = Status::from(permanent);
            assert!(!is_temporary(&permanent), "{permanent:?}");
        }
    }
}
