//! The endpoint that Stripe posts to: one URL for each payment system, verified on the raw
//! body, stored, and only then answered.
//!
//! 2xx: it is stored, or was before. 400: the signature or the body is wrong. 404: there
//! is no such endpoint. 413: it is too large. 5xx: it is ours to take, and Stripe sends it
//! again.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use causeway::tenant::TenantName;
use causeway_link::listen;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming as Body;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::{net::TcpListener, sync::watch, time::Instant};

use super::{signature, subject};
use crate::{
    journal::{Source, incoming::Incoming},
    operation::Desk,
    settings::{Listening, PaymentSystem},
    stripe::{json, limiter::Bucket, view::Event},
};

/// What the paths of all endpoints begin with.
pub const PATH: &str = "/webhooks/";
/// The largest body that is read. Stripe's have some thousand bytes.
const LARGEST: usize = 1024 * 1024;
/// How long the head of a request may take, and how long its body.
const SLOWEST: Duration = Duration::from_secs(15);

/// How much of a pause may be caught up with at once.
const BURST: Duration = Duration::from_secs(1);

/// The relay behind the endpoints, and how many events it takes.
struct Endpoints {
    desk: Arc<Desk>,
    /// Events in a second. What is more waits at Stripe and not in memory.
    pace: Mutex<Option<Bucket>>,
}

impl Endpoints {
    fn has_room(&self) -> bool {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.as_mut().is_none_or(|pace| pace.spend(Instant::now()))
    }
}

/// Serves until it is told to stop.
pub(crate) async fn serve(
    desk: Arc<Desk>,
    listening: Listening,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) {
    let pace = Mutex::new(Bucket::bursting(listening.events_each_second, BURST));
    let endpoints = Arc::new(Endpoints { desk, pace });
    let mut connections = listen::plain_http(listener, listening.tls);
    loop {
        let connection = tokio::select! {
            connection = connections.recv() => connection,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let Some(connection) = connection else { return };
        let (endpoints, mut stop) = (Arc::clone(&endpoints), stop.clone());
        // Counted with the operations: the journal is closed after the last of them.
        endpoints.desk.tasks.clone().spawn(async move {
            let answer = service_fn(|request| {
                let endpoints = Arc::clone(&endpoints);
                async move { Ok::<_, Infallible>(answer(&endpoints, request).await) }
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(SLOWEST).keep_alive(true);
            let mut served = std::pin::pin!(http.serve_connection(TokioIo::new(connection), answer));
            let stopped = tokio::select! {
                served = served.as_mut() => {
                    drop(served);
                    false
                }
                _ = stop.wait_for(|stop| *stop) => true,
            };
            if stopped {
                // What is being answered is answered first.
                served.as_mut().graceful_shutdown();
                drop(served.await);
            }
        });
    }
}

async fn answer(endpoints: &Endpoints, request: Request<Body>) -> Response<Full<Bytes>> {
    let (status, said) = match take(endpoints, request).await {
        Ok(said) => (StatusCode::OK, said),
        Err(Refused { status, said }) => {
            tracing::warn!(status = status.as_u16(), "a webhook was refused: {said}");
            (status, said)
        }
    };
    let mut response = Response::new(Full::new(Bytes::from_static(said.as_bytes())));
    *response.status_mut() = status;
    response
}

/// Why a webhook is not taken. Tells nobody what would have been right.
struct Refused {
    status: StatusCode,
    said: &'static str,
}

fn no(status: StatusCode, said: &'static str) -> Refused {
    Refused { status, said }
}

async fn take(endpoints: &Endpoints, request: Request<Body>) -> Result<&'static str, Refused> {
    let desk = &endpoints.desk;
    let (head, body) = request.into_parts();
    let found = head.uri.path().strip_prefix(PATH).and_then(|name| endpoint(desk, name));
    let (tenant, system) = found.ok_or_else(|| no(StatusCode::NOT_FOUND, "there is no such endpoint"))?;
    if head.method != Method::POST {
        return Err(no(StatusCode::METHOD_NOT_ALLOWED, "events are posted"));
    }
    let body = whole(body).await?;
    let now = desk.surroundings.now();
    let wrong = || no(StatusCode::BAD_REQUEST, "the signature was not accepted");
    let signed = one(&head.headers).ok_or_else(wrong)?;
    if !signature::is_good(signed, &body, &system.webhook.secrets, now) {
        return Err(wrong());
    }
    // After the signature, so that nobody else can use it up.
    if !endpoints.has_room() {
        return Err(no(StatusCode::SERVICE_UNAVAILABLE, "more events come than are taken; send it again"));
    }
    let incoming = read(tenant, system, &body, now)?;
    causeway_runtime::failpoint!("relay.webhook.before_store");
    let stored = desk.journal.arrive(vec![incoming], None).await;
    let new = stored.map_err(|error| {
        tracing::error!(%error, "an event could not be stored");
        no(StatusCode::SERVICE_UNAVAILABLE, "it could not be stored; send it again")
    })?;
    causeway_runtime::failpoint!("relay.webhook.stored");
    desk.arrived.notify_one();
    Ok(if new > 0 { "stored" } else { "known" })
}

/// The payment system whose endpoint it is. Without a secret it is closed: nothing that
/// comes could be believed.
fn endpoint<'a>(desk: &'a Desk, name: &str) -> Option<(&'a TenantName, &'a PaymentSystem)> {
    use subtle::ConstantTimeEq;
    let mut found = None;
    for tenant in desk.settings.tenants.values() {
        for system in tenant.payment_systems.values() {
            let Some(own) = &system.webhook.name else { continue };
            if bool::from(own.as_bytes().ct_eq(name.as_bytes())) && !system.webhook.secrets.is_empty() {
                found = Some((&tenant.name, system));
            }
        }
    }
    found
}

async fn whole(body: Body) -> Result<Bytes, Refused> {
    let limited = Limited::new(body, LARGEST);
    match tokio::time::timeout(SLOWEST, limited.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(no(StatusCode::PAYLOAD_TOO_LARGE, "it is larger than any event"))
        }
        Ok(Err(_)) | Err(_) => Err(no(StatusCode::BAD_REQUEST, "the body did not arrive")),
    }
}

/// The one signature header that there is.
fn one(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all("stripe-signature").iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.as_bytes()),
        (Some(_) | None, _) => None,
    }
}

/// What is stored. The signature was good, so a body that is no event is a mistake on the
/// way, and one of the other mode was sent to the wrong endpoint.
fn read(
    tenant: &TenantName,
    system: &PaymentSystem,
    body: &[u8],
    now: Timestamp,
) -> Result<Incoming, Refused> {
    let unreadable = || no(StatusCode::BAD_REQUEST, "the body is not an event");
    let text = std::str::from_utf8(body).map_err(|_| unreadable())?;
    let whole = json::read(body).map_err(|_| unreadable())?;
    let event = Event::deserialize(&whole).map_err(|_| unreadable())?;
    if event.livemode == system.test_mode {
        return Err(no(StatusCode::BAD_REQUEST, "this endpoint is for the other mode"));
    }
    let other = event.account.as_ref().is_some_and(|account| *account != system.account);
    if other && !system.account.is_empty() {
        return Err(no(StatusCode::BAD_REQUEST, "this endpoint is for another account"));
    }
    Ok(Incoming {
        tenant: tenant.clone(),
        payment_system: system.name.clone(),
        id: event.id,
        kind: event.kind,
        source: Source::Webhook,
        created: Timestamp::from_second(event.created).unwrap_or(now),
        received: now,
        body: subject::kept(text, &whole),
    })
}
