//! The delivery queue: the pending deliveries of all accounts, queued by endpoint or scheduled for later.
//!
//! Lock order: code that holds the lock of the sandbox's state can take the lock of the delivery queue,
//! but code that holds the lock of the delivery queue never takes the lock of the state.

use std::collections::{BTreeMap, HashMap};
use std::pin::pin;
use std::sync::Mutex;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::bounded_log::{BoundedLog, LogLimits};
use crate::clock::Clock;
use crate::lock::lock;
use crate::webhooks::client::WebhookClient;
use crate::webhooks::delivery::{Delivery, DeliveryOutcome};
use crate::webhooks::delivery_changes::{
    DeliveryChange, DeliveryRecording, EventForEndpoint, StoredDelivery,
};
use crate::webhooks::endpoint_queue::EndpointQueue;
use crate::webhooks::fault::{WebhookFault, WebhookFaultRule, WebhookFaults};
use crate::webhooks::pending_delivery::PendingDelivery;
use crate::webhooks::unreceived::Unreceived;

/// The delivery queue of one sandbox. An empty queue has no cost.
#[derive(Debug)]
pub(crate) struct DeliveryQueue {
    state: Mutex<QueueState>,
    /// Wakes the dispatcher's waiting loop.
    wakeup: Notify,
    /// Wakes the waiting callers of `settled` when a queue is empty or scheduled work is done.
    finished: Notify,
    /// The HTTP client for deliveries.
    pub(crate) client: WebhookClient,
}

/// The content of the delivery queue.
#[derive(Debug)]
struct QueueState {
    /// The queues by id of the endpoint. Empty queues are removed.
    queues: HashMap<String, EndpointQueue>,
    /// The deliveries that are sent later, in order. The number separates deliveries that are due at the same
    /// moment.
    scheduled: BTreeMap<(Timestamp, u64), PendingDelivery>,
    last_number: u64,
    /// Whether no delivery is started for now.
    paused: bool,
    /// The changes for the state directory, if there is one.
    recording: Option<DeliveryRecording>,
    /// The moment of the next scheduled work in an account with endpoints, in unix seconds.
    wake_at: Option<i64>,
    unreceived: Unreceived,
    faults: WebhookFaults,
    log: BoundedLog<Delivery>,
}

/// The work that is due now.
#[derive(Debug)]
pub(crate) struct DueWork {
    /// The endpoints for which a task has to be started.
    pub(crate) endpoints: Vec<String>,
    /// Whether scheduled work of accounts is due.
    pub(crate) has_scheduled_work: bool,
    /// The moment of the next work.
    pub(crate) next: Option<Timestamp>,
}

impl DeliveryQueue {
    /// An empty queue. The seed decides about the hits of faults.
    pub(crate) fn new(seed: u64, log: LogLimits) -> Self {
        let state = QueueState {
            queues: HashMap::new(),
            scheduled: BTreeMap::new(),
            last_number: 0,
            paused: false,
            recording: None,
            wake_at: None,
            unreceived: Unreceived::with_capacity(log.entries),
            faults: WebhookFaults::seeded(seed),
            log: BoundedLog::with_limits(log),
        };
        Self {
            state: Mutex::new(state),
            wakeup: Notify::new(),
            finished: Notify::new(),
            client: WebhookClient::default(),
        }
    }

    /// Queues the deliveries of an event.
    pub(crate) fn enqueue(&self, deliveries: Vec<PendingDelivery>) {
        let mut state = lock(&self.state);
        for delivery in deliveries {
            state.unreceived.add(&delivery);
            state.record(|| DeliveryChange::Awaited(EventForEndpoint::of(&delivery)));
            let delivery = state.admit(delivery, None);
            state.queue(&delivery).push(delivery);
        }
        self.wakeup.notify_one();
    }

    /// Queues a delivery that was requested by `redeliver`.
    pub(crate) fn enqueue_resend(&self, delivery: PendingDelivery) {
        let mut state = lock(&self.state);
        let delivery = state.admit(delivery, None);
        state.queue(&delivery).push(delivery);
        self.wakeup.notify_one();
    }

    /// Wakes the dispatcher, because the clock was moved.
    pub(crate) fn wake(&self) {
        self.wakeup.notify_one();
    }

    /// Returns when the dispatcher is woken.
    pub(crate) async fn woken(&self) {
        self.wakeup.notified().await;
    }

    /// Wakes the dispatcher at a moment in unix seconds, or earlier if an earlier moment is set.
    pub(crate) fn wake_by(&self, at: i64) {
        let mut state = lock(&self.state);
        if state.wake_at.is_none_or(|wake_at| at < wake_at) {
            state.wake_at = Some(at);
            self.wakeup.notify_one();
        }
    }

    /// Sets the moment of the next scheduled work, after all due work was done.
    pub(crate) fn set_wake_at(&self, at: Option<i64>) {
        lock(&self.state).wake_at = at;
        self.finished.notify_waiters();
    }

    /// The work that is due now. Scheduled deliveries that are due are queued.
    pub(crate) fn due_work(&self, now: Timestamp) -> DueWork {
        let mut state = lock(&self.state);
        while let Some(due) = state.scheduled.first_entry().filter(|due| due.key().0 <= now) {
            let delivery = due.remove();
            state.queue(&delivery).push(delivery);
        }
        let endpoints = if state.paused { vec![] } else { state.start_queues() };
        let has_scheduled_work = state.wake_at.is_some_and(|at| at <= now.as_second());
        let wake_at = state.wake_at.map(|at| Timestamp::from_second(at).unwrap_or(Timestamp::MAX));
        let scheduled = state.scheduled.first_key_value().map(|((at, _), _)| *at);
        DueWork { endpoints, has_scheduled_work, next: wake_at.into_iter().chain(scheduled).min() }
    }

    /// The next delivery to an endpoint. If there is none, the endpoint's queue is no longer busy.
    pub(crate) fn next_for(&self, endpoint: &str) -> Option<PendingDelivery> {
        let mut state = lock(&self.state);
        let queue = state.queues.get_mut(endpoint)?;
        let next = queue.next();
        if queue.is_removable() {
            state.queues.remove(endpoint);
        }
        if next.is_none() {
            self.finished.notify_waiters();
        }
        next
    }

    /// The fault that hits a delivery.
    pub(crate) fn select_fault(&self, delivery: &PendingDelivery) -> Option<WebhookFault> {
        let mut state = lock(&self.state);
        let has_deferred = state.queues.get(&delivery.endpoint).is_some_and(EndpointQueue::has_deferred);
        state.faults.select(delivery.kind(), &delivery.endpoint, has_deferred)
    }

    /// Whether a fault prevents the generation of an event of this type.
    pub(crate) fn fails_to_generate(&self, kind: &str) -> bool {
        lock(&self.state).faults.select_generation(kind)
    }

    /// Arms a rule for faults of deliveries.
    pub(crate) fn arm(&self, rule: WebhookFaultRule) {
        lock(&self.state).faults.arm(rule);
    }

    /// Removes all rules, and queues the deferred deliveries that wait for another delivery.
    pub(crate) fn disarm(&self) {
        let mut state = lock(&self.state);
        state.faults.disarm();
        state.queues.values_mut().for_each(EndpointQueue::release_deferred);
        self.wakeup.notify_one();
    }

    /// The rules that can still hit a delivery.
    pub(crate) fn armed(&self) -> Vec<WebhookFaultRule> {
        lock(&self.state).faults.armed()
    }

    /// Schedules a delivery for a moment.
    pub(crate) fn send_at(&self, at: Timestamp, delivery: PendingDelivery) {
        let mut state = lock(&self.state);
        let delivery = state.admit(delivery, Some(at));
        state.scheduled.insert((at, delivery.number), delivery);
        self.wakeup.notify_one();
    }

    /// Defers a delivery until the next delivery to the same endpoint was sent.
    pub(crate) fn defer(&self, delivery: PendingDelivery) {
        let mut state = lock(&self.state);
        let delivery = state.admit(delivery, None);
        state.queue(&delivery).defer(delivery);
    }

    /// Queues a delivery before all others for the same endpoint.
    pub(crate) fn send_first(&self, delivery: PendingDelivery) {
        let mut state = lock(&self.state);
        let delivery = state.admit(delivery, None);
        state.queue(&delivery).push_front(delivery);
    }

    /// Queues the deferred delivery of an endpoint after another delivery was sent.
    pub(crate) fn release_deferred(&self, endpoint: &str) {
        if let Some(queue) = lock(&self.state).queues.get_mut(endpoint) {
            queue.release_deferred();
        }
    }

    /// Records the arrival of a delivery.
    pub(crate) fn record_arrival(&self, delivery: &PendingDelivery) {
        let mut state = lock(&self.state);
        state.unreceived.record_arrival(delivery);
        state.record(|| DeliveryChange::Arrived(EventForEndpoint::of(delivery)));
    }

    /// Records that a delivery is not sent any more.
    pub(crate) fn abandon(&self, delivery: &PendingDelivery) {
        let mut state = lock(&self.state);
        state.unreceived.abandon(delivery);
        state.record(|| DeliveryChange::Abandoned(EventForEndpoint::of(delivery)));
    }

    /// Ends a delivery, after everything that follows from the delivery was queued.
    pub(crate) fn end(&self, number: u64) {
        lock(&self.state).record(|| DeliveryChange::Ended(number));
    }

    /// Adds a delivery to the log, and returns the number of the entry.
    pub(crate) fn log_attempt(&self, attempt: Delivery) -> usize {
        lock(&self.state).log.push(attempt)
    }

    /// Records the outcome of a delivery and the moment of the retry.
    pub(crate) fn log_outcome(&self, number: usize, outcome: DeliveryOutcome, next_at: Option<Timestamp>) {
        let set = |attempt: &mut Delivery| (attempt.outcome, attempt.next_at) = (outcome, next_at);
        lock(&self.state).log.update(number, set);
    }

    /// Reads the log of deliveries under the lock.
    pub(crate) fn read_log<R>(&self, read_log: impl FnOnce(&BoundedLog<Delivery>) -> R) -> R {
        read_log(&lock(&self.state).log)
    }

    /// Returns once no delivery is in flight, and no scheduled work or delivery is due by now.
    pub(crate) async fn settled(&self, clock: &Clock) {
        loop {
            let mut finished = pin!(self.finished.notified());
            finished.as_mut().enable();
            if lock(&self.state).is_idle(clock.now()) {
                return;
            }
            finished.await;
        }
    }
}

/// The operations for a state directory.
impl DeliveryQueue {
    /// Records all changes from now on.
    pub(crate) fn start_recording(&self) {
        let mut state = lock(&self.state);
        if state.recording.is_none() {
            state.recording = Some(DeliveryRecording::default());
        }
    }

    /// The changes since the last call.
    pub(crate) fn take_changes(&self) -> Vec<DeliveryChange> {
        lock(&self.state).recording.as_mut().map(DeliveryRecording::take).unwrap_or_default()
    }

    /// The changes that build this queue from an empty queue.
    pub(crate) fn all_changes(&self) -> Vec<DeliveryChange> {
        let state = lock(&self.state);
        let live = state.recording.iter().flat_map(DeliveryRecording::live).map(DeliveryChange::Added);
        let awaited = state.unreceived.awaited().map(DeliveryChange::Awaited);
        let abandoned = state.unreceived.abandoned().map(DeliveryChange::Abandoned);
        live.chain(awaited).chain(abandoned).collect()
    }

    /// Queues the deliveries from before a restart, and returns the events that endpoints wait for.
    pub(crate) fn restore(
        &self,
        deliveries: Vec<(PendingDelivery, StoredDelivery)>,
        last_number: u64,
        receipts: Vec<DeliveryChange>,
    ) -> Vec<EventForEndpoint> {
        let mut state = lock(&self.state);
        state.last_number = last_number;
        state.recording = Some(DeliveryRecording::with(deliveries.iter().map(|(_, stored)| stored.clone())));
        for (delivery, stored) in deliveries {
            match stored.at {
                Some(at) => drop(state.scheduled.insert((at, stored.number), delivery)),
                None => state.queue(&delivery).push(delivery),
            }
        }
        receipts.iter().for_each(|receipt| state.unreceived.restore(receipt));
        state.unreceived.awaited().collect()
    }

    /// Starts no deliveries until they are resumed.
    pub(crate) fn pause(&self) {
        lock(&self.state).paused = true;
    }

    /// Starts the deliveries that wait.
    pub(crate) fn resume(&self) {
        lock(&self.state).paused = false;
        self.wakeup.notify_one();
    }
}

impl QueueState {
    /// Gives a delivery a number.
    fn admit(&mut self, delivery: PendingDelivery, at: Option<Timestamp>) -> PendingDelivery {
        self.last_number = self.last_number.saturating_add(1);
        let delivery = PendingDelivery { number: self.last_number, ..delivery };
        self.record(|| DeliveryChange::Added(StoredDelivery::of(&delivery, at)));
        delivery
    }

    fn record(&mut self, change: impl FnOnce() -> DeliveryChange) {
        if let Some(recording) = &mut self.recording {
            recording.record(change());
        }
    }

    /// The endpoints for which a task has to be started.
    fn start_queues(&mut self) -> Vec<String> {
        let started = self.queues.iter_mut().filter_map(|(id, queue)| queue.start().then(|| id.clone()));
        started.collect()
    }

    fn queue(&mut self, delivery: &PendingDelivery) -> &mut EndpointQueue {
        self.queues.entry(delivery.endpoint.clone()).or_default()
    }

    fn is_idle(&self, now: Timestamp) -> bool {
        self.queues.values().all(EndpointQueue::is_idle)
            && self.scheduled.first_key_value().is_none_or(|((at, _), _)| *at > now)
            && self.wake_at.is_none_or(|at| at > now.as_second())
    }
}
