//! A webhook receiver: a small HTTP server that receives deliveries, answers with given statuses, and checks
//! signatures independently of the sandbox.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;

use crate::tests::test_bed::{KEY, TestBed};

/// The longest time that a test waits for deliveries.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The server that deliveries arrive at.
pub(crate) struct WebhookReceiver {
    url: String,
    state: Arc<ReceiverState>,
}

#[derive(Default)]
struct ReceiverState {
    requests: Mutex<Vec<ReceivedRequest>>,
    /// The statuses of the next answers; 200 after the last of them.
    answer_with: Mutex<VecDeque<u16>>,
    /// The delay of each answer.
    delay: Mutex<Duration>,
}

/// One received delivery, unparsed and parsed.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedRequest {
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) event: Value,
}

/// An endpoint that was created for a receiver.
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl WebhookReceiver {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks?from=stripe", listener.local_addr().unwrap());
        let state = Arc::new(ReceiverState::default());
        let router = Router::new().fallback(receive).with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    /// The URL that deliveries arrive at.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sets the statuses of the answers to the next deliveries.
    pub(crate) fn answer_with(&self, statuses: &[u16]) {
        self.state.answer_with.lock().unwrap().extend(statuses);
    }

    /// Sets the delay of every answer.
    pub(crate) fn set_delay(&self, delay: Duration) {
        *self.state.delay.lock().unwrap() = delay;
    }

    /// Creates an endpoint for the receiver, for some types of events.
    pub(crate) async fn subscribe(&self, test_bed: &TestBed, events: &[&str]) -> Endpoint {
        self.subscribe_with_key(test_bed, KEY, events).await
    }

    pub(crate) async fn subscribe_with_key(
        &self,
        test_bed: &TestBed,
        key: &str,
        events: &[&str],
    ) -> Endpoint {
        let subscriptions =
            events.iter().fold(String::new(), |all, entry| format!("{all}&enabled_events[]={entry}"));
        let url: String = form_urlencoded::byte_serialize(self.url.as_bytes()).collect();
        let made = test_bed
            .post("webhook_endpoints", &format!("url={url}{subscriptions}"))
            .with_key(key)
            .send()
            .await
            .success();
        Endpoint { id: made.id(), secret: made.text_at("/secret").to_owned() }
    }

    /// The deliveries that have arrived so far, in order.
    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.state.requests.lock().unwrap().clone()
    }

    /// The deliveries that have arrived, once no delivery is in flight.
    pub(crate) async fn settled(&self, test_bed: &TestBed) -> Vec<ReceivedRequest> {
        settle(test_bed).await;
        self.requests()
    }

    /// The types of the events that have arrived, once no delivery is in flight.
    pub(crate) async fn event_types(&self, test_bed: &TestBed) -> Vec<String> {
        self.settled(test_bed).await.iter().map(ReceivedRequest::kind).collect()
    }
}

/// Waits until no delivery is in flight.
pub(crate) async fn settle(test_bed: &TestBed) {
    assert!(test_bed.sandbox.settle_deliveries(MAX_WAIT).await, "{:?}", test_bed.sandbox.deliveries());
}

impl ReceivedRequest {
    pub(crate) fn kind(&self) -> String {
        self.event["type"].as_str().unwrap().to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.event["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("-", |value| value.to_str().unwrap())
    }

    /// The values of one scheme in the header of the signature.
    pub(crate) fn signatures(&self, scheme: &str) -> Vec<String> {
        let pairs = self.header("stripe-signature").split(',').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == scheme).map(|(_, value)| value.to_owned()).collect()
    }

    /// The moment of the signature, in unix seconds.
    pub(crate) fn signed_at(&self) -> i64 {
        self.signatures("t").concat().parse().unwrap()
    }

    /// Whether one of the signatures was made with this secret.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{}.{}", self.signed_at(), self.text).as_bytes());
        self.signatures("v1").contains(&hex::encode(mac.finalize().into_bytes()))
    }
}

async fn receive(State(state): State<Arc<ReceiverState>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    assert_eq!((head.method.as_str(), head.uri.to_string().as_str()), ("POST", "/hooks?from=stripe"));
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let event = serde_json::from_str(&text).unwrap();
    state.requests.lock().unwrap().push(ReceivedRequest { headers: head.headers, text, event });
    let delay = *state.delay.lock().unwrap();
    tokio::time::sleep(delay).await;
    let status = state.answer_with.lock().unwrap().pop_front().unwrap_or(200);
    // The redirect points to the receiver, so that a followed redirect would show as a delivery.
    Response::builder().status(status).header("location", "/hooks?from=stripe").body(Body::empty()).unwrap()
}
