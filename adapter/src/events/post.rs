//! Posts events to billing platforms that cannot watch: strictly in order, one event at a time,
//! each until accepted.
//!
//! Delivery is at least once: after a crash between the billing platform's answer and the write of
//! the cursor, the event is posted again. The billing platform recognizes a repeated event by the
//! event id.

use std::{error::Error, sync::Arc, time::Duration};

use bytes::Bytes;
use causeway::{environment::Environment, json::to_json, refusal::Refusal, status::RefusalDetails, v1};
use causeway_runtime::backoff::Backoff;
use http::{
    Request, Uri,
    header::{CONTENT_TYPE, USER_AGENT},
};
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tonic::Status;

use super::{
    Events,
    cursor::{Cursor, CursorError},
    sign::PostKey,
};
use crate::{settings::Posting, stop::Stop};

/// Backoff before an event is posted again, or before a new watch after a refusal.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(300) };

/// Posts events. Only one adapter of a tenant posts events: two adapters would post each event
/// twice.
pub struct Poster {
    to: Uri,
    key: PostKey,
    timeout: Duration,
    cursor: Cursor,
    /// Sequence of the last event that the billing platform accepted.
    after: u64,
    http: Client<HttpConnector, Full<Bytes>>,
    environment: Environment,
}

impl Poster {
    /// Reads the cursor of the billing platform.
    pub(crate) fn new(posting: Posting, environment: Environment) -> Result<Poster, CursorError> {
        let (cursor, after) = Cursor::open(posting.cursor_file)?;
        Ok(Poster {
            to: posting.post_to,
            key: posting.key,
            timeout: posting.timeout,
            cursor,
            after,
            http: Client::builder(TokioExecutor::new()).build_http(),
            environment,
        })
    }

    /// Posts until the stop signal, and waits for a post in flight.
    pub(crate) async fn run(mut self, events: Arc<Events>, mut stop: Stop) {
        // The path of the URL may contain a secret.
        let to = self.to.authority().map_or("", |authority| authority.as_str());
        tracing::info!(after = self.after, "the adapter posts events to {to}");
        let mut repetition = 0_u64;
        loop {
            let from = self.after;
            let Some(status) = self.follow(&events, &mut stop).await else { return };
            let details = RefusalDetails::of(&status);
            tracing::error!(
                reason = details.reason,
                after = self.after,
                "the event stream for posting ended, and is opened again: {}",
                details.message
            );
            repetition = if self.after > from { 1 } else { repetition.saturating_add(1) };
            // A cursor ahead of the journal needs an operator, so the longest pause is enough.
            let ahead = details.reason == Refusal::EventsAhead { after: 0, last: 0 }.reason();
            let pause =
                if ahead { BACKOFF.longest } else { BACKOFF.with_full_jitter(repetition, &self.environment) };
            if !stop.pause(pause).await {
                return;
            }
        }
    }

    /// Posts new events until the relay refuses, and returns the refusal. `None`: stopped.
    async fn follow(&mut self, events: &Arc<Events>, stop: &mut Stop) -> Option<Status> {
        let request = v1::WatchEventsRequest { after: self.after, until_caught_up: false };
        let mut coming = events.watch(request, stop.clone(), ());
        loop {
            let next = coming.recv().await;
            if stop.is_sent() {
                return None;
            }
            match next {
                Some(Ok(response)) => {
                    if let Some(event) = response.event
                        && !self.deliver(&event, stop).await
                    {
                        return None;
                    }
                }
                Some(Err(status)) => return Some(status),
                None => return Some(Refusal::Internal.into()),
            }
        }
    }

    /// Posts one event until the billing platform accepts and the cursor is written. False:
    /// stopped.
    async fn deliver(&mut self, event: &v1::Event, stop: &mut Stop) -> bool {
        let (mut taken, mut repetition) = (false, 0_u64);
        while let Err(why) = self.step(event, &mut taken).await {
            repetition = repetition.saturating_add(1);
            tracing::warn!(
                event = event.id,
                sequence = event.sequence,
                taken,
                repetition,
                "an event could not be posted and is posted again; the later events wait: {why}"
            );
            if !stop.pause(BACKOFF.with_full_jitter(repetition, &self.environment)).await {
                return false;
            }
        }
        causeway_runtime::failpoint!("adapter.post.recorded");
        self.after = event.sequence;
        true
    }

    async fn step(&self, event: &v1::Event, taken: &mut bool) -> Result<(), String> {
        if !*taken {
            causeway_runtime::failpoint!("adapter.post.before_send");
            self.post(event).await?;
            causeway_runtime::failpoint!("adapter.post.taken");
            *taken = true;
        }
        self.cursor.write(event.sequence).await
    }

    /// Posts once, with a fresh signature: the timestamp is the current time.
    async fn post(&self, event: &v1::Event) -> Result<(), String> {
        let body = to_json(event).map_err(|error| error.to_string())?.to_string().into_bytes();
        let timestamp = self.environment.now().as_second();
        let request = Request::post(self.to.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("causeway-adapter/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", &event.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", self.key.sign(&event.id, timestamp, &body))
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| error.to_string())?;
        match tokio::time::timeout(self.timeout, self.http.request(request)).await {
            Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
            Ok(Ok(answer)) => Err(format!("billing answers HTTP {}", answer.status().as_str())),
            Ok(Err(error)) => Err(format!("billing gives no answer: {}", whole(&error))),
            Err(_) => Err(format!("billing gives no answer in {} s", self.timeout.as_secs())),
        }
    }
}

/// The message of an error with the messages of all sources.
fn whole(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        said = format!("{said}: {error}");
        behind = error.source();
    }
    said
}
