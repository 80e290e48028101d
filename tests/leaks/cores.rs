//! A program that dies in the middle of a payment leaves no core dump with a card.
//!
//! The machine decides the place of cores (`/proc/sys/kernel/core_pattern`). A plain name puts
//! cores into the working directory, which is the searched folder. A path or a pipe puts cores out
//! of the test's reach; the exit status still shows that there is a core, and such a core counts as
//! a leak, since a card was in flight.

use std::{fs, os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use causeway_sandbox::Fault;

use super::{
    broken::{METHODS, dies_with, once_more},
    canary::Deck,
    ground::{Ground, Which},
    program::command,
};

const SEED: u64 = 0x5eed_0002;

#[tokio::test]
async fn no_card_is_left_in_a_core() {
    let mut deck = Deck::of(SEED, 2);
    let ground = Ground::open(SEED, "json").await;
    a_shell_that_aborts_here_leaves_a_core(&ground);
    let mut elsewhere = vec![];
    for which in [Which::Relay, Which::Adapter] {
        let (id, card) = (format!("core-{which:?}"), deck.one());
        let mut ended: Option<ExitStatus> = None;
        let slow = Fault::SlowBefore(Duration::from_secs(2));
        dies_with(&ground, which, METHODS, slow, (&id, &card), |program| ended = Some(program.abort())).await;
        if ended.unwrap().core_dumped() && !moved_aside(&ground, which) {
            elsewhere.push(which);
        }
        ground.start(which).await;
        let told = once_more(&ground, METHODS, &id, &card).await;
        assert!(told.starts_with("APPROVED"), "{told}");
    }
    ground.take(Which::Relay).kill();
    ground.take(Which::Adapter).kill();

    let found = ground.searched_with(&ground.search(&deck, &[], &[]));
    for name in ["causeway-relay.log", "causeway-adapter.log"] {
        let log = fs::read_to_string(ground.directory.path().join(name)).unwrap();
        assert!(log.contains("\"level\":\"TRACE\"") && found.places.contains_key(name), "{name}");
    }
    assert!(found.hits.is_empty(), "\n{}", found.hits.join("\n"));
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    assert_eq!(elsewhere, [], "cores with a card in flight went to {pattern:?}");
}

/// Renames a core in the folder, because the next core would overwrite the file. Returns whether
/// there was a core.
fn moved_aside(ground: &Ground, which: Which) -> bool {
    let folder = ground.directory.path();
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut cores = names.filter(|name| name.to_string_lossy().starts_with("core"));
    let core = cores.next();
    if let Some(core) = &core {
        fs::rename(folder.join(core), folder.join(format!("{which:?}.core"))).unwrap();
    }
    core.is_some()
}

/// Without this control the story proves no absence of cores.
fn a_shell_that_aborts_here_leaves_a_core(ground: &Ground) {
    let folder = tempfile::tempdir_in(ground.directory.path()).unwrap();
    let says = folder.path().join("shell.log");
    let status = command(folder.path(), &says, "sh", &["-c", "kill -ABRT $$"]).status().unwrap();
    if !status.core_dumped() {
        eprintln!("this machine writes no cores: nothing can be seen of those of ours");
    }
}
