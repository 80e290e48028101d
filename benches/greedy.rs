//! A tenant, or a caller, that asks for as much as possible in one of twelve ways, while another one
//! pays at a steady rate: `cargo bench --bench greedy`.
//!
//! One row for each way, between two tenants with an adapter each, and between two callers of one
//! adapter, on programs started anew. A row has the payments of the other side without and beside the
//! greed, and how many of them failed. Its own webhooks are sent meanwhile too. The exit code is 1 if a
//! limit is not kept. Options, each with a value:
//!
//! `--seconds` of greed (20), `--quiet` seconds of payments without greed (15), `--payments` per second
//! (50), `--ways` and `--between` (`tenants,callers`) to choose rows, `--ceiling` in MiB at which the
//! greed is broken off (4,096), `--memory-limit 256M` for each program's data segment, `--cgroup` with
//! the folder of a control group with a limit, which the programs enter.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a measurement that cannot go on should stop where it is"
)]

use std::{
    net::{IpAddr, Ipv4Addr},
    process::{Child, ExitCode},
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

use tokio::time::{Instant, timeout};

/// The greedy side.
mod greed;
/// The programs, their settings, and payments.
mod programs;
/// Connections below gRPC.
mod wire;

use greed::{BIG_ORDER, Greed, Way, big_payment};
use programs::{
    MemoryLimit, TestBed,
    arguments::Arguments,
    billing,
    payer::{Paid, Payer},
    print_report, run_bench,
    settings::Tenant,
    verdict,
};
use wire::{Connector, ask, event};

/// The rights of every caller here.
const ALL: &str = "\"charge\", \"refund\", \"cards\", \"read\", \"jobs\"";

/// The side that pays; its adapter has two callers.
const STEADY: Tenant = Tenant { name: "steady", callers: &[("billing", ALL), ("portal", ALL)] };
/// The other tenant.
const OTHER: Tenant = Tenant { name: "other", callers: &[("portal", ALL)] };

/// Maximum of the 99th percentile of payments, as a multiple of the one without greed.
const SLOWER: f64 = 2.0;
/// Maximum time until a webhook of the steady side is taken.
const WEBHOOK: Duration = Duration::from_secs(2);
/// Interval at which memory is read.
const SAMPLE: Duration = Duration::from_millis(100);
/// Number of payments in the large order: nearly 4 MiB.
const BIG_PAYMENTS: usize = 40;

const OPTIONS: &[&str] =
    &["seconds", "quiet", "payments", "ways", "between", "ceiling", "memory-limit", "cgroup"];

/// What every row has in common.
struct Plan {
    given: Arguments,
    seconds: Duration,
    quiet: Duration,
    payments: u32,
    ceiling: u64,
    limit: MemoryLimit,
}

impl Plan {
    fn read() -> Plan {
        let given = Arguments::read(OPTIONS);
        Plan {
            seconds: Duration::from_secs(given.number("seconds", 20)),
            quiet: Duration::from_secs(given.number("quiet", 15)),
            payments: given.number("payments", 50),
            ceiling: given.number("ceiling", 4096),
            limit: MemoryLimit::read(&given),
            given,
        }
    }

    async fn row(&self, way: Way, between: &'static str) -> Row {
        let mut test_bed = TestBed::start(&[STEADY, OTHER], false, &self.limit).await;
        let payer = Payer::new(
            test_bed.channel(test_bed.adapters[0].address),
            &STEADY.token("billing"),
            self.payments,
        );
        payer.until_approved().await;
        let (tenant, adapter) = if between == "tenants" { (OTHER, 1) } else { (STEADY, 0) };
        let greed = Greed {
            way,
            adapter: test_bed.adapters[adapter].address,
            token: tenant.token("portal"),
            webhooks: test_bed.webhooks,
            endpoint: tenant.endpoint(),
            webhook_secret: tenant.webhook_secret(),
            time: self.seconds,
        };
        prepare(&test_bed, &greed).await;
        payer.pay(Duration::from_secs(2)).await;
        let quiet = payer.pay(self.quiet).await;
        let mut greedy = greed.start();
        let (paid, memory, webhook) = tokio::join!(
            payer.pay(self.seconds),
            self.watch(&test_bed, &mut greedy, &payer),
            own_webhooks(&test_bed, self.seconds)
        );
        let report = greedy.wait_with_output().unwrap().stdout;
        Row {
            name: format!("{} {between}", way.name()),
            quiet,
            paid,
            memory,
            webhook,
            log: test_bed.relay.log_size(),
            broken_off: memory.iter().any(|most| *most > self.ceiling),
            report: String::from_utf8_lossy(&report).trim().to_owned(),
            alive: test_bed.all_alive(),
        }
    }

    /// The most memory of the relay and of the adapters. Above the ceiling the greed is broken off.
    async fn watch(&self, test_bed: &TestBed, greedy: &mut Child, payer: &Payer) -> [u64; 2] {
        let (until, mut most) = (Instant::now() + self.seconds, [0; 2]);
        while Instant::now() < until {
            let adapters = test_bed.adapters.iter().map(programs::Program::resident).max().unwrap();
            most = [most[0].max(test_bed.relay.resident()), most[1].max(adapters)];
            if most.iter().any(|most| *most > self.ceiling) {
                drop(greedy.kill());
                payer.stop.store(true, Relaxed);
            }
            tokio::time::sleep(SAMPLE).await;
        }
        most
    }
}

/// Makes the payments of the large order, and of the lists.
async fn prepare(test_bed: &TestBed, greed: &Greed) {
    let mut client = billing(test_bed.channel(greed.adapter), &greed.token);
    for number in 0..BIG_PAYMENTS {
        let request = big_payment(&format!("big-{number}"), BIG_ORDER, "USD");
        for _ in 0..50 {
            if client.authorize(request.clone()).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Sends a webhook of the steady side each second; the longest time until one is taken.
async fn own_webhooks(test_bed: &TestBed, time: Duration) -> Duration {
    const LONGEST: Duration = Duration::from_secs(10);
    let environment = causeway_runtime::machine::environment();
    let connector = Connector::new(test_bed.webhooks, None, "http/1.1");
    let (until, mut longest, mut number) = (Instant::now() + time, Duration::ZERO, 0);
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let since = Instant::now();
        number += 1;
        let taken = async {
            loop {
                let moment = environment.now().as_second();
                let id = format!("evt_steady{number}");
                let event = event(&STEADY.endpoint(), &STEADY.webhook_secret(), &id, moment);
                let source = IpAddr::from(Ipv4Addr::LOCALHOST);
                if let Ok(mut connection) = connector.connect(source).await
                    && let Ok(200) = ask(&mut connection, &event).await
                {
                    return;
                }
                // Stripe sends it again only after a while.
                tokio::time::sleep(WEBHOOK).await;
            }
        };
        drop(timeout(LONGEST, taken).await);
        longest = longest.max(since.elapsed());
    }
    longest
}

/// A row of the table.
struct Row {
    name: String,
    quiet: Paid,
    paid: Paid,
    /// Of the relay, and of the larger adapter.
    memory: [u64; 2],
    webhook: Duration,
    /// Size of the relay's log in MiB.
    log: u64,
    broken_off: bool,
    report: String,
    alive: bool,
}

impl Row {
    fn heading() {
        let widths = |words: [&str; 11]| {
            let [name, words @ ..] = words;
            println!("{name:<24} {}", words.map(|word| format!("{word:>8}")).join(" "));
        };
        widths(["", "quiet", "quiet", "p50", "p99", "ratio", "not", "webhook", "relay", "adapter", "log"]);
        widths(["way, between", "p50 ms", "p99 ms", "ms", "ms", "p99", "paid", "ms", "MiB", "MiB", "MiB"]);
    }

    fn ratio(&self) -> f64 {
        self.paid.at(99) / self.quiet.at(99)
    }

    /// The limits that are not kept.
    fn failures(&self) -> Vec<&'static str> {
        let limits = [
            (self.ratio() > SLOWER, "payments' p99"),
            (self.paid.refused > 0 || self.paid.count() == 0, "payments that failed"),
            (self.webhook > WEBHOOK, "a webhook"),
            (self.broken_off, "broken off"),
            (!self.alive, "a program died"),
        ];
        limits.into_iter().filter(|(failed, _)| *failed).map(|(_, name)| name).collect()
    }

    /// Prints the row; whether every limit is kept.
    fn print(&self) -> bool {
        let failures = self.failures();
        println!(
            "{:<24} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8} {:>8} {:>8} {:>8} {:>8}  {}",
            self.name,
            self.quiet.at(50),
            self.quiet.at(99),
            self.paid.at(50),
            self.paid.at(99),
            self.ratio(),
            self.paid.refused,
            self.webhook.as_millis(),
            self.memory[0],
            self.memory[1],
            self.log,
            verdict(&failures),
        );
        print_report(&self.report, &self.paid);
        failures.is_empty()
    }
}

async fn run() -> bool {
    let plan = Plan::read();
    plan.limit.print();
    Row::heading();
    let mut kept = true;
    for way in Way::ALL {
        for between in ["tenants", "callers"] {
            // A webhook belongs to a tenant, and to no caller.
            let fits = way != Way::Webhooks || between == "tenants";
            if fits && plan.given.wants("ways", way.name()) && plan.given.wants("between", between) {
                kept &= plan.row(way, between).await.print();
            }
        }
    }
    kept
}

fn main() -> ExitCode {
    if Greed::is_this_process() {
        return ExitCode::SUCCESS;
    }
    run_bench(run())
}
