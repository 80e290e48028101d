//! Tests of watchers and of the poster against a relay that follows a script.

use std::{
    collections::VecDeque,
    convert::Infallible,
    net::SocketAddr,
    sync::Mutex,
    task::{Context, Poll},
};

use causeway::{codec::Codec, environment::Random};
use http::{Request, Response};
use prost::Message;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc::Receiver,
};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{body::Body, server::NamedService, transport::Server};
use v1::{WatchEventsRequest, WatchEventsResponse};

use super::{post::Poster, sign::PostKey, watchers::Watchers, *};
use crate::{
    settings::{CallerName, Settings},
    stop::{self, Stopper},
};

/// Tests of watchers that share a stream.
mod sharing;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Randomness of zeros, so that every backoff is zero.
struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn environment() -> Environment {
    Environment { random: Arc::new(Zeros), ..causeway_runtime::machine::environment() }
}

fn event(sequence: u64, padding: usize) -> WatchEventsResponse {
    let id = format!("e-{sequence}");
    let event = v1::Event { id, sequence, processor_reference: "x".repeat(padding), ..Default::default() };
    WatchEventsResponse::of(event)
}

/// One stream: the messages, and whether the stream stays open afterwards.
type Scene = (Vec<Passed>, bool);

fn scene(sequences: impl IntoIterator<Item = u64>, last: Option<Status>, open: bool) -> Scene {
    let events = sequences.into_iter().map(|sequence| Ok(event(sequence, 10_000)));
    (events.chain(last.map(Err)).collect(), open)
}

/// A relay that plays one scene per stream; after the last scene no message is sent.
#[derive(Clone, Default)]
struct Script {
    scenes: Arc<Mutex<VecDeque<Scene>>>,
    asked: Arc<Mutex<Vec<u64>>>,
}

impl NamedService for Script {
    const NAME: &'static str = "causeway.v1.Processor";
}

impl tower::Service<Request<Body>> for Script {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let script = self.clone();
        let play = move |request: tonic::Request<WatchEventsRequest>| {
            script.asked.lock().unwrap().push(request.get_ref().after);
            let (passed, open) = script.scenes.lock().unwrap().pop_front().unwrap_or((vec![], true));
            let (out, stream) = mpsc::channel(1);
            tokio::spawn(async move {
                for passed in passed {
                    drop(out.send(passed).await);
                }
                if open {
                    out.closed().await;
                }
            });
            std::future::ready(Ok::<_, Status>(tonic::Response::new(ReceiverStream::new(stream))))
        };
        Box::pin(async move {
            let mut grpc =
                tonic::server::Grpc::new(Codec::<WatchEventsResponse, WatchEventsRequest>::default());
            Ok(grpc.server_streaming(tower::service_fn(play), request).await)
        })
    }
}

/// A relay, the requests to the relay, and the forwarded events.
struct Stage {
    script: Script,
    address: SocketAddr,
    events: Arc<Events>,
    stopper: Stopper,
    stop: Stop,
}

impl Stage {
    /// A stage without a running relay.
    async fn dark(scenes: impl IntoIterator<Item = Scene>) -> Stage {
        let address = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
        let settings = Settings::from_toml(&format!(
            "[relay]\naddresses = [\"http://{address}\"]\nallow_plaintext = true\nkey_id = \"acme-1\"\n\
             secret = \"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"\n\
             [callers.billing]\ntoken = \"a-token-of-24-characters\"\nrights = [\"read\"]"
        ));
        let events = Events::new(&settings.unwrap().relay, environment()).unwrap();
        let (stopper, stop) = stop::channel();
        let script =
            Script { scenes: Arc::new(Mutex::new(scenes.into_iter().collect())), ..Default::default() };
        Stage { script, address, events: Arc::new(events), stopper, stop }
    }

    async fn light(&self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let relay = Server::builder().add_service(self.script.clone());
        tokio::spawn(relay.serve_with_incoming(TcpListenerStream::new(listener)));
    }

    async fn new(scenes: impl IntoIterator<Item = Scene>) -> Stage {
        let stage = Stage::dark(scenes).await;
        stage.light().await;
        stage
    }

    fn watch(&self, until_caught_up: bool) -> Receiver<Passed> {
        self.events.watch(WatchEventsRequest { after: 0, until_caught_up }, self.stop.clone(), ())
    }

    fn asked(&self) -> Vec<u64> {
        self.script.asked.lock().unwrap().clone()
    }
}

async fn next(coming: &mut Receiver<Passed>) -> String {
    let next = tokio::time::timeout(Duration::from_secs(20), coming.recv()).await.unwrap();
    match next {
        Some(Ok(response)) => {
            // Encoded and decoded, as on the wire.
            let sent = WatchEventsResponse::decode(response.encode_to_vec().as_slice()).unwrap();
            sent.event.unwrap().sequence.to_string()
        }
        Some(Err(status)) => RefusalDetails::of(&status).reason,
        None => "the end".to_owned(),
    }
}

async fn check(coming: &mut Receiver<Passed>, expected: &[&str]) {
    for expected in expected {
        assert_eq!(next(coming).await, *expected);
    }
}

fn cut() -> Option<Status> {
    Some(Status::unknown("connection reset"))
}

#[test]
fn each_event_is_passed_on_once_and_in_order() {
    for (last, sequence, verdict) in [
        (0, 1, Verdict::PassOn),
        (7, 8, Verdict::PassOn),
        (7, 7, Verdict::Drop),
        (7, 1, Verdict::Drop),
        (7, 0, Verdict::Drop),
        (7, 9, Verdict::AskAgain),
        (0, 2, Verdict::AskAgain),
        (u64::MAX, u64::MAX, Verdict::Drop),
    ] {
        assert_eq!(judge(last, sequence), verdict, "{sequence} after {last}");
    }
}

#[tokio::test]
async fn a_watcher_does_not_notice_a_broken_stream() {
    let stopping = || Some(Refusal::Stopping.into());
    let stage = Stage::new([
        scene([1, 2], cut(), false),
        scene([], stopping(), false),
        scene([2, 3], None, false),
        scene([5], None, true),
        scene([4], stopping(), false),
        scene([], Some(Refusal::JournalUnavailable.into()), false),
        scene([], Some(TOO_MANY_WATCHERS.into()), false),
        scene([5], None, true),
    ])
    .await;
    check(&mut stage.watch(false), &["1", "2", "3", "4", "5"]).await;
    assert_eq!(stage.asked(), [0, 2, 2, 3, 3, 4, 4, 4]);
}

#[tokio::test]
async fn a_refusal_is_passed_on_and_is_the_end() {
    for refusal in [
        Refusal::EventsAhead { after: 9, last: 1 },
        Refusal::LinkSignature { why: "unknown" },
        Limit::Watchers { whose: "tenant acme".to_owned(), most: 3 }.into(),
    ] {
        let reason = refusal.reason();
        let stage = Stage::new([scene([1], Some(refusal.into()), false)]).await;
        check(&mut stage.watch(false), &["1", reason, "the end"]).await;
    }
}

#[tokio::test]
async fn catching_up_ends_when_the_relay_says_so_and_not_when_it_breaks() {
    let stage = Stage::new([scene([1], cut(), false), scene([2], None, false)]).await;
    check(&mut stage.watch(true), &["1", "2", "the end"]).await;
    assert_eq!(stage.asked(), [0, 1]);
}

#[tokio::test]
async fn a_watcher_continues_after_a_relay_restart() {
    let stage = Stage::dark([scene([1, 2], None, true), scene([3], None, true)]).await;
    let mut coming = stage.watch(false);
    for expected in [&["1", "2"][..], &["3"]] {
        // The relay's connections end with the runtime.
        let machine = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (script, listener) = (stage.script.clone(), TcpListener::bind(stage.address).await.unwrap());
        let listener = listener.into_std().unwrap();
        machine.spawn(async {
            let listener = TcpListener::from_std(listener).unwrap();
            let relay = Server::builder().add_service(script);
            relay.serve_with_incoming(TcpListenerStream::new(listener)).await
        });
        check(&mut coming, expected).await;
        machine.shutdown_background();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(stage.asked(), [0, 2]);
}

#[tokio::test]
async fn a_watcher_waits_for_a_relay_and_is_sent_away_when_the_adapter_stops() {
    let stage = Stage::dark([scene([1], None, true)]).await;
    let mut coming = stage.watch(false);
    let early = tokio::time::timeout(Duration::from_millis(300), coming.recv()).await;
    assert!(early.is_err(), "{early:?}");
    stage.light().await;
    check(&mut coming, &["1"]).await;
    stage.stopper.send();
    check(&mut coming, &["STOPPING", "the end"]).await;
    check(&mut stage.watch(false), &["STOPPING", "the end"]).await;
}

#[tokio::test]
async fn a_slow_watcher_delays_no_other_watcher() {
    // Together more than the usual flow-control window of a connection.
    let stage = Stage::new((0..9).map(|_| scene(1..=300, None, true))).await;
    let mut slow: Vec<_> = (0..8).map(|_| stage.watch(false)).collect();
    for slow in &mut slow {
        check(slow, &["1"]).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let all: Vec<_> = (1..=300).map(|sequence: u64| sequence.to_string()).collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    check(&mut stage.watch(false), &all).await;
    check(&mut slow[0], &all[1..]).await;
}

#[tokio::test]
async fn there_are_so_many_watchers_and_no_more() {
    let stage = Stage::new([]).await;
    let watchers = Watchers::new(Arc::clone(&stage.events), 2, stage.stop.clone());
    let caller = |name: &str| CallerName(name.into());
    let watch_as = |name| watchers.watch(WatchEventsRequest::default(), &caller(name));
    let refused =
        |whose: &str, limit| Some(Refusal::from(Limit::Watchers { whose: whose.to_owned(), most: limit }));
    let watch = || watch_as("greedy");
    let mut all: Vec<_> = (0..1012).map(|_| watch().unwrap()).collect();
    assert_eq!(watch().err(), refused("caller greedy", 1012));
    let others: Vec<_> = (0..8).map(|_| watch_as("other").unwrap()).collect();
    assert_eq!((others.len(), watch_as("other").err()), (8, refused("this adapter", 1020)));
    drop(all.pop());
    let again = async {
        while watch().is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again).await.unwrap();
}

/// A billing platform that answers by a script and records the posts.
async fn billing(answers: Vec<&'static str>) -> (SocketAddr, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (out, sent) = mpsc::channel(100);
    tokio::spawn(async move {
        for answer in answers {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut text = String::new();
            // The JSON body ends the message.
            while !text.ends_with("}") {
                let mut bytes = [0; 65_536];
                let count = connection.read(&mut bytes).await.unwrap();
                text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
            }
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            out.send((head.to_owned(), body.to_owned())).await.unwrap();
            let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (address, sent)
}

#[tokio::test]
async fn an_event_is_posted_until_accepted_and_then_the_next() {
    let elsewhere = "307 Temporary Redirect\r\nlocation: /elsewhere";
    let (address, mut sent) =
        billing(vec!["500 Oops", elsewhere, "410 Gone", "204 No Content", "200 OK"]).await;
    let stage = Stage::new([scene([5, 6], None, true)]).await;
    let folder = tempfile::tempdir().unwrap();
    let cursor_file = folder.path().join("events.cursor");
    std::fs::write(&cursor_file, "4\n").unwrap();
    let key = PostKey::parse(&SECRET.into()).unwrap();
    let posting = crate::settings::Posting {
        post_to: format!("http://{address}/events").parse().unwrap(),
        key: key.clone(),
        cursor_file: cursor_file.clone(),
        timeout: Duration::from_secs(5),
    };
    let poster = Poster::new(posting, environment()).unwrap();
    let running = tokio::spawn(poster.run(Arc::clone(&stage.events), stage.stop.clone()));
    for id in ["e-5", "e-5", "e-5", "e-5", "e-6"] {
        let (head, body) = sent.recv().await.unwrap();
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(given, _)| *given == name).unwrap().1.to_owned()
        };
        assert!(head.starts_with("POST /events HTTP/1.1\r\n"), "{head}");
        assert_eq!(header("webhook-id"), id);
        assert_eq!(header("content-type"), "application/json");
        let timestamp = header("webhook-timestamp").parse().unwrap();
        assert_eq!(header("webhook-signature"), key.sign(id, timestamp, body.as_bytes()));
        assert!(body.contains(&format!("\"id\":\"{id}\"")), "{body}");
        let written = std::fs::read_to_string(&cursor_file).unwrap();
        assert_eq!(written, if id == "e-5" { "4\n" } else { "5\n" });
    }
    let written = async {
        while std::fs::read_to_string(&cursor_file).unwrap() != "6\n" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written).await.unwrap();
    assert_eq!(stage.asked(), [4]);
    stage.stopper.send();
    tokio::time::timeout(Duration::from_secs(20), running).await.unwrap().unwrap();
}
