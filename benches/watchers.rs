//! The effect of watchers on payments: payments per second, and the duration of a payment, with no
//! watcher, a thousand watchers and some very slow watchers.
//!
//! Sandbox, relay, adapter, billing platform and all watchers share one process and the cores, so
//! the figures are worse than on separate machines. The figures are for comparing lines with each
//! other: `cargo bench --bench watchers`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on should stop where it is"
)]

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use causeway::v1;
use causeway_relay::relay::Relay;
use causeway_sandbox::Sandbox;
use prost::Message;
use tokio::task::JoinSet;
use tonic::transport::Channel;

/// Relay, adapter and requests, shared by the benches.
mod test_bed;

/// Maximum number of payments in flight.
const IN_FLIGHT: usize = 16;
/// Duration of the measurement of each line.
const MEASURED: Duration = Duration::from_secs(6);
/// Duration of the warm-up, which is not counted.
const WARM_UP: Duration = Duration::from_secs(1);
/// Maximum time for watchers to receive outstanding events after the payments stop.
const CATCHING_UP: Duration = Duration::from_secs(120);
/// Streams per connection of a watcher.
const ON_ONE: usize = 50;
/// Flow-control window of a slow watcher in bytes, as in gRPC's own clients.
const WINDOW: u32 = 65_535;

/// Starts sandbox, relay and adapter; returns the address of the adapter.
async fn stage(folder: &Path) -> (Sandbox, SocketAddr) {
    let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
    let processor = format!(
        "processor = \"stripe\"\nsecret_key = \"sk_test_acme000000000000000001\"\napi_base = \"{}\"\nrequests_per_second = 0",
        sandbox.url()
    );
    let settings = test_bed::relay_settings("127.0.0.1:0", &folder.join("relay.db"), &processor);
    let settings = causeway_relay::settings::Settings::from_toml(&settings).unwrap();
    let relay = Relay::build(settings, causeway_runtime::machine::environment()).await.unwrap();
    let address = test_bed::adapter(relay.address()).await;
    tokio::spawn(relay.serve(std::future::pending()));
    (sandbox, address)
}

// --- Billing ------------------------------------------------------------------------

/// Makes one payment after the other, and returns the duration of each payment. With a `pause`, the
/// starts of two payments are `pause` apart.
async fn pay(
    channel: Channel,
    number: Arc<AtomicUsize>,
    until: Instant,
    pause: Option<Duration>,
) -> Vec<Duration> {
    let mut client = test_bed::billing(channel);
    let mut took = vec![];
    while Instant::now() < until {
        let since = Instant::now();
        let request =
            test_bed::order(format!("bench-{}", number.fetch_add(1, Relaxed)), Duration::from_secs(60));
        let reply = client.authorize(request).await.expect("an answer").into_inner().result.unwrap();
        assert_eq!(reply.outcome(), v1::Outcome::Approved);
        took.push(since.elapsed());
        if let Some(pause) = pause {
            tokio::time::sleep_until((since + pause).into()).await;
        }
    }
    took
}

/// The duration of each payment within a time, in ascending order.
async fn payments(
    channel: &Channel,
    number: &Arc<AtomicUsize>,
    time: Duration,
    pause: Option<Duration>,
) -> Vec<Duration> {
    let until = Instant::now() + time;
    let mut all = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        all.spawn(pay(channel.clone(), Arc::clone(number), until, pause));
    }
    let mut took: Vec<_> = all.join_all().await.into_iter().flatten().collect();
    took.sort_unstable();
    took
}

// --- Watchers -----------------------------------------------------------------------

/// The behaviour of a watcher.
#[derive(Clone, Copy)]
enum Watcher {
    /// Reads every event at once.
    Good,
    /// Reads a little each second.
    Slow,
    /// Never reads from the stream.
    Deaf,
}

/// The running watchers, stopped on drop.
struct Crowd {
    _tasks: JoinSet<()>,
    /// Number of events that each well-behaved watcher has received.
    seen: Vec<Arc<AtomicU64>>,
    open: Arc<AtomicUsize>,
}

impl Crowd {
    /// Starts watchers after a sequence.
    async fn watch(adapter: SocketAddr, after: u64, kinds: &[(usize, Watcher)]) -> Crowd {
        let all: Vec<_> = kinds.iter().flat_map(|(count, kind)| std::iter::repeat_n(*kind, *count)).collect();
        let mut crowd = Crowd { _tasks: JoinSet::new(), seen: vec![], open: Arc::default() };
        for some in all.chunks(ON_ONE) {
            let client = http2(matches!(some[0], Watcher::Good));
            for kind in some {
                let seen = Arc::new(AtomicU64::new(after));
                if matches!(kind, Watcher::Good) {
                    crowd.seen.push(Arc::clone(&seen));
                }
                let open = Arc::clone(&crowd.open);
                crowd._tasks.spawn(follow(client.clone(), adapter, after, *kind, seen, open));
            }
        }
        while crowd.open.load(Relaxed) < all.len() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        crowd
    }

    /// The smallest number of events of any well-behaved watcher.
    fn last(&self) -> u64 {
        self.seen.iter().map(|seen| seen.load(Relaxed)).min().unwrap_or(u64::MAX)
    }

    /// Time until each well-behaved watcher has received an event.
    async fn catch_up(&self, last: u64) -> Duration {
        let since = Instant::now();
        while self.last() < last {
            assert!(since.elapsed() < CATCHING_UP, "watchers are at {} of {last}", self.last());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        since.elapsed()
    }
}

fn http2(good: bool) -> reqwest::Client {
    let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy();
    let client = if good { client } else { client.http2_initial_stream_window_size(WINDOW) };
    client.build().unwrap()
}

/// Watches events. Messages are counted and not decoded: in production a watcher handles messages
/// on another machine.
async fn follow(
    client: reqwest::Client,
    adapter: SocketAddr,
    after: u64,
    kind: Watcher,
    seen: Arc<AtomicU64>,
    open: Arc<AtomicUsize>,
) {
    let message = v1::WatchEventsRequest { after, until_caught_up: false }.encode_to_vec();
    let mut body = vec![0];
    body.extend((message.len() as u32).to_be_bytes());
    body.extend(message);
    let request = client
        .post(format!("http://{adapter}/causeway.v1.Processor/WatchEvents"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .bearer_auth(test_bed::TOKEN)
        .body(body);
    let mut stream = request.send().await.unwrap();
    assert!(stream.headers().get("grpc-status").is_none(), "{:?}", stream.headers());
    open.fetch_add(1, Relaxed);
    let mut frames = Frames::default();
    loop {
        match kind {
            Watcher::Good => {}
            Watcher::Slow => tokio::time::sleep(Duration::from_secs(1)).await,
            Watcher::Deaf => std::future::pending().await,
        }
        let chunk = stream.chunk().await.unwrap().expect("a stream of events does not end");
        seen.fetch_add(frames.whole(&chunk), Relaxed);
    }
}

/// Counts gRPC messages: five bytes, of which four are the length, and the message.
#[derive(Default)]
struct Frames {
    head: Vec<u8>,
    left: usize,
}

impl Frames {
    /// Number of messages that end in the next bytes.
    fn whole(&mut self, mut bytes: &[u8]) -> u64 {
        let mut count = 0;
        while !bytes.is_empty() {
            if self.left == 0 {
                let head = bytes.len().min(5 - self.head.len());
                self.head.extend(&bytes[..head]);
                bytes = &bytes[head..];
                if self.head.len() == 5 {
                    self.left = u32::from_be_bytes(self.head[1..].try_into().unwrap()) as usize;
                    self.head.clear();
                }
                continue;
            }
            let some = self.left.min(bytes.len());
            self.left -= some;
            bytes = &bytes[some..];
            count += u64::from(self.left == 0);
        }
        count
    }
}

// --- The table ----------------------------------------------------------------------

/// One line of the printed table.
struct Line {
    each_second: f64,
    half: f64,
    most: f64,
}

impl Line {
    fn of(took: &[Duration]) -> Line {
        let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1000.0;
        Line { each_second: took.len() as f64 / MEASURED.as_secs_f64(), half: at(50), most: at(99) }
    }

    fn print(&self, name: &str, first: &Line, rest: &str) {
        println!(
            "{name:<28} {:>7.1} {:>6.2} {:>8.1} {:>6.2} {:>8.1} {:>6.2}  {rest}",
            self.each_second,
            self.each_second / first.each_second,
            self.half,
            self.half / first.half,
            self.most,
            self.most / first.most,
        );
    }
}

/// The watchers of a line, and the interval between payments of each payer.
struct Scene {
    name: &'static str,
    watchers: &'static [(usize, Watcher)],
    pause: Option<Duration>,
}

const NOBODY: &[(usize, Watcher)] = &[];
const MANY: &[(usize, Watcher)] = &[(1000, Watcher::Good)];
const SLOW: &[(usize, Watcher)] = &[(949, Watcher::Good), (50, Watcher::Slow), (1, Watcher::Deaf)];

/// First with unlimited payments, then with 100 payments per second.
fn scenes() -> [Vec<Scene>; 2] {
    let lines = [("nobody watches", NOBODY), ("1,000 watch", MANY), ("949, 50 slow, 1 never reads", SLOW)];
    let all = |pause: Option<Duration>| -> Vec<_> {
        let scene = |(name, watchers)| Scene { name, watchers, pause };
        lines.into_iter().chain([lines[0]]).map(scene).collect()
    };
    [all(None), all(Some(Duration::from_millis(10) * IN_FLIGHT as u32))]
}

async fn run() {
    let folder = tempfile::tempdir().unwrap();
    let (_sandbox, address) = stage(folder.path()).await;
    let channel = test_bed::channel(address);
    let number = Arc::new(AtomicUsize::new(0));
    let pay = async |time, pause| payments(&channel, &number, time, pause).await;
    let paid = || number.load(Relaxed) as u64;
    pay(WARM_UP * 2, None).await;
    println!("{IN_FLIGHT} payments in flight, {} s each line", MEASURED.as_secs());
    for scenes in scenes() {
        println!(
            "\n{:<28} {:>7} {:>6} {:>8} {:>6} {:>8} {:>6}  events",
            if scenes[0].pause.is_some() { "100 payments a second" } else { "as many as go" },
            "per s",
            "ratio",
            "p50 ms",
            "ratio",
            "p99 ms",
            "ratio"
        );
        let mut first = None;
        for scene in scenes {
            let crowd = Crowd::watch(address, paid(), scene.watchers).await;
            pay(WARM_UP, scene.pause).await;
            let (seen, before) = (crowd.last(), paid());
            let line = Line::of(&pay(MEASURED, scene.pause).await);
            let rest = if crowd.seen.is_empty() {
                String::new()
            } else {
                let (last, rate) = (paid(), (crowd.last() - seen) as f64 / MEASURED.as_secs_f64());
                let late = crowd.catch_up(last).await.as_secs_f64();
                format!("{rate:.0} per s to each, all {} there {late:.2} s after the last", last - before)
            };
            line.print(scene.name, first.get_or_insert(Line { ..line }), &rest);
            drop(crowd);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

fn main() {
    // Cargo omits the argument when the bench is only compiled and tested.
    if std::env::args().any(|argument| argument == "--bench") {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(run());
    }
}
