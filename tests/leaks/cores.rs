//! A program that dies in the middle of a payment leaves no core dump with a card.
//!
//! The machine decides the place of cores (`/proc/sys/kernel/core_pattern`). A plain name puts
//! cores into the working directory, which is the searched folder. A path or a pipe puts cores out
//! of the test's reach; the exit status still shows that there is a core, and such a core counts as
//! a leak, since a card was in flight.

use std::{fs, os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use causeway_sandbox::Fault;

use super::{
    canary::Deck,
    interrupted::{METHODS, dies_with, send_request},
    program::command,
    test_bed::{ProgramKind, TestBed},
};

const SEED: u64 = 0x5eed_0002;

#[tokio::test]
async fn a_core_dump_contains_no_card_number() {
    let mut deck = Deck::of(SEED, 2);
    let test_bed = TestBed::open(SEED, "json").await;
    check_aborted_shell_leaves_core(&test_bed);
    let mut elsewhere = vec![];
    for which in [ProgramKind::Relay, ProgramKind::Adapter] {
        let (id, card) = (format!("core-{which:?}"), deck.one());
        let mut ended: Option<ExitStatus> = None;
        let slow = Fault::SlowBefore(Duration::from_secs(2));
        dies_with(&test_bed, which, METHODS, slow, (&id, &card), |program| ended = Some(program.abort()))
            .await;
        if ended.unwrap().core_dumped() && !rename_core(&test_bed, which) {
            elsewhere.push(which);
        }
        test_bed.start(which).await;
        let answer = send_request(&test_bed, METHODS, &id, &card).await;
        assert!(answer.starts_with("APPROVED"), "{answer}");
    }
    test_bed.take(ProgramKind::Relay).kill();
    test_bed.take(ProgramKind::Adapter).kill();

    let found = test_bed.searched_with(&test_bed.search(&deck, &[], &[]));
    for name in ["causeway-relay.log", "causeway-adapter.log"] {
        let log = fs::read_to_string(test_bed.directory.path().join(name)).unwrap();
        assert!(log.contains("\"level\":\"TRACE\"") && found.places.contains_key(name), "{name}");
    }
    assert!(found.hits.is_empty(), "\n{}", found.hits.join("\n"));
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    assert_eq!(elsewhere, [], "cores with a card in flight went to {pattern:?}");
}

/// Renames a core in the folder, because the next core would overwrite the file. Returns whether
/// there was a core.
fn rename_core(test_bed: &TestBed, which: ProgramKind) -> bool {
    let folder = test_bed.directory.path();
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut cores = names.filter(|name| name.to_string_lossy().starts_with("core"));
    let core = cores.next();
    if let Some(core) = &core {
        fs::rename(folder.join(core), folder.join(format!("{which:?}.core"))).unwrap();
    }
    core.is_some()
}

/// Without this control the story proves no absence of cores.
fn check_aborted_shell_leaves_core(test_bed: &TestBed) {
    let folder = tempfile::tempdir_in(test_bed.directory.path()).unwrap();
    let says = folder.path().join("shell.log");
    let status = command(folder.path(), &says, "sh", &["-c", "kill -ABRT $$"]).status().unwrap();
    if !status.core_dumped() {
        eprintln!("this machine writes no cores: nothing can be seen of those of ours");
    }
}
