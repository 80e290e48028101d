//! The chaos test: real programs, broken connections, kills at every moment, and a judge that reads
//! the ledger.
//!
//! `cargo test --release --test chaos -- --nocapture` is the full run. `CHAOS_SEED`,
//! `CHAOS_PAYMENTS` and `CHAOS_KILLS` change the run; `CHAOS_BUG` builds a bug in, which the judge
//! has to see. The first line shows the seed and the last line the verdict. The exit code is 0 if
//! all invariants held, 1 if one was broken, 2 if too few faults struck for a verdict.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on should stop where it is, and this one tells what it does"
)]

// 1. The scale of the run, and the programs.
mod config;
#[path = "../failpoint_builds.rs"]
mod failpoint_builds;
#[path = "../stage/free_port.rs"]
mod free_port;
mod settings;

// 2. Programs, and the faults between them.
mod process;
mod proxy;
mod traffic_log;
mod faults;
mod sandbox;
mod test_bed;

// 3. The billing platform's calls, answers and events.
mod plan;
mod billing;
mod history;
mod driver;
mod payment_flows;
mod repetition;
mod event_watcher;

// 4. Kills, pauses and load.
mod kills;
mod load;

// 5. The end of the run and the judgement.
mod settling;
mod evidence;
mod judge;
mod leaks;
mod fault_coverage;
mod report;
mod run;
mod subprocess;

use std::process::ExitCode;

use config::Runs;

fn main() -> ExitCode {
    if !is_asked_for() {
        return ExitCode::SUCCESS;
    }
    if std::env::var("CHAOS_BUG").is_ok_and(|bug| bug == "all") {
        return subprocess::bugs();
    }
    let runs = Runs::read();
    println!("seed={}", runs.seeds());
    let programs = failpoint_builds::programs();
    let (sums, end) = match &runs {
        Runs::Halves(halves) => subprocess::halves(halves),
        Runs::One(scale) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(run::run(programs, scale))
        }
    };
    println!("{}", sums.line());
    end.code()
}

/// Whether cargo's filter names this test: cargo passes the filter for one test to all tests.
fn is_asked_for() -> bool {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let filters: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let meant = filters.is_empty() || filters.iter().any(|filter| "chaos".contains(filter.as_str()));
    meant && !arguments.iter().any(|argument| argument == "--list")
}
