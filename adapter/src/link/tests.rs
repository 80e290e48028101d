//! Tests of requests to a relay that is down or starting.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use causeway::{environment::Random, status::RefusalDetails, v1::CaptureRequest};
use http::{HeaderMap, Request, Response};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{body::Body, server::NamedService, transport::Server};

use super::*;
use crate::settings::Settings;

/// Randomness of zeros, so that every backoff is zero.
struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A relay that counts requests, keeps the headers of the last one and never answers.
#[derive(Clone, Default)]
struct Down(Arc<AtomicU64>, Arc<Mutex<HeaderMap>>);

impl NamedService for Down {
    const NAME: &'static str = "causeway.v1.Processor";
}

impl tower::Service<Request<Body>> for Down {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.0.fetch_add(1, Ordering::SeqCst);
        *self.1.lock().unwrap() = request.headers().clone();
        Box::pin(std::future::ready(Ok(Status::unavailable("it is coming up").into_http())))
    }
}

async fn link(relay: &Down) -> Link {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let settings = Settings::from_toml(&format!(
        "[relay]\naddresses = [\"http://{}\"]\nallow_plaintext = true\nkey_id = \"acme-1\"\n\
         secret = \"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"\n\
         [callers.billing]\ntoken = \"a-token-of-24-characters\"\nrights = [\"read\"]",
        listener.local_addr().unwrap()
    ));
    let server = Server::builder().add_service(relay.clone());
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let environment = Environment { random: Arc::new(Zeros), ..causeway_runtime::machine::environment() };
    Link::new(&settings.unwrap().relay, 1, environment).unwrap()
}

/// F77: one request is sent three times at most, and of many requests only a tenth plus a fixed
/// number per second is retried, so that waiting clients do not overload a starting relay.
#[tokio::test]
async fn retries_have_a_budget() {
    const CALLS: u64 = 300;
    let begun = tokio::time::Instant::now();
    let relay = Down::default();
    let link = link(&relay).await;
    let caller = CallerName("billing".into());
    let call = async || {
        RefusalDetails::of(&link.call(&caller, CaptureRequest::default(), None).await.unwrap_err()).reason
    };
    assert_eq!(call().await, "ANSWER_LOST");
    assert_eq!(relay.0.load(Ordering::SeqCst), 3, "one call has all of its tries");
    for _ in 1..CALLS {
        assert_eq!(call().await, "ANSWER_LOST");
    }
    let repeated = relay.0.load(Ordering::SeqCst) - CALLS;
    // The budget: a hundred retries in a window of ten seconds, plus a tenth of the calls. A slow
    // machine begins further windows.
    let most = 130 + 100 * (begun.elapsed().as_secs() / 10);
    assert!((100..=most).contains(&repeated), "{repeated} of {CALLS} were repeated");
}

#[tokio::test]
async fn the_caller_is_forwarded_as_far_as_a_header_can_carry_its_name() {
    let relay = Down::default();
    let link = link(&relay).await;
    for (name, forwarded) in [("billing", Some("billing")), ("two words", None), ("Büro", None)] {
        let caller = CallerName(name.into());
        link.call(&caller, CaptureRequest::default(), None).await.unwrap_err();
        let headers = relay.1.lock().unwrap().clone();
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!((header("causeway-caller"), header("causeway-callers")), (forwarded, Some("1")), "{name}");
    }
}
