//! The billing platform as a watcher: a stream that is read event by event, and a follower that
//! reconnects after every break.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use causeway::v1;
use tokio::task::JoinHandle;
use tonic::{Status, Streaming};

use super::{Billing, eventually};

/// How long an event may take to come.
const SLOWEST: Duration = Duration::from_secs(20);

/// An open stream of events.
pub(crate) struct EventStream(Streaming<v1::WatchEventsResponse>);

impl Billing {
    /// Watches the events after a sequence.
    pub(crate) async fn watch(&self, after: u64) -> EventStream {
        EventStream(self.try_watch(after).await.unwrap())
    }

    pub(crate) async fn try_watch(&self, after: u64) -> Result<Streaming<v1::WatchEventsResponse>, Status> {
        let request = v1::WatchEventsRequest { after, until_caught_up: false };
        self.client.clone().watch_events(request).await.map(tonic::Response::into_inner)
    }

    /// The refusal of a watch after this sequence.
    pub(crate) async fn watch_refusal(&self, after: u64) -> Status {
        match self.try_watch(after).await {
            Err(status) => status,
            Ok(mut stream) => stream.message().await.expect_err("a refusal was expected"),
        }
    }
}

impl EventStream {
    /// The next message, or how the stream ended.
    pub(crate) async fn message(&mut self) -> Result<Option<v1::WatchEventsResponse>, Status> {
        tokio::time::timeout(SLOWEST, self.0.message()).await.expect("nothing came")
    }

    /// The next event of the stream.
    pub(crate) async fn next(&mut self) -> v1::Event {
        self.message().await.unwrap().expect("the stream ended").event.unwrap()
    }

    /// The sequences of the next `count` events.
    pub(crate) async fn sequences(&mut self, count: usize) -> Vec<u64> {
        let mut sequences = vec![];
        while sequences.len() < count {
            sequences.push(self.next().await.sequence);
        }
        sequences
    }

    /// Whether no message arrives for 300 ms.
    pub(crate) async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(300), self.0.message()).await.is_err()
    }
}

/// A follower that records each event's sequence and reconnects when a stream breaks.
pub(crate) struct Follower {
    sequences_seen: Arc<Mutex<Vec<u64>>>,
    streams: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Follower {
    /// Follows from the first event on.
    pub(crate) async fn of(adapter: SocketAddr, token: &str) -> Follower {
        let billing = Billing::connect(adapter, token).await;
        let (sequences_seen, streams) = (Arc::new(Mutex::new(vec![])), Arc::new(AtomicUsize::new(0)));
        let (written, opened) = (Arc::clone(&sequences_seen), Arc::clone(&streams));
        let task = tokio::spawn(async move {
            loop {
                let after = written.lock().unwrap().last().copied().unwrap_or_default();
                if let Ok(mut stream) = billing.try_watch(after).await {
                    opened.fetch_add(1, Ordering::SeqCst);
                    while let Ok(Some(response)) = stream.message().await {
                        written.lock().unwrap().push(response.event.unwrap().sequence);
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        Follower { sequences_seen, streams, task }
    }

    /// All received sequences, in the order of arrival.
    pub(crate) fn sequences_seen(&self) -> Vec<u64> {
        self.sequences_seen.lock().unwrap().clone()
    }

    /// The number of opened streams.
    pub(crate) fn streams(&self) -> usize {
        self.streams.load(Ordering::SeqCst)
    }

    /// Waits for `count` events. No event may be lost, repeated or out of order.
    pub(crate) async fn receives_each_once(&self, count: u64) {
        eventually("all events came", async || {
            self.sequences_seen().last().is_some_and(|last| *last >= count)
        })
        .await;
        assert_eq!(self.sequences_seen(), (1..=count).collect::<Vec<_>>());
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}
