//! The command `events`: writes each event as a line.

use std::{io, time::Duration};

use causeway::{
    json::to_json,
    status::{Kind, RefusalDetails, kind},
    v1,
};
use causeway_runtime::{backoff::Backoff, program};
use tonic::Status;

use super::{refused, seen};
use crate::{
    arguments::{Place, events::Events},
    client::Client,
    exit::Exit,
    problem::Problem,
    say, show,
    target::Target,
};

/// Backoff before the adapter is asked again.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(250), longest: Duration::from_secs(5) };

/// Writes events until the last one or, with --follow, until Ctrl-C.
pub(crate) async fn run(place: &Place, asked: Events) -> Result<Exit, Problem> {
    let target = Target::of(place)?;
    let client = Client::new(&target)?;
    let mut watch =
        Watch { client, target, json: place.json, follow: asked.follow, last: asked.after(), opened: false };
    let ended = if asked.follow {
        tokio::select! {
            ended = watch.follow() => ended,
            () = program::stop_signal() => Ok(Exit::Done),
        }
    } else {
        watch.once().await
    };
    match ended {
        // The reader has closed the pipe, as `head` does after the last line.
        Err(Problem::Machine(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        ended => ended,
    }
}

/// A watch of the adapter's events.
struct Watch {
    client: Client,
    target: Target,
    json: bool,
    follow: bool,
    /// Sequence of the last event that was written, or that is not wanted.
    last: u64,
    /// Whether the adapter was there before.
    opened: bool,
}

impl Watch {
    async fn once(&mut self) -> Result<Exit, Problem> {
        let first = self.last;
        if let Err(status) = self.pass().await? {
            return self.refused(&status);
        }
        if self.last == first && !self.json {
            say::out("no events")?;
        }
        Ok(Exit::Done)
    }

    /// Ends only with a refusal, or when the adapter never answered.
    async fn follow(&mut self) -> Result<Exit, Problem> {
        let mut retry: u64 = 0;
        loop {
            let before = self.last;
            let why = match self.pass().await? {
                Ok(()) => "the adapter ended them".to_owned(),
                Err(status) if self.opened && comes_back(&status) => seen(&status),
                Err(status) => return self.refused(&status),
            };
            if self.last != before {
                retry = 0;
            }
            retry = retry.saturating_add(1);
            let pause = BACKOFF.pause(retry);
            let next = self.last.saturating_add(1);
            say::aside(&format!(
                "no events from {}: {why}; asking again from {next} in {pause:?}",
                self.target.adapter
            ));
            tokio::time::sleep(pause).await;
        }
    }

    /// Writes the events after the last written one, up to the end of the answer.
    async fn pass(&mut self) -> Result<Result<(), Status>, Problem> {
        let message = v1::WatchEventsRequest { after: self.last, until_caught_up: !self.follow };
        let mut events = match self.in_time(self.client.events(message)).await {
            Ok(events) => events,
            Err(status) => return Ok(Err(status)),
        };
        self.opened = true;
        loop {
            match self.in_time(events.message()).await {
                Ok(Some(response)) => self.write(&response.event.unwrap_or_default())?,
                Ok(None) => return Ok(Ok(())),
                Err(status) => return Ok(Err(status)),
            }
        }
    }

    /// Stored events arrive within the deadline; a watch of future events has no deadline.
    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        if self.follow {
            return answer.await;
        }
        let late = |_| Err(Status::cancelled("Timeout expired"));
        tokio::time::timeout(self.target.patience, answer).await.unwrap_or_else(late)
    }

    fn write(&mut self, event: &v1::Event) -> Result<(), Problem> {
        // After a reconnect, the adapter may send an event again.
        if event.sequence <= self.last {
            return Ok(());
        }
        let line = if self.json {
            to_json(event).map_err(|error| Problem::own(&error))?.to_string()
        } else {
            show::event(event)
        };
        say::out(&line)?;
        self.last = event.sequence;
        Ok(())
    }

    fn refused(&self, status: &Status) -> Result<Exit, Problem> {
        let answer = refused(status, &self.target, false);
        let json = answer.json.map_err(|error| Problem::own(&error))?;
        say::out(&if self.json { json.to_string() } else { answer.text })?;
        Ok(answer.exit)
    }
}

/// Whether a retry may succeed soon, as after a restart of the adapter.
fn comes_back(status: &Status) -> bool {
    matches!(kind(status), Kind::Broken(_)) || RefusalDetails::of(status).unreachable
}

#[cfg(test)]
mod tests {
    use causeway::refusal::Refusal;

    use super::*;

    #[test]
    fn a_refusal_ends_it_and_a_break_does_not() {
        for passing in [
            Refusal::Stopping.into(),
            Refusal::RelayUnreachable.into(),
            Refusal::JournalUnavailable.into(),
            Status::unavailable("a broken connection"),
            Status::unknown("h2 protocol error"),
        ] {
            assert!(comes_back(&passing), "{passing:?}");
        }
        for lasting in [Refusal::EventsAhead { after: 18, last: 17 }, Refusal::CallerUnknown] {
            let lasting = Status::from(lasting);
            assert!(!comes_back(&lasting), "{lasting:?}");
        }
    }
}
