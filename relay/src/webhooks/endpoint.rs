//! The webhook endpoint: one URL for each payment system. An event is verified on the raw body,
//! stored, and only then acknowledged.
//!
//! 2xx: the event is stored, now or before. 400: the signature or the body is invalid. 404: the
//! endpoint does not exist. 413: the body is too large. 5xx: the relay cannot store the event now,
//! and Stripe sends the event again.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use causeway::environment::Environment;
use causeway_domain::operation::Source;
use causeway_engine::Engine;
use causeway_link::{
    connections::Connection,
    listen::{self, Listener},
};
use causeway_ports::journal::inbox::InboundEvent;
use causeway_runtime::pace::Bucket;
use causeway_stripe::events;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming as Body;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::{sync::watch, time::Instant};
use tokio_util::task::TaskTracker;

use super::signature;
use crate::settings::Endpoint;

/// Prefix of the paths of all endpoints.
pub const PATH: &str = "/webhooks/";
/// The maximum size of a body in bytes. Stripe's bodies have some thousand bytes.
const LARGEST: usize = 1024 * 1024;
/// The maximum time for the head of a request to arrive, and for the body.
const SLOWEST: Duration = Duration::from_secs(15);

/// The maximum size of the head of a request, which is read into one buffer, in bytes.
const MAX_BUFFER: usize = 64 * 1024;

/// Burst of the rate limit: unused tokens of at most this time.
const BURST: Duration = Duration::from_secs(1);

/// Seconds after which a refused event may be sent again, for the header `Retry-After`.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// The endpoints, each with a rate limit, and the engine.
pub(crate) struct Endpoints {
    engine: Arc<Engine>,
    environment: Environment,
    endpoints: Vec<Paced>,
}

/// An endpoint with a limit of events per second of its own: many events of one endpoint keep no
/// event of another one out. Further events wait at Stripe and not in memory.
struct Paced {
    endpoint: Endpoint,
    pace: Mutex<Option<Bucket>>,
}

impl Paced {
    fn has_room(&self) -> bool {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.as_mut().is_none_or(|pace| pace.spend(Instant::now()))
    }
}

impl Endpoints {
    /// Endpoints with a limit of events per second for each of them; 0: no limit.
    pub(crate) fn new(
        engine: Arc<Engine>,
        environment: Environment,
        endpoints: Vec<Endpoint>,
        events_each_second: u32,
    ) -> Arc<Endpoints> {
        let pace = || Mutex::new(Bucket::bursting(events_each_second, BURST));
        let endpoints = endpoints.into_iter().map(|endpoint| Paced { endpoint, pace: pace() });
        Arc::new(Endpoints { engine, environment, endpoints: endpoints.collect() })
    }

    /// Finds an endpoint by name. Without a secret the endpoint is closed, because no event could
    /// be verified.
    fn named(&self, name: &str) -> Option<&Paced> {
        use subtle::ConstantTimeEq;
        // All names are compared, so that the response time reveals no name.
        self.endpoints.iter().fold(None, |found, paced| {
            let endpoint = &paced.endpoint;
            let same = bool::from(endpoint.name.as_bytes().ct_eq(name.as_bytes()));
            if same && !endpoint.secrets.is_empty() { Some(paced) } else { found }
        })
    }
}

/// Serves until the stop signal, and until the last request is answered.
pub(crate) async fn serve(endpoints: Arc<Endpoints>, listener: Listener, mut stop: watch::Receiver<bool>) {
    let served = TaskTracker::new();
    let mut connections = listen::plain_http(listener);
    loop {
        let connection = tokio::select! {
            connection = connections.recv() => connection,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some(connection) = connection else { break };
        let (endpoints, mut stop) = (Arc::clone(&endpoints), stop.clone());
        let sender = Arc::clone(connection.connection());
        served.spawn(async move {
            let answer = service_fn(|request| {
                let (endpoints, sender) = (Arc::clone(&endpoints), Arc::clone(&sender));
                async move { Ok::<_, Infallible>(answer(&endpoints, &sender, request).await) }
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new())
                .header_read_timeout(SLOWEST)
                .keep_alive(true)
                .max_buf_size(MAX_BUFFER);
            let mut served = std::pin::pin!(http.serve_connection(TokioIo::new(connection), answer));
            let stopped = tokio::select! {
                served = served.as_mut() => {
                    drop(served);
                    false
                }
                _ = stop.wait_for(|stop| *stop) => true,
            };
            if stopped {
                // A request in flight is answered before the connection closes.
                served.as_mut().graceful_shutdown();
                drop(served.await);
            }
        });
    }
    served.close();
    served.wait().await;
}

async fn answer(
    endpoints: &Endpoints,
    sender: &Arc<Connection>,
    request: Request<Body>,
) -> Response<Full<Bytes>> {
    let _request = sender.request();
    let path = request.uri().path();
    let paced = path.strip_prefix(PATH).and_then(|name| endpoints.named(name));
    let endpoint = paced.map(|paced| &paced.endpoint);
    let (status, said) = match take(endpoints, paced, sender, request).await {
        Ok(said) => (StatusCode::OK, said),
        Err(Refused { status, said }) => {
            tracing::warn!(
                tenant = endpoint.map(|endpoint| endpoint.tenant.as_str()),
                payment_system = endpoint.map(|endpoint| endpoint.payment_system.as_str()),
                status = status.as_u16(),
                "a webhook was refused: {said}"
            );
            (status, said)
        }
    };
    let mut response = Response::new(Full::new(Bytes::from_static(said.as_bytes())));
    *response.status_mut() = status;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    if !sender.is_authenticated() {
        // A stranger has one request for each connection.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Why a webhook is refused. The text contains no hint at the correct value.
struct Refused {
    status: StatusCode,
    said: &'static str,
}

fn no(status: StatusCode, said: &'static str) -> Refused {
    Refused { status, said }
}

async fn take(
    endpoints: &Endpoints,
    paced: Option<&Paced>,
    sender: &Connection,
    request: Request<Body>,
) -> Result<&'static str, Refused> {
    let (head, body) = request.into_parts();
    let paced = paced.ok_or_else(|| no(StatusCode::NOT_FOUND, "there is no such endpoint"))?;
    let endpoint = &paced.endpoint;
    if head.method != Method::POST {
        return Err(no(StatusCode::METHOD_NOT_ALLOWED, "events are posted"));
    }
    let body = whole(body, sender).await;
    sender.release();
    let body = body?;
    let now = endpoints.environment.now();
    let wrong = || no(StatusCode::BAD_REQUEST, "the signature was not accepted");
    let signed = one(&head.headers).ok_or_else(wrong)?;
    if !signature::is_good(signed, &body, &endpoint.secrets, now) {
        return Err(wrong());
    }
    let full = |_| no(StatusCode::SERVICE_UNAVAILABLE, "too many connections are open; send it again");
    sender.authenticate(endpoint.tenant.as_str()).map_err(full)?;
    // Checked after the signature, so that unsigned requests cannot use up the limit.
    if !paced.has_room() {
        let said = "more events come to this endpoint than its share; send it again";
        return Err(no(StatusCode::SERVICE_UNAVAILABLE, said));
    }
    let event = read(endpoint, &body, now)?;
    let id = event.id.clone();
    let new = endpoints.engine.accept_event(event).await.map_err(|error| {
        tracing::error!(
            %error,
            tenant = %endpoint.tenant,
            payment_system = endpoint.payment_system,
            event = id,
            "an event could not be stored in the inbox; check the disk of the journal. Stripe sends the event again"
        );
        no(StatusCode::SERVICE_UNAVAILABLE, "it could not be stored; send it again")
    })?;
    Ok(if new { "stored" } else { "known" })
}

/// Reads the whole body. The signature covers the body, so that a stranger's body has to be held
/// until it is complete; all of them together are limited.
async fn whole(body: Body, sender: &Connection) -> Result<Bytes, Refused> {
    let limited = Limited::new(body, LARGEST).map_frame(|frame| {
        sender.hold(frame.data_ref().map_or(0, Bytes::len));
        frame
    });
    match tokio::time::timeout(SLOWEST, limited.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(no(StatusCode::PAYLOAD_TOO_LARGE, "it is larger than any event"))
        }
        Ok(Err(_)) | Err(_) => Err(no(StatusCode::BAD_REQUEST, "the body did not arrive")),
    }
}

/// The value of the signature header, which has to occur exactly once.
fn one(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all("stripe-signature").iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.as_bytes()),
        (Some(_) | None, _) => None,
    }
}

/// Parses the event to store. The signature was valid, so an unreadable body is a transmission
/// error, and an event of the other mode was sent to the wrong endpoint.
fn read(endpoint: &Endpoint, body: &[u8], now: Timestamp) -> Result<InboundEvent, Refused> {
    let event = events::parse(body).map_err(|_| no(StatusCode::BAD_REQUEST, "the body is not an event"))?;
    if event.livemode == endpoint.test_mode {
        return Err(no(StatusCode::BAD_REQUEST, "this endpoint is for the other mode"));
    }
    let other = event.account.as_ref().is_some_and(|account| *account != endpoint.account);
    if other && !endpoint.account.is_empty() {
        return Err(no(StatusCode::BAD_REQUEST, "this endpoint is for another account"));
    }
    Ok(InboundEvent {
        tenant: endpoint.tenant.clone(),
        payment_system: endpoint.payment_system.clone(),
        id: event.id,
        kind: event.kind,
        source: Source::Webhook,
        created: Timestamp::from_second(event.created).unwrap_or(now),
        received: now,
        body: event.kept_body,
    })
}
