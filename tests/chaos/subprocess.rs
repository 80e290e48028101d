//! This program, run once more: for two halves at the same time, and for the built-in bugs one
//! after the other.

use std::process::{Command, ExitCode, Stdio};

use crate::{
    config::Half,
    failpoint_builds,
    report::{End, Sums},
};

/// Bugs that the chaos test cannot see, with the test that does.
const ELSEWHERE: &[(&str, &str)] = &[
    ("synchronous_off", "tests/disk cuts the power; kill -9 leaves the page cache as it is"),
    ("synchronous_normal", "tests/disk cuts the power; kill -9 leaves the page cache as it is"),
];

/// The line that shows a detected bug. Where the relay comes back a day later, open operations stay
/// open for two more hours anyway.
fn sign(bug: &str) -> &'static str {
    if bug == "resend_after_a_day" { "WRONG double" } else { "WRONG" }
}

/// The output of a run, and the exit code. `None`: the run was killed.
struct Ran {
    reply: String,
    code: Option<i32>,
}

impl Ran {
    fn with(environment: &[(&str, &str)]) -> Ran {
        let program = std::env::current_exe().unwrap();
        let mut run = Command::new(program);
        run.envs(environment.iter().copied()).stdin(Stdio::null()).stderr(Stdio::inherit());
        let ended = run.output().unwrap();
        Ran { reply: String::from_utf8_lossy(&ended.stdout).into_owned(), code: ended.status.code() }
    }

    fn last(&self) -> &str {
        self.reply.lines().last().unwrap_or_default()
    }
}

/// Runs both halves at the same time, because most of a run is waiting. A half that breaks off
/// counts as broken, even with a good output.
pub(crate) fn halves(halves: &[Half]) -> (Sums, End) {
    let run = |half: &Half| {
        let (seed, which) = (half.seed.to_string(), half.which.to_string());
        Ran::with(&[("CHAOS_SEED", &seed), ("CHAOS_HALF", &which)])
    };
    let ran: Vec<_> = std::thread::scope(|scope| {
        let both: Vec<_> = halves.iter().map(|half| scope.spawn(move || run(half))).collect();
        both.into_iter().map(|half| half.join().expect("a half is run")).collect()
    });
    let (mut sums, mut worst) = (Sums::default(), End::Held);
    for half in ran {
        println!("{}", half.reply.trim_end());
        let sum = Sums::read(half.last());
        worst = worst.max(if sum.is_some() { End::of(half.code) } else { End::Broken });
        sums.add(&sum.unwrap_or_default());
    }
    (sums, worst)
}

/// Runs this program once for each bug, and prints which bugs were seen.
pub(crate) fn bugs() -> ExitCode {
    println!("seed=of each run");
    let mut missed = 0;
    for bug in failpoint_builds::named("bug") {
        if let Some((_, why)) = ELSEWHERE.iter().find(|(name, _)| *name == bug) {
            println!("{bug}: not looked for here; {why}");
            continue;
        }
        let ran = Ran::with(&[("CHAOS_BUG", &bug)]);
        let wrong: Vec<_> = ran.reply.lines().filter(|line| line.starts_with(sign(&bug))).collect();
        // Only a wrong result counts: a run that ends for another reason has not detected the bug.
        let seen = End::of(ran.code) == End::Broken && !wrong.is_empty();
        println!("{bug}: {}", if seen { "seen" } else { "MISSED" });
        wrong.iter().take(3).for_each(|line| println!("    {line}"));
        println!("    {} wrong; {}", wrong.len(), ran.last());
        missed += u32::from(!seen);
    }
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
