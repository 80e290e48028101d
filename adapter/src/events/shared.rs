//! The newest events, read from the relay once for all who watch.
//!
//! Whoever has come to the end of the log is told from here, in messages that are encoded
//! once. Whoever is further behind than what is kept reads for itself until it is near the
//! end again.

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

use super::{Events, Passed, pace::Pace};
use crate::stop::Stop;

/// Before somebody who was with the others reads for itself.
const AGAIN: Duration = Duration::from_millis(100);
/// Bytes that are kept for those who are a little behind.
const KEPT: usize = 32 * 1024 * 1024;
/// Messages that one who watches is given at a time.
const AT_A_TIME: usize = 32;
/// What comes together is told together: a millisecond for so many who watch. Waking them
/// all costs more than telling one of them a few events.
const IN_ONE_MILLISECOND: usize = 20;

/// What is kept, and who is told of it.
pub(super) struct Shared {
    events: Arc<Events>,
    stop: Stop,
    kept: Mutex<Kept>,
    /// Moves whenever there is more, or nothing is read any more.
    moved: watch::Sender<()>,
    pace: Pace,
}

/// A part of the log, up to its end.
#[derive(Default)]
struct Kept {
    /// Whether somebody reads what comes.
    reading: bool,
    /// The sequence before the first of the messages.
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

    /// How many are kept that come before what is behind a sequence. `None`: those behind
    /// it are not all here.
    fn place(&self, after: u64) -> Option<usize> {
        let skipped = after.checked_sub(self.after).filter(|_| self.reading)?;
        usize::try_from(skipped).ok()
    }

    /// Whether a sequence is one of those that are kept, or the one before them.
    fn holds(&self, after: u64) -> bool {
        self.place(after).is_some_and(|place| place <= self.messages.len())
    }

    /// The next messages behind a sequence; none when it is at the end.
    fn behind(&self, after: u64) -> Option<Vec<WatchEventsResponse>> {
        let place = self.place(after)?;
        Some(self.messages.iter().skip(place).take(AT_A_TIME).cloned().collect())
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

    /// Follows from behind a sequence in a task of its own, which ends when nobody listens
    /// any more and keeps the `place` until then.
    pub(super) fn follow(self: &Arc<Self>, after: u64, place: impl Send + 'static) -> mpsc::Receiver<Passed> {
        let (out, coming) = mpsc::channel(AT_A_TIME);
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            let mut stop = shared.stop.clone();
            let ended = tokio::select! {
                () = out.closed() => Ok(()),
                () = stop.told() => Err(Refusal::Stopping.into()),
                ended = shared.tell(after, &out) => ended,
            };
            if let Err(status) = ended {
                drop(out.send(Err(status)).await);
            }
            drop(place);
        });
        coming
    }

    /// Until the relay says no, or nobody listens.
    async fn tell(self: &Arc<Self>, mut after: u64, out: &mpsc::Sender<Passed>) -> Result<(), Status> {
        loop {
            // What is not here is the relay's to judge, also whether there is such a place.
            let is_here = self.kept().holds(after);
            if !is_here && !self.catch_up(&mut after, out).await? {
                return Ok(());
            }
            let mut moved = self.join(after);
            while let Some(messages) = self.next(after, &mut moved).await {
                self.pace.turn(messages.len()).await;
                for message in messages {
                    if out.send(Ok(message)).await.is_err() {
                        return Ok(());
                    }
                    after = after.saturating_add(1);
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Reads for one alone until it is at the end, or where the others are. False: nobody
    /// listens.
    async fn catch_up(&self, after: &mut u64, out: &mpsc::Sender<Passed>) -> Result<bool, Status> {
        let request = WatchEventsRequest { after: *after, until_caught_up: true };
        let mut own = self.events.watch(request, self.stop.clone(), ());
        while let Some(passed) = own.recv().await {
            let message = passed?;
            let sequence = message.event.as_ref().map_or(*after, |event| event.sequence);
            self.pace.turn(1).await;
            if out.send(Ok(message)).await.is_err() {
                return Ok(false);
            }
            *after = sequence;
            if self.kept().holds(sequence) {
                break;
            }
        }
        Ok(true)
    }

    /// Among those who are told. The first one's place is where reading begins.
    fn join(self: &Arc<Self>, after: u64) -> watch::Receiver<()> {
        let mut kept = self.kept();
        let moved = self.moved.subscribe();
        if !kept.reading {
            kept.begin(after);
            tokio::spawn(Arc::clone(self).read(after));
        }
        moved
    }

    /// The next messages behind a sequence, when there are some. `None`: they are not here.
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

    /// Reads what comes as long as somebody wants it.
    async fn read(self: Arc<Self>, after: u64) {
        let request = WatchEventsRequest { after, until_caught_up: false };
        let mut coming = self.events.watch(request, self.stop.clone(), ());
        loop {
            let first = tokio::select! {
                first = coming.recv() => first,
                () = self.moved.closed() => {
                    let mut kept = self.kept();
                    // Somebody may have joined just now.
                    if self.moved.receiver_count() == 0 {
                        *kept = Kept::default();
                        return;
                    }
                    continue;
                }
            };
            let goes_on = self.take(first, &mut coming).await;
            if !goes_on {
                // Each hears from the relay itself why there is no more.
                *self.kept() = Kept::default();
            }
            self.moved.send_replace(());
            if !goes_on {
                return;
            }
        }
    }

    /// Takes a message and those that come soon after it. False: there is no more.
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
