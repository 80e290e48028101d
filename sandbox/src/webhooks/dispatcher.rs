//! The courier: wakes when deliveries are due, and works off the lanes independently of each other.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::lock::lock;
use crate::objects::webhook_endpoint::WebhookEndpoint;
use crate::objects::{Object, Seen};
use crate::pretty::pretty;
use crate::shared::Shared;
use crate::webhooks::carrier::WebhookRequest;
use crate::webhooks::delivery::DeliveryOutcome;
use crate::webhooks::fault::WebhookFault;
use crate::webhooks::parcel::{PendingDelivery, Reason};
use crate::webhooks::{schedule, signature};

/// The age of a stale signature, in seconds. Stripe's libraries accept five minutes.
const STALE: i64 = 600;

/// A secret that no endpoint has.
const WRONG_SECRET: &str = "whsec_00000000000000000000000000000000";

/// Delivers events until the sandbox stops.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut stopped = shared.stopped.clone();
    let mut lanes = JoinSet::new();
    loop {
        let now = shared.clock.now();
        let round = shared.post.round(now);
        for endpoint in round.lanes {
            lanes.spawn(work_off(Arc::clone(&shared), endpoint));
        }
        while lanes.try_join_next().is_some() {}
        if round.sweep {
            sweep(&shared, now);
            continue;
        }
        tokio::select! {
            () = shared.post.rung() => {}
            () = wait(now, round.next) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Waits until a moment, or forever if there is none.
async fn wait(now: Timestamp, until: Option<Timestamp>) {
    match until {
        Some(until) => {
            let long = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            tokio::time::sleep(long).await;
        }
        None => std::future::pending().await,
    }
}

/// Does the scheduled work that is due, and sets the alarm to the next work of the accounts that have
/// endpoints.
fn sweep(shared: &Shared, now: Timestamp) {
    let mut world = lock(&shared.world);
    world.sweep(now);
    let listening = world.accounts.values().filter(|account| account.has_endpoints());
    let next = listening.filter_map(|account| account.agenda.first()).map(|(at, _)| *at).min();
    shared.post.expect_next(next);
}

/// Delivers the parcels of a lane, one after the other.
async fn work_off(shared: Arc<Shared>, endpoint: String) {
    while let Some(parcel) = shared.post.next_of(&endpoint) {
        bring(&shared, parcel).await;
    }
}

/// Delivers one parcel, unless the endpoint is gone or a fault prevents the delivery.
async fn bring(shared: &Shared, mut parcel: PendingDelivery) {
    let now = shared.clock.now();
    let post = &shared.post;
    let found = lock(&shared.world).endpoint(&parcel.side, &parcel.endpoint);
    let Some(endpoint) = found.filter(|endpoint| !endpoint.disabled) else {
        post.note(parcel.entry("", now, DeliveryOutcome::EndpointGone));
        return post.give_up(&parcel);
    };
    let hit = if parcel.fault.is_none() { post.strike(&parcel) } else { None };
    parcel.fault = parcel.fault.or(hit);
    let entry = |outcome| parcel.entry(&endpoint.url, now, outcome);
    match hit {
        Some(WebhookFault::Lost) => {
            post.note(entry(DeliveryOutcome::Lost));
            post.give_up(&parcel);
        }
        Some(WebhookFault::Delayed { after }) => {
            let at = now.saturating_add(after).unwrap_or(Timestamp::MAX);
            let number = post.note(entry(DeliveryOutcome::HeldBack));
            post.note_end(number, DeliveryOutcome::HeldBack, Some(at));
            post.send_at(at, parcel);
        }
        Some(WebhookFault::Reordered) => {
            post.note(entry(DeliveryOutcome::HeldBack));
            post.send_after_next(parcel);
        }
        Some(_) | None => send(shared, &endpoint, parcel, now).await,
    }
}

/// Sends a parcel, records the outcome, and schedules the retry.
async fn send(shared: &Shared, endpoint: &WebhookEndpoint, parcel: PendingDelivery, now: Timestamp) {
    let post = &shared.post;
    let number = post.note(parcel.entry(&endpoint.url, now, DeliveryOutcome::UnderWay));
    let outcome = attempt(shared, endpoint, &parcel, now).await;
    tracing::debug!(event = parcel.event.id, endpoint = parcel.endpoint, ?outcome, "an event was delivered");
    post.release(&parcel.endpoint);
    if parcel.fault == Some(WebhookFault::Doubled) && parcel.reason != Reason::Doubled {
        post.send_first(parcel.double());
    }
    if outcome.is_delivered() {
        post.receive(&parcel);
        return post.note_end(number, outcome, None);
    }
    let failed = shared.clock.now();
    let next = match parcel.reason {
        Reason::Wanted => schedule::next(parcel.side.livemode, parcel.attempt, failed),
        Reason::Doubled | Reason::Resent => None,
    };
    post.note_end(number, outcome, next);
    match next {
        Some(at) => post.send_at(at, parcel.retry()),
        None if parcel.reason == Reason::Wanted => post.give_up(&parcel),
        None => {}
    }
}

/// Sends a parcel under the conditions of the parcel's fault.
async fn attempt(
    shared: &Shared,
    endpoint: &WebhookEndpoint,
    parcel: &PendingDelivery,
    now: Timestamp,
) -> DeliveryOutcome {
    let unreachable = |reason: &str| DeliveryOutcome::Unreachable { reason: reason.to_owned() };
    if parcel.fault == Some(WebhookFault::Unreached) {
        return unreachable("a fault was in the way");
    }
    let outcome = shared.post.carrier.post(letter(endpoint, parcel, now.as_second())).await;
    if parcel.fault == Some(WebhookFault::Unheard) {
        return unreachable("a fault lost the answer");
    }
    outcome
}

/// Builds and signs the HTTP request.
fn letter(endpoint: &WebhookEndpoint, parcel: &PendingDelivery, now: i64) -> WebhookRequest {
    let livemode = parcel.side.livemode;
    let mut event = parcel.event.show(Seen { livemode, now });
    if let (Some(version), Some(field)) = (&endpoint.api_version, event.get_mut("api_version")) {
        *field = version.as_str().into();
    }
    let mut body = pretty(&event);
    let fault = parcel.fault;
    let secrets = match fault {
        Some(WebhookFault::BadSignature) => vec![WRONG_SECRET.to_owned()],
        Some(_) | None => endpoint.signing(now),
    };
    let at = if fault == Some(WebhookFault::Stale) { now.saturating_sub(STALE) } else { now };
    let signed = signature::header(&secrets, livemode, at, &body);
    if fault == Some(WebhookFault::Tampered) {
        // One more line break changes the signed bytes, but not the JSON value.
        body.push('\n');
    }
    let signature = (fault != Some(WebhookFault::Unsigned)).then_some(signed);
    WebhookRequest { url: endpoint.url.clone(), signature, body }
}
