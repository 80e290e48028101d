//! The newest events, read from the relay once for all watchers.
//!
//! A watcher at the end of the log receives the shared messages, which are encoded once. A watcher
//! that is further behind than the buffer reads a separate stream until the watcher is near the end
//! again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway::{
    refusal::Refusal,
    v1::{WatchEventsRequest, WatchEventsResponse},
};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tonic::Status;

use super::{BYTES_OF_PLACE, Events, Passed, pace::Pace, send};
use crate::stop::Stop;

/// Pause before a watcher that left the shared stream reads a separate stream.
const AGAIN: Duration = Duration::from_millis(100);
/// Size of the buffer for watchers that are slightly behind, in bytes.
const KEPT: usize = 32 * 1024 * 1024;
/// Messages that one watcher receives at a time, and places in the buffer of one watcher.
const AT_A_TIME: usize = 32;
/// Batching: events are collected for one millisecond per this number of watchers. Waking every
/// watcher costs more than sending a few events to one watcher.
const IN_ONE_MILLISECOND: usize = 20;

/// The buffer of shared messages, and the notification of watchers.
pub(super) struct Shared {
    events: Arc<Events>,
    stop: Stop,
    kept: Mutex<Kept>,
    /// Changes whenever there are new messages, or the shared stream ends.
    moved: watch::Sender<()>,
    pace: Pace,
}

/// The newest part of the log, up to the end.
#[derive(Default)]
struct Kept {
    /// Whether the shared stream is being read.
    reading: bool,
    /// The sequence before the first buffered message.
    after: u64,
    messages: VecDeque<WatchEventsResponse>,
    bytes: usize,
}

impl Kept {
    fn begin(&mut self, after: u64) {
        *self = Kept { reading: true, after, ..Kept::default() };
    }

    fn add(&mut self, message: WatchEventsResponse) {
        self.bytes = self.bytes.saturating_add(message.size());
        self.messages.push_back(message);
        while self.bytes > KEPT
            && let Some(oldest) = self.messages.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(oldest.size());
            self.after = self.after.saturating_add(1);
        }
    }

    /// Number of buffered messages up to a sequence. `None`: messages after the sequence are no
    /// longer in the buffer.
    fn place(&self, after: u64) -> Option<usize> {
        let skipped = after.checked_sub(self.after).filter(|_| self.reading)?;
        usize::try_from(skipped).ok()
    }

    /// Whether watching can continue from the buffer after a sequence.
    fn holds(&self, after: u64) -> bool {
        self.place(after).is_some_and(|place| place <= self.messages.len())
    }

    /// The next messages after a sequence; empty at the end.
    fn behind(&self, after: u64) -> Option<Vec<WatchEventsResponse>> {
        let place = self.place(after)?;
        let mut bytes = 0_usize;
        let next = self.messages.iter().skip(place).take(AT_A_TIME).take_while(|message| {
            let first = bytes == 0;
            bytes = bytes.saturating_add(message.size());
            first || bytes <= AT_A_TIME.saturating_mul(BYTES_OF_PLACE)
        });
        Some(next.cloned().collect())
    }
}

impl Shared {
    pub(super) fn new(events: Arc<Events>, stop: Stop) -> Arc<Shared> {
        let kept = Mutex::new(Kept::default());
        Arc::new(Shared { events, stop, kept, moved: watch::Sender::new(()), pace: Pace::new() })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches the events after a sequence in a separate task. The task ends when the receiver is
    /// dropped, and holds `place` until then.
    pub(super) fn follow(self: &Arc<Self>, after: u64, place: impl Send + 'static) -> mpsc::Receiver<Passed> {
        let (out, coming) = mpsc::channel(AT_A_TIME);
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            let mut stop = shared.stop.clone();
            let ended = tokio::select! {
                () = out.closed() => Ok(()),
                () = stop.wait() => Err(Refusal::Stopping.into()),
                ended = shared.tell(after, &out) => ended,
            };
            if let Err(status) = ended {
                drop(out.send(Err(status)).await);
            }
            drop(place);
        });
        coming
    }

    /// Sends events until the relay refuses or the receiver is dropped.
    async fn tell(self: &Arc<Self>, mut after: u64, out: &mpsc::Sender<Passed>) -> Result<(), Status> {
        loop {
            // A sequence outside the buffer is left to the relay, which also refuses an invalid
            // sequence.
            let is_here = self.kept().holds(after);
            if !is_here && !self.catch_up(&mut after, out).await? {
                return Ok(());
            }
            let mut moved = self.join(after);
            while let Some(messages) = self.next(after, &mut moved).await {
                self.pace.turn(messages.len()).await;
                for message in messages {
                    if !send(out, message).await {
                        return Ok(());
                    }
                    after = after.saturating_add(1);
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Reads a separate stream until the end of the log or the start of the buffer. False: the
    /// receiver was dropped.
    async fn catch_up(&self, after: &mut u64, out: &mpsc::Sender<Passed>) -> Result<bool, Status> {
        let request = WatchEventsRequest { after: *after, until_caught_up: true };
        let mut own = self.events.watch(request, self.stop.clone(), ());
        while let Some(passed) = own.recv().await {
            let message = passed?;
            let sequence = message.event.as_ref().map_or(*after, |event| event.sequence);
            self.pace.turn(1).await;
            if !send(out, message).await {
                return Ok(false);
            }
            *after = sequence;
            if self.kept().holds(sequence) {
                break;
            }
        }
        Ok(true)
    }

    /// Subscribes to the shared stream. The first subscriber starts the stream at the sequence of
    /// that subscriber.
    fn join(self: &Arc<Self>, after: u64) -> watch::Receiver<()> {
        let mut kept = self.kept();
        let moved = self.moved.subscribe();
        if !kept.reading {
            kept.begin(after);
            tokio::spawn(Arc::clone(self).read(after));
        }
        moved
    }

    /// The next messages after a sequence, once available. `None`: no longer in the buffer.
    async fn next(&self, after: u64, moved: &mut watch::Receiver<()>) -> Option<Vec<WatchEventsResponse>> {
        loop {
            moved.borrow_and_update();
            let messages = self.kept().behind(after)?;
            if !messages.is_empty() {
                return Some(messages);
            }
            moved.changed().await.ok()?;
        }
    }

    /// Reads the shared stream while there are subscribers.
    async fn read(self: Arc<Self>, after: u64) {
        let request = WatchEventsRequest { after, until_caught_up: false };
        let mut coming = self.events.watch(request, self.stop.clone(), ());
        loop {
            let first = tokio::select! {
                first = coming.recv() => first,
                () = self.moved.closed() => {
                    let mut kept = self.kept();
                    // A watcher may have subscribed just now.
                    if self.moved.receiver_count() == 0 {
                        *kept = Kept::default();
                        return;
                    }
                    continue;
                }
            };
            let goes_on = self.take(first, &mut coming).await;
            if !goes_on {
                // Each watcher gets the reason from the relay, on a separate stream.
                *self.kept() = Kept::default();
            }
            self.moved.send_replace(());
            if !goes_on {
                return;
            }
        }
    }

    /// Buffers a message and the messages of the next milliseconds. False: the stream ended.
    async fn take(&self, first: Option<Passed>, coming: &mut mpsc::Receiver<Passed>) -> bool {
        let crowd = self.moved.receiver_count().checked_div(IN_ONE_MILLISECOND).unwrap_or_default();
        let breath = Duration::from_millis(u64::try_from(crowd).unwrap_or_default());
        let until = Instant::now().checked_add(breath).unwrap_or_else(Instant::now);
        let mut next = first;
        while let Some(Ok(message)) = next {
            self.kept().add(message.sealed());
            next = match tokio::time::timeout_at(until, coming.recv()).await {
                Ok(next) => next,
                Err(_) => return true,
            };
        }
        false
    }
}
