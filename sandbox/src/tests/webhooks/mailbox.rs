//! A mailbox: a small HTTP server that receives deliveries, answers with given statuses, and checks
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

use crate::tests::stage::{KEY, Stage};

/// The longest time that a test waits for deliveries.
const SOON: Duration = Duration::from_secs(10);

/// The server that deliveries arrive at.
pub(crate) struct Mailbox {
    url: String,
    inside: Arc<Inside>,
}

#[derive(Default)]
struct Inside {
    letters: Mutex<Vec<WebhookRequest>>,
    /// The statuses of the next answers; 200 after the last of them.
    answers: Mutex<VecDeque<u16>>,
    /// The delay of each answer.
    slowness: Mutex<Duration>,
}

/// One received delivery, unparsed and parsed.
#[derive(Clone, Debug)]
pub(crate) struct WebhookRequest {
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) event: Value,
}

/// An endpoint that was created for a mailbox.
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Mailbox {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks?from=stripe", listener.local_addr().unwrap());
        let inside = Arc::new(Inside::default());
        let router = Router::new().fallback(receive).with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inside }
    }

    /// Sets the statuses of the answers to the next deliveries.
    pub(crate) fn answers(&self, statuses: &[u16]) {
        self.inside.answers.lock().unwrap().extend(statuses);
    }

    /// Sets the delay of every answer.
    pub(crate) fn is_slow(&self, slowness: Duration) {
        *self.inside.slowness.lock().unwrap() = slowness;
    }

    /// Creates an endpoint for the mailbox, for some types of events.
    pub(crate) async fn listen(&self, stage: &Stage, events: &[&str]) -> Endpoint {
        self.listen_as(stage, KEY, events).await
    }

    pub(crate) async fn listen_as(&self, stage: &Stage, key: &str, events: &[&str]) -> Endpoint {
        let wanted = events.iter().fold(String::new(), |all, one| format!("{all}&enabled_events[]={one}"));
        let url: String = form_urlencoded::byte_serialize(self.url.as_bytes()).collect();
        let made = stage.post("webhook_endpoints", &format!("url={url}{wanted}")).by(key).send().await.good();
        Endpoint { id: made.id(), secret: made.text_at("/secret").to_owned() }
    }

    /// The deliveries that have arrived so far, in order.
    pub(crate) fn letters(&self) -> Vec<WebhookRequest> {
        self.inside.letters.lock().unwrap().clone()
    }

    /// The deliveries that have arrived, once no delivery is in flight.
    pub(crate) async fn settled(&self, stage: &Stage) -> Vec<WebhookRequest> {
        settle(stage).await;
        self.letters()
    }

    /// The types of the events that have arrived, once no delivery is in flight.
    pub(crate) async fn kinds(&self, stage: &Stage) -> Vec<String> {
        self.settled(stage).await.iter().map(WebhookRequest::kind).collect()
    }
}

/// Waits until no delivery is in flight.
pub(crate) async fn settle(stage: &Stage) {
    assert!(stage.sandbox.settle_deliveries(SOON).await, "{:?}", stage.sandbox.deliveries());
}

impl WebhookRequest {
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

async fn receive(State(inside): State<Arc<Inside>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    assert_eq!((head.method.as_str(), head.uri.to_string().as_str()), ("POST", "/hooks?from=stripe"));
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let event = serde_json::from_str(&text).unwrap();
    inside.letters.lock().unwrap().push(WebhookRequest { headers: head.headers, text, event });
    let slowness = *inside.slowness.lock().unwrap();
    tokio::time::sleep(slowness).await;
    let status = inside.answers.lock().unwrap().pop_front().unwrap_or(200);
    // The redirect points to the mailbox, so that a followed redirect would show as a delivery.
    Response::builder().status(status).header("location", "/hooks?from=stripe").body(Body::empty()).unwrap()
}
