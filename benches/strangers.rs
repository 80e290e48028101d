//! Hostile connections without any credential against the listeners of adapter and relay, while a
//! tenant pays: `cargo bench --bench strangers`.
//!
//! One row for each kind of connection, each listener, plain and over TLS, on programs started anew.
//! A row has the memory of the attacked program before, at most and some time after the attack, the
//! time until a new client, a new adapter and a webhook get their first answer during the attack, and
//! the duration of the payments beside the attack and without. The exit code is 1 if a limit is not
//! kept. Options, each with a value:
//!
//! `--connections` (512), `--seconds` of the attack (60), `--after` seconds until memory is compared
//! (60), `--quiet` seconds of payments without attack (15), `--payments` per second (50), `--addresses`
//! of the hostile connections (16), `--streams-per-second` of all of them (20,000), `--kinds`,
//! `--targets` and `--wires` (`plain,tls`) to choose rows, `--ceiling` in MiB at which an attack is
//! broken off (2,048), `--memory-limit 256M` for each program's data segment, `--cgroup` with the
//! folder of a control group with a limit, which the programs enter.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a measurement that cannot go on should stop where it is"
)]

use std::{
    process::{Child, ExitCode},
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

use tokio::time::Instant;

/// Hostile connections, and clients that arrive meanwhile.
mod hostile;
/// The programs, their settings, and payments.
mod programs;
/// Connections below gRPC.
mod wire;

use hostile::{
    Attack, Kind, Target,
    newcomers::{Longest, Newcomers},
};
use programs::{
    MemoryLimit, Program, TestBed,
    arguments::Arguments,
    payer::{Paid, Payer},
    print_report, run_bench,
    settings::Tenant,
    verdict,
};

const TENANT: Tenant = Tenant { name: "acme", callers: &[("billing", "\"charge\", \"read\"")] };

/// Maximum resident memory of an attacked program, in MiB.
const MEMORY: u64 = 150;
/// Maximum growth that remains some time after the attack, in MiB.
const REMAINS: u64 = 32;
/// Maximum time until a new client, adapter or webhook is answered.
const NEWCOMER: Duration = Duration::from_secs(2);
/// Maximum of the 99th percentile of payments, as a multiple of the one without attack.
const SLOWER: f64 = 3.0;

/// Interval at which the memory is read.
const SAMPLE: Duration = Duration::from_millis(100);

const OPTIONS: &[&str] = &[
    "connections",
    "seconds",
    "after",
    "quiet",
    "payments",
    "addresses",
    "streams-per-second",
    "kinds",
    "targets",
    "wires",
    "ceiling",
    "memory-limit",
    "cgroup",
];

/// What every row has in common.
struct Plan {
    given: Arguments,
    seconds: Duration,
    after: Duration,
    quiet: Duration,
    payments: u32,
    ceiling: u64,
    limit: MemoryLimit,
}

impl Plan {
    fn read() -> Plan {
        let given = Arguments::read(OPTIONS);
        let seconds = |name: &str, default: u64| Duration::from_secs(given.number(name, default));
        Plan {
            seconds: seconds("seconds", 60),
            after: seconds("after", 60),
            quiet: seconds("quiet", 15),
            payments: given.number("payments", 50),
            ceiling: given.number("ceiling", 2048),
            limit: MemoryLimit::read(&given),
            given,
        }
    }

    fn attack(&self, kind: Kind, target: Target, test_bed: &TestBed) -> Attack {
        Attack {
            kind,
            target,
            address: match target {
                Target::Adapter => test_bed.adapters[0].address,
                Target::Relay => test_bed.relay.address,
                Target::Webhooks => test_bed.webhooks,
            },
            endpoint: TENANT.endpoint(),
            connections: self.given.number("connections", 512),
            addresses: self.given.number("addresses", 16),
            streams_per_second: self.given.number("streams-per-second", 20_000),
            time: self.seconds,
        }
    }

    async fn row(&self, kind: Kind, target: Target, tls: bool) -> Row {
        let mut test_bed = TestBed::start(&[TENANT], tls, &self.limit).await;
        let payer = Payer::new(
            test_bed.channel(test_bed.adapters[0].address),
            &TENANT.token("billing"),
            self.payments,
        );
        payer.until_approved().await;
        payer.pay(Duration::from_secs(2)).await;
        let quiet = payer.pay(self.quiet).await;
        let attacked = || if target == Target::Adapter { &test_bed.adapters[0] } else { &test_bed.relay };
        let before = attacked().resident();
        let newcomers = Newcomers::of(&test_bed, TENANT, "billing");
        let mut hostile = self.attack(kind, target, &test_bed).start(test_bed.ca().as_deref());
        let connect = |address| test_bed.channel(address);
        let (paid, most, longest) = tokio::join!(
            payer.pay(self.seconds),
            self.watch(attacked(), &mut hostile, &payer),
            newcomers.arrive(connect, self.seconds)
        );
        let report = hostile.wait_with_output().unwrap().stdout;
        let log = attacked().log_size();
        tokio::time::sleep(self.after).await;
        Row {
            name: format!("{} {} {}", kind.name(), target.name(), if tls { "tls" } else { "plain" }),
            memory: [before, most, attacked().resident()],
            longest,
            quiet,
            paid,
            log,
            broken_off: most > self.ceiling,
            report: String::from_utf8_lossy(&report).trim().to_owned(),
            alive: test_bed.all_alive(),
        }
    }

    /// The most memory during the attack. Above the ceiling the attack is broken off.
    async fn watch(&self, program: &Program, hostile: &mut Child, payer: &Payer) -> u64 {
        let (until, mut most) = (Instant::now() + self.seconds, 0);
        while Instant::now() < until {
            most = most.max(program.resident());
            if most > self.ceiling {
                drop(hostile.kill());
                payer.stop.store(true, Relaxed);
            }
            tokio::time::sleep(SAMPLE).await;
        }
        most
    }
}

/// A row of the table.
struct Row {
    name: String,
    /// Before, at most, and some time after the attack.
    memory: [u64; 3],
    longest: Longest,
    quiet: Paid,
    paid: Paid,
    log: u64,
    broken_off: bool,
    report: String,
    alive: bool,
}

impl Row {
    fn heading() {
        let widths = |words: [&str; 14]| {
            let [name, words @ ..] = words;
            println!("{name:<32} {}", words.map(|word| format!("{word:>7}")).join(" "));
        };
        widths([
            "", "MiB", "most", "after", "client", "adapter", "webhook", "quiet", "quiet", "p50", "p99",
            "ratio", "not", "log",
        ]);
        widths([
            "kind, listener, wire",
            "",
            "",
            "",
            "ms",
            "ms",
            "ms",
            "p50 ms",
            "p99 ms",
            "ms",
            "ms",
            "p99",
            "paid",
            "MiB",
        ]);
    }

    /// The limits that are not kept.
    fn failures(&self) -> Vec<&'static str> {
        let [before, most, after] = self.memory;
        let limits = [
            (most >= MEMORY, "memory"),
            (after > before + REMAINS, "memory after"),
            (self.longest.client > NEWCOMER, "a new client"),
            (self.longest.adapter > NEWCOMER, "a new adapter"),
            (self.longest.webhook > NEWCOMER, "a webhook"),
            (self.ratio() > SLOWER, "payments' p99"),
            (self.paid.refused > 0 || self.paid.count() == 0, "payments that failed"),
            (self.broken_off, "broken off"),
            (!self.alive, "a program died"),
        ];
        limits.into_iter().filter(|(failed, _)| *failed).map(|(_, name)| name).collect()
    }

    fn ratio(&self) -> f64 {
        self.paid.at(99) / self.quiet.at(99)
    }

    /// Prints the row; whether every limit is kept.
    fn print(&self) -> bool {
        let failures = self.failures();
        let ms = |time: Duration| time.as_millis();
        println!(
            "{:<32} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7.1} {:>7.1} {:>7.1} {:>7.1} {:>7.1} {:>7} {:>7}  {}",
            self.name,
            self.memory[0],
            self.memory[1],
            self.memory[2],
            ms(self.longest.client),
            ms(self.longest.adapter),
            ms(self.longest.webhook),
            self.quiet.at(50),
            self.quiet.at(99),
            self.paid.at(50),
            self.paid.at(99),
            self.ratio(),
            self.paid.refused,
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
    for kind in Kind::ALL {
        for target in Target::ALL {
            for (wire, tls) in [("plain", false), ("tls", true)] {
                let given = &plan.given;
                let wanted = given.wants("kinds", kind.name())
                    && given.wants("targets", target.name())
                    && given.wants("wires", wire);
                if wanted && kind.fits(target) {
                    kept &= plan.row(kind, target, tls).await.print();
                }
            }
        }
    }
    kept
}

fn main() -> ExitCode {
    if Attack::is_this_process() {
        return ExitCode::SUCCESS;
    }
    run_bench(run())
}
