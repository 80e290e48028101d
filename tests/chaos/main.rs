//! The chaos test: real programs, wires that break, kills at every moment, and a judge who
//! reads the ledger.
//!
//! `cargo test --release --test chaos -- --nocapture` is the full run. `CHAOS_SEED`,
//! `CHAOS_PAYMENTS` and `CHAOS_KILLS` make it another one, `CHAOS_BUG` builds a mistake in,
//! which the judge has to see. The first line tells the seed, the last one the verdict, and
//! the exit code follows it: 0 everything held, 1 something was wrong, 2 too little went wrong
//! for that to say anything.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on should stop where it is, and this one tells what it does"
)]

// 1. How much, and with what.
mod config;
#[path = "../sabotaged.rs"]
mod sabotaged;
mod settings;

// 2. What runs, and what goes wrong between it.
mod process;
mod proxy;
mod tape;
mod faults;
mod sandbox;
mod world;

// 3. What billing does and hears.
mod plan;
mod billing;
mod history;
mod driver;
mod lives;
mod insist;
mod watch;

// 4. What kills.
mod nemesis;
mod load;

// 5. What became of it.
mod quiet;
mod evidence;
mod judge;
mod leaks;
mod vacuity;
mod report;
mod run;
mod itself;

use std::process::ExitCode;

use config::Asked;

fn main() -> ExitCode {
    if !is_asked_for() {
        return ExitCode::SUCCESS;
    }
    if std::env::var("CHAOS_BUG").is_ok_and(|bug| bug == "all") {
        return itself::bugs();
    }
    let asked = Asked::read();
    println!("seed={}", asked.seeds());
    let programs = sabotaged::programs();
    let (sums, end) = match &asked {
        Asked::Halves(halves) => itself::halves(halves),
        Asked::One(scale) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(run::run(programs, scale))
        }
    };
    println!("{}", sums.line());
    end.code()
}

/// Whether this test is meant: cargo hands all tests the filter that was given for one.
fn is_asked_for() -> bool {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let filters: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let meant = filters.is_empty() || filters.iter().any(|filter| "chaos".contains(filter.as_str()));
    meant && !arguments.iter().any(|argument| argument == "--list")
}
