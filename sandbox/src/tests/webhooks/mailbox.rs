//! A mailbox: a small HTTP server that receives deliveries, answers as it is told, and checks signatures by
//! itself.

use std::collections::VecDeque;
use std::fmt::Write;
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

/// How long a story waits for deliveries at the most.
const SOON: Duration = Duration::from_secs(10);

/// Where deliveries arrive.
pub(crate) struct Mailbox {
    url: String,
    inside: Arc<Inside>,
}

#[derive(Default)]
struct Inside {
    letters: Mutex<Vec<Letter>>,
    /// The next answers; 200 after that.
    answers: Mutex<VecDeque<u16>>,
    /// How long each answer takes.
    slowness: Mutex<Duration>,
}

/// What arrived.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) event: Value,
}

/// An endpoint that was made for a mailbox.
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

    /// Answers the next deliveries like this.
    pub(crate) fn answers(&self, statuses: &[u16]) {
        self.inside.answers.lock().unwrap().extend(statuses);
    }

    /// Takes so long for every answer.
    pub(crate) fn is_slow(&self, slowness: Duration) {
        *self.inside.slowness.lock().unwrap() = slowness;
    }

    /// Makes an endpoint for it, which wants some types of events.
    pub(crate) async fn listen(&self, stage: &Stage, events: &[&str]) -> Endpoint {
        self.listen_as(stage, KEY, events).await
    }

    pub(crate) async fn listen_as(&self, stage: &Stage, key: &str, events: &[&str]) -> Endpoint {
        let wanted = events.iter().fold(String::new(), |all, one| format!("{all}&enabled_events[]={one}"));
        let url: String = form_urlencoded::byte_serialize(self.url.as_bytes()).collect();
        let made = stage.post("webhook_endpoints", &format!("url={url}{wanted}")).by(key).send().await.good();
        Endpoint { id: made.id(), secret: made.text_at("/secret").to_owned() }
    }

    /// What has arrived, in order.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.inside.letters.lock().unwrap().clone()
    }

    /// What has arrived once nothing is under way any more.
    pub(crate) async fn settled(&self, stage: &Stage) -> Vec<Letter> {
        settle(stage).await;
        self.letters()
    }

    /// The types of the events that have arrived once nothing is under way any more.
    pub(crate) async fn kinds(&self, stage: &Stage) -> Vec<String> {
        self.settled(stage).await.iter().map(Letter::kind).collect()
    }
}

/// Waits until nothing is under way.
pub(crate) async fn settle(stage: &Stage) {
    assert!(stage.sandbox.settle_deliveries(SOON).await, "{:?}", stage.sandbox.deliveries());
}

impl Letter {
    pub(crate) fn kind(&self) -> String {
        self.event["type"].as_str().unwrap().to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.event["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("-", |value| value.to_str().unwrap())
    }

    /// The values of one scheme in the signature's header.
    pub(crate) fn signatures(&self, scheme: &str) -> Vec<String> {
        let pairs = self.header("stripe-signature").split(',').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == scheme).map(|(_, value)| value.to_owned()).collect()
    }

    /// When it was signed.
    pub(crate) fn signed_at(&self) -> i64 {
        self.signatures("t").concat().parse().unwrap()
    }

    /// Whether one of the signatures is of this secret.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{}.{}", self.signed_at(), self.text).as_bytes());
        let mut hex = String::new();
        for byte in mac.finalize().into_bytes() {
            write!(hex, "{byte:02x}").unwrap();
        }
        self.signatures("v1").contains(&hex)
    }
}

async fn receive(State(inside): State<Arc<Inside>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    assert_eq!((head.method.as_str(), head.uri.to_string().as_str()), ("POST", "/hooks?from=stripe"));
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let event = serde_json::from_str(&text).unwrap();
    inside.letters.lock().unwrap().push(Letter { headers: head.headers, text, event });
    let slowness = *inside.slowness.lock().unwrap();
    tokio::time::sleep(slowness).await;
    let status = inside.answers.lock().unwrap().pop_front().unwrap_or(200);
    // A redirect leads back here, so that following it would show.
    Response::builder().status(status).header("location", "/hooks?from=stripe").body(Body::empty()).unwrap()
}
