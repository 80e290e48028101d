//! Goodput under fivefold overload, compared with the peak; the time until a refused request is
//! answered; memory; and the time until recovery.
//!
//! Measured twice: with Stripe's rate limit as the bottleneck, the usual case, and with the machine
//! as the bottleneck. Sandbox, relay, adapter and billing platform share one process and the cores,
//! so the second measurement is the worst case: the work of the billing platform and the sandbox is
//! included. The figures are for comparing lines with each other: `cargo bench --bench overload`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on should stop where it is"
)]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use causeway::{status::RefusalDetails, v1};
use causeway_relay::relay::Relay;
use causeway_sandbox::Sandbox;
use tokio::task::JoinSet;
use tonic::transport::Channel;

/// Relay, adapter and requests, shared by the benches.
mod test_bed;

/// Number of payments in flight in the measurement of the peak.
const IN_FLIGHT: usize = 32;
/// Duration of the measurement of the peak.
const MEASURED: Duration = Duration::from_secs(8);
/// Duration of the overload.
const OVERLOAD: Duration = Duration::from_secs(20);
/// Factor of the overload over the peak.
const TIMES: f64 = 5.0;
/// The deadline of a payment request.
const PATIENCE: Duration = Duration::from_secs(5);

/// The client of the billing platform, with a counter of requests.
#[derive(Clone)]
struct Billing {
    channel: Channel,
    number: Arc<AtomicUsize>,
}

/// The end of a payment as the billing platform sees the answer.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Ended {
    Held,
    Refused,
    Otherwise(String),
}

impl Billing {
    async fn pay(&self) -> (Ended, Duration) {
        let number = self.number.fetch_add(1, Relaxed);
        let request = test_bed::order(format!("bench-{number}"), PATIENCE);
        let mut client = test_bed::billing(self.channel.clone());
        let since = Instant::now();
        let ended = match client.authorize(request).await {
            Ok(answer) => {
                let outcome = answer.into_inner().result.unwrap().outcome();
                if outcome == v1::Outcome::Approved {
                    Ended::Held
                } else {
                    Ended::Otherwise(outcome.as_str_name().to_owned())
                }
            }
            Err(status) => match RefusalDetails::of(&status).reason.as_str() {
                "OVERLOADED" | "DEADLINE_TOO_SHORT" => Ended::Refused,
                other => Ended::Otherwise(other.to_owned()),
            },
        };
        (ended, since.elapsed())
    }

    /// Makes as many payments as possible, and returns the number of held payments per second.
    async fn peak(&self, time: Duration) -> f64 {
        let until = Instant::now() + time;
        let mut all = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let billing = self.clone();
            all.spawn(async move {
                let mut held = 0;
                while Instant::now() < until {
                    held += usize::from(billing.pay().await.0 == Ended::Held);
                }
                held
            });
        }
        all.join_all().await.into_iter().sum::<usize>() as f64 / time.as_secs_f64()
    }

    /// Starts payments at a fixed rate, and returns how each payment ended.
    async fn flood(&self, each_second: f64, time: Duration) -> Vec<(Ended, Duration)> {
        let (since, tick) = (Instant::now(), Duration::from_millis(10));
        let ended = Arc::new(Mutex::new(vec![]));
        let (mut all, mut begun) = (JoinSet::new(), 0);
        while since.elapsed() < time {
            while (begun as f64) < each_second * since.elapsed().as_secs_f64() {
                let (billing, ended) = (self.clone(), Arc::clone(&ended));
                all.spawn(async move {
                    let how = billing.pay().await;
                    if since.elapsed() < time {
                        ended.lock().unwrap().push(how);
                    }
                });
                begun += 1;
            }
            tokio::time::sleep(tick).await;
        }
        all.detach_all();
        std::mem::take(&mut ended.lock().unwrap())
    }
}

/// The memory of this process in MiB: sandbox, relay, adapter and billing platform.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn at(took: &mut [Duration], percent: usize) -> f64 {
    took.sort_unstable();
    took.get(took.len() * percent / 100).copied().unwrap_or_default().as_secs_f64() * 1000.0
}

async fn scene(name: &str, limits: &str) {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
    let processor = format!(
        "processor = \"stripe\"\nsecret_key = \"sk_test_acme000000000000000001\"\napi_base = \"{}\"\n{limits}",
        sandbox.url()
    );
    let settings = test_bed::relay_settings("127.0.0.1:0", &folder.path().join("relay.db"), &processor);
    let settings = causeway_relay::settings::Settings::from_toml(&settings).unwrap();
    let relay = Relay::build(settings, causeway_runtime::machine::environment()).await.unwrap();
    let channel = test_bed::channel(test_bed::adapter(relay.address()).await);
    tokio::spawn(relay.serve(std::future::pending()));
    let billing = Billing { channel, number: Arc::default() };

    billing.peak(Duration::from_secs(2)).await;
    let (peak, before) = (billing.peak(MEASURED).await, memory());
    let ended = billing.flood(peak * TIMES, OVERLOAD).await;
    let during = memory();
    let since = Instant::now();
    let mut back = billing.peak(Duration::from_secs(1)).await;
    while back < peak * 0.9 && since.elapsed() < Duration::from_secs(60) {
        back = billing.peak(Duration::from_secs(1)).await;
    }
    let took = |which: &Ended| -> Vec<Duration> {
        ended.iter().filter(|(how, _)| how == which).map(|(_, took)| *took).collect()
    };
    let (mut held, mut refused) = (took(&Ended::Held), took(&Ended::Refused));
    let otherwise = ended.len() - held.len() - refused.len();
    let goodput = held.len() as f64 / OVERLOAD.as_secs_f64();
    println!(
        "{name:<24} {peak:>7.1} {goodput:>8.1} {:>6.2} {:>8} {:>8.1} {:>8} {:>8.1} {:>6} {:>6.1} {before:>6} {during:>6}",
        goodput / peak,
        held.len(),
        at(&mut held, 99),
        refused.len(),
        at(&mut refused, 99),
        otherwise,
        since.elapsed().as_secs_f64(),
    );
    for (how, _) in ended.iter().filter(|(how, _)| matches!(how, Ended::Otherwise(_))).take(1) {
        if let Ended::Otherwise(what) = how {
            println!("  one of the others: {what}");
        }
    }
}

async fn run() {
    println!(
        "{TIMES} times the peak for {} s, with deadlines of {} s",
        OVERLOAD.as_secs(),
        PATIENCE.as_secs()
    );
    println!(
        "{:<24} {:>7} {:>8} {:>6} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6} {:>6} {:>6}",
        "too little of",
        "peak/s",
        "good/s",
        "ratio",
        "held",
        "p99 ms",
        "refused",
        "p99 ms",
        "other",
        "back s",
        "MiB",
        "then"
    );
    scene("Stripe's rate", "requests_per_second = 60\nrequests_per_second_per_endpoint = 0").await;
    scene("the machine", "requests_per_second = 0").await;
}

fn main() {
    // Cargo omits the argument when the bench is only compiled and tested.
    if std::env::args().any(|argument| argument == "--bench") {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(run());
    }
}
