//! Benchmark: PaymentIntents created per second on one core, and the memory that a
//! million PaymentIntents take.
//!
//! ```text
//! cargo bench -p causeway-sandbox --bench creates
//! PAYMENTS=1000000 cargo bench -p causeway-sandbox --bench creates
//! ```
//!
//! The sandbox runs on a separate thread, and the benchmark counts only the CPU time of that thread: the
//! threads of the callers are not measured. Each kind of call runs in a fresh sandbox.

#![expect(
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints what it measures, and stops at whatever goes wrong"
)]

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use causeway_sandbox::{Ledger, Sandbox, Settings};
use client::Caller;

mod client;

/// The number of concurrent callers, each with one connection.
const CALLERS: usize = 8;

/// The form parameters that every call sends.
const TERMS: &str = "amount=2000&currency=usd&metadata[order]=8&automatic_payment_methods[enabled]=true&\
                     automatic_payment_methods[allow_redirects]=never";

/// The result of one run: two durations, a memory size, and the sandbox's ledger.
struct Measured {
    /// CPU time of the sandbox's thread, in seconds.
    busy: f64,
    /// Wall-clock time, in seconds.
    took: f64,
    /// Resident memory of the process after the run, in MiB.
    weight: u64,
    ledger: Ledger,
}

fn main() {
    let payments = std::env::var("PAYMENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(50_000);
    println!("{payments} calls each, {CALLERS} callers at a time, every call under an idempotency key");
    println!("{:<32}{:>14}{:>14}{:>12}", "call", "per core, s", "per clock, s", "MiB");
    let card = "payment_method=pm_card_visa&confirm=true";
    for (name, body) in [
        ("create", TERMS.to_owned()),
        ("create and confirm", format!("{TERMS}&{card}")),
        ("create and hold", format!("{TERMS}&{card}&capture_method=manual")),
    ] {
        let measured = measure(&body, payments);
        let per = |seconds: f64| f64::from(u32::try_from(payments).unwrap()) / seconds;
        let (core, clock) = (per(measured.busy), per(measured.took));
        println!("{name:<32}{core:>14.0}{clock:>14.0}{:>12}", measured.weight);
        let authorized = if body.contains("confirm") { payments } else { 0 };
        assert_eq!(measured.ledger.authorized(None, "usd"), u64::try_from(authorized).unwrap() * 2000);
    }
}

/// Creates the given number of payments in a fresh sandbox, split among the callers.
fn measure(body: &str, payments: usize) -> Measured {
    let (tell_address, address) = mpsc::channel::<SocketAddr>();
    let (tell_end, end) = tokio::sync::oneshot::channel::<()>();
    let sandbox = thread::spawn(move || serve(&tell_address, end));
    let address = address.recv().unwrap();
    let began = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let body = body.to_owned();
            thread::spawn(move || call(address, &body, caller, payments / CALLERS))
        })
        .collect();
    callers.into_iter().for_each(|caller| caller.join().unwrap());
    let (took, weight) = (began.elapsed().as_secs_f64(), weight());
    tell_end.send(()).unwrap();
    let (busy, ledger) = sandbox.join().unwrap();
    Measured { busy, took, weight, ledger }
}

/// Runs a sandbox on the current thread alone, and returns the thread's CPU time in seconds and the ledger.
fn serve(tell_address: &mpsc::Sender<SocketAddr>, end: tokio::sync::oneshot::Receiver<()>) -> (f64, Ledger) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ledger = runtime.block_on(async {
        let sandbox = Sandbox::start(Settings { seed: Some(1), ..Settings::default() }).await.unwrap();
        tell_address.send(sandbox.addr()).unwrap();
        end.await.unwrap();
        sandbox.ledger()
    });
    (busy(), ledger)
}

/// CPU time of the current thread, in seconds.
fn busy() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds: u64 = text.split(' ').next().unwrap().parse().unwrap();
    std::time::Duration::from_nanos(nanoseconds).as_secs_f64()
}

/// Resident memory of this process (`VmRSS`), in MiB.
fn weight() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().split(' ').next().unwrap().parse::<u64>().unwrap() / 1024
}

/// Sends the calls of one caller over one connection.
fn call(address: SocketAddr, body: &str, caller: usize, times: usize) {
    let mut connection = Caller::connect(address);
    for time in 0..times {
        let key = format!("idempotency-key: {caller}-{time}\r\n");
        connection.call("POST /v1/payment_intents", &key, body);
    }
}
