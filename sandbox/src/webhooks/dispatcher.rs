//! The dispatcher: wakes when deliveries are due, and delivers to each endpoint independently.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::lock::lock;
use crate::objects::webhook_endpoint::WebhookEndpoint;
use crate::objects::{Object, RenderContext};
use crate::pretty::pretty;
use crate::shared::Shared;
use crate::state::SandboxState;
use crate::version::answer::rendered_event;
use crate::webhooks::client::WebhookRequest;
use crate::webhooks::delivery::DeliveryOutcome;
use crate::webhooks::fault::WebhookFault;
use crate::webhooks::pending_delivery::{DeliveryReason, PendingDelivery};
use crate::webhooks::{retry_schedule, signature};

/// The age of a stale signature, in seconds. Stripe's libraries accept five minutes.
const STALE_AGE: i64 = 600;

/// A secret that no endpoint has.
const WRONG_SECRET: &str = "whsec_00000000000000000000000000000000";

/// Delivers events until the sandbox stops.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut stopped = shared.stopped.clone();
    let mut tasks = JoinSet::new();
    loop {
        let now = shared.clock.now();
        let due = shared.delivery_queue.due_work(now);
        for endpoint in due.endpoints {
            tasks.spawn(deliver_queued(Arc::clone(&shared), endpoint));
        }
        while tasks.try_join_next().is_some() {}
        if due.has_scheduled_work {
            do_due_work(&shared, now);
            continue;
        }
        tokio::select! {
            () = shared.delivery_queue.woken() => {}
            () = wait(now, due.next) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Waits until a moment, or forever if there is none.
async fn wait(now: Timestamp, until: Option<Timestamp>) {
    match until {
        Some(until) => {
            let duration = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            tokio::time::sleep(duration).await;
        }
        None => std::future::pending().await,
    }
}

/// Does the scheduled work that is due, and sets the moment of the next work of the accounts that have
/// endpoints.
fn do_due_work(shared: &Shared, now: Timestamp) {
    let mut state = lock(&shared.state);
    state.do_due_work(now);
    state.wake_for_scheduled_work();
}

impl SandboxState {
    /// Sets the moment of the next work of the accounts that have endpoints.
    pub(crate) fn wake_for_scheduled_work(&self) {
        let with_endpoints = self.accounts.values().filter(|account| account.has_endpoints());
        let next = with_endpoints.filter_map(|account| account.schedule.first()).map(|(at, _)| *at).min();
        self.delivery_queue.set_wake_at(next);
    }
}

/// Delivers the queued events of one endpoint, one after the other.
async fn deliver_queued(shared: Arc<Shared>, endpoint: String) {
    while let Some(delivery) = shared.delivery_queue.next_for(&endpoint) {
        // An event that could be lost with the process is not sent.
        if shared.state.written().await.is_err() {
            return;
        }
        let number = delivery.number;
        deliver(&shared, delivery).await;
        shared.delivery_queue.end(number);
        // The end of the work under the lock sends the changes of the queue to the state directory.
        drop(lock(&shared.state));
    }
}

/// Makes one delivery, unless the endpoint is gone or a fault prevents the delivery.
async fn deliver(shared: &Shared, mut delivery: PendingDelivery) {
    let now = shared.clock.now();
    let queue = &shared.delivery_queue;
    let found = lock(&shared.state).endpoint(&delivery.mode, &delivery.endpoint);
    let Some(endpoint) = found.filter(|endpoint| !endpoint.disabled) else {
        queue.log_attempt(delivery.entry("", now, DeliveryOutcome::EndpointGone));
        return queue.abandon(&delivery);
    };
    let new_fault = if delivery.fault.is_none() { queue.select_fault(&delivery) } else { None };
    delivery.fault = delivery.fault.or(new_fault);
    let entry = |outcome| delivery.entry(&endpoint.url, now, outcome);
    match new_fault {
        Some(WebhookFault::Lost) => {
            queue.log_attempt(entry(DeliveryOutcome::Lost));
            queue.abandon(&delivery);
        }
        Some(WebhookFault::Delayed { after }) => {
            let at = now.saturating_add(after).unwrap_or(Timestamp::MAX);
            let number = queue.log_attempt(entry(DeliveryOutcome::HeldBack));
            queue.log_outcome(number, DeliveryOutcome::HeldBack, Some(at));
            queue.send_at(at, delivery);
        }
        Some(WebhookFault::Reordered) => {
            queue.log_attempt(entry(DeliveryOutcome::HeldBack));
            queue.defer(delivery);
        }
        Some(_) | None => send(shared, &endpoint, delivery, now).await,
    }
}

/// Sends a delivery, records the outcome, and schedules the retry.
async fn send(shared: &Shared, endpoint: &WebhookEndpoint, delivery: PendingDelivery, now: Timestamp) {
    let queue = &shared.delivery_queue;
    let number = queue.log_attempt(delivery.entry(&endpoint.url, now, DeliveryOutcome::InFlight));
    let outcome = post_request(shared, endpoint, &delivery, now).await;
    tracing::debug!(
        event = delivery.event.id,
        endpoint = delivery.endpoint,
        ?outcome,
        "an event was delivered"
    );
    queue.release_deferred(&delivery.endpoint);
    if delivery.fault == Some(WebhookFault::Doubled) && delivery.reason != DeliveryReason::Duplicate {
        queue.send_first(delivery.duplicate());
    }
    if outcome.is_delivered() {
        queue.record_arrival(&delivery);
        return queue.log_outcome(number, outcome, None);
    }
    let failed_at = shared.clock.now();
    let next = match delivery.reason {
        DeliveryReason::Subscribed => {
            retry_schedule::next(delivery.mode.livemode, delivery.attempt, failed_at)
        }
        DeliveryReason::Duplicate | DeliveryReason::Resent => None,
    };
    queue.log_outcome(number, outcome, next);
    match next {
        Some(at) => queue.send_at(at, delivery.retry()),
        None if delivery.reason == DeliveryReason::Subscribed => queue.abandon(&delivery),
        None => {}
    }
}

/// Posts the signed request, unless the delivery's fault loses the request or the answer.
async fn post_request(
    shared: &Shared,
    endpoint: &WebhookEndpoint,
    delivery: &PendingDelivery,
    now: Timestamp,
) -> DeliveryOutcome {
    let unreachable = |reason: &str| DeliveryOutcome::Unreachable { reason: reason.to_owned() };
    if delivery.fault == Some(WebhookFault::Unreached) {
        return unreachable("a fault was in the way");
    }
    let request = signed_request(shared, endpoint, delivery, now.as_second());
    let outcome = shared.delivery_queue.client.post(request).await;
    if delivery.fault == Some(WebhookFault::Unheard) {
        return unreachable("a fault lost the answer");
    }
    outcome
}

/// Builds and signs the HTTP request. The event is shown in the version of the endpoint.
fn signed_request(
    shared: &Shared,
    endpoint: &WebhookEndpoint,
    delivery: &PendingDelivery,
    now: i64,
) -> WebhookRequest {
    let livemode = delivery.mode.livemode;
    let context = RenderContext { livemode, now };
    let mut event = delivery.event.show(context);
    if let Some(version) = &endpoint.api_version {
        let state = lock(&shared.state);
        event = rendered_event(event, version, state.accounts.get(&delivery.mode), context);
    }
    let mut body = pretty(&event);
    let fault = delivery.fault;
    let secrets = match fault {
        Some(WebhookFault::BadSignature) => vec![WRONG_SECRET.to_owned()],
        Some(_) | None => endpoint.signing(now),
    };
    let at = if fault == Some(WebhookFault::Stale) { now.saturating_sub(STALE_AGE) } else { now };
    let header = signature::header(&secrets, livemode, at, &body);
    if fault == Some(WebhookFault::Tampered) {
        // One more line break changes the signed bytes, but not the JSON value.
        body.push('\n');
    }
    let signature = (fault != Some(WebhookFault::Unsigned)).then_some(header);
    WebhookRequest { url: endpoint.url.clone(), signature, body }
}
