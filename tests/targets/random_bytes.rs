//! Plays the targets of this folder with random bytes, on any compiler: seeds, altered seeds, and
//! random bytes. `CAUSEWAY_FUZZ_SECONDS` sets the time for each target.

use std::{cell::Cell, path::Path, time::Duration};

use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};

use crate::targets::{TARGETS, Target, seeds};

/// Seconds for each target without `CAUSEWAY_FUZZ_SECONDS`.
const SECONDS: f64 = 1.0;

/// One alteration of a seed.
#[derive(Debug, Clone)]
enum Alteration {
    Flip(prop::sample::Index, u8),
    Put(prop::sample::Index, Vec<u8>),
    Cut(prop::sample::Index, usize),
    Twice(prop::sample::Index, prop::sample::Index),
    End(prop::sample::Index),
}

impl Alteration {
    fn any() -> impl Strategy<Value = Alteration> {
        let place = any::<prop::sample::Index>;
        let words =
            ["\0", "\"", "{", "[", ",", "\n", "null", "-1", "0", "9".repeat(20).as_str(), "4242424242424242"]
                .map(|word| word.as_bytes().to_vec());
        let put = prop_oneof![prop::sample::select(words.to_vec()), prop::collection::vec(any::<u8>(), 1..8)];
        prop_oneof![
            4 => (place(), any::<u8>()).prop_map(|(place, bits)| Alteration::Flip(place, bits)),
            3 => (place(), put).prop_map(|(place, bytes)| Alteration::Put(place, bytes)),
            2 => (place(), 1..32_usize).prop_map(|(place, count)| Alteration::Cut(place, count)),
            1 => (place(), place()).prop_map(|(from, to)| Alteration::Twice(from, to)),
            1 => place().prop_map(Alteration::End),
        ]
    }

    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Alteration::Flip(place, bits) => *place.get_mut(bytes) ^= bits,
            Alteration::Put(place, more) => {
                let at = place.index(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
            Alteration::Cut(place, count) => {
                let at = place.index(bytes.len());
                bytes.drain(at..bytes.len().min(at + count));
            }
            Alteration::Twice(from, to) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let part = bytes[from..bytes.len().min(from + 64)].to_vec();
                bytes.splice(to..to, part);
            }
            Alteration::End(place) => bytes.truncate(place.index(bytes.len())),
        }
    }
}

fn inputs(name: &str) -> impl Strategy<Value = Vec<u8>> {
    let spoils = prop::collection::vec(Alteration::any(), 0..6);
    let spoiled = (prop::sample::select(seeds::of(name)), spoils).prop_map(|(mut bytes, spoils)| {
        spoils.iter().for_each(|spoil| spoil.apply(&mut bytes));
        bytes
    });
    prop_oneof![5 => spoiled, 1 => prop::collection::vec(any::<u8>(), 0..300)]
}

/// Plays a target for a while; returns the number of inputs.
fn play((name, target): Target, budget: Duration) -> u64 {
    let (start, count) = (tokio::time::Instant::now(), Cell::new(0_u64));
    seeds::of(name).iter().for_each(|seed| target(seed));
    while start.elapsed() < budget {
        let config =
            Config { cases: 200, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
        let played = TestRunner::new(config).run(&inputs(name), |bytes| {
            count.set(count.get() + 1);
            let wrong = std::panic::catch_unwind(|| target(&bytes)).err();
            let formatted = |wrong: Box<dyn std::any::Any + Send>| {
                let text = wrong.downcast_ref::<String>().cloned();
                TestCaseError::fail(text.unwrap_or_else(|| "it panicked".to_owned()))
            };
            wrong.map_or(Ok(()), |wrong| Err(formatted(wrong)))
        });
        played.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    count.get()
}

#[test]
fn arbitrary_bytes_break_no_parser() {
    let seconds = std::env::var("CAUSEWAY_FUZZ_SECONDS").ok();
    let seconds = seconds.map_or(SECONDS, |seconds| seconds.parse().expect("CAUSEWAY_FUZZ_SECONDS: seconds"));
    for target in TARGETS {
        let played = play(target, Duration::from_secs_f64(seconds));
        eprintln!("fuzz: {}: {played} inputs in {seconds} s", target.0);
        assert!(played >= 200, "{} was played {played} times only", target.0);
    }
}

/// libFuzzer and this test play the same targets.
#[test]
fn each_target_has_a_libfuzzer_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "seeds")
        .collect();
    files.sort();
    let mut names: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.sort();
    assert_eq!(files, names);
}
