//! A second process with the same journal.

use std::{path::Path, process::Command, time::Duration};

use super::ground::{Ground, relay};
use crate::stage::{Fault, asking, eventually, order};

/// F26: two relays never share a journal, under any file name of the journal.
#[tokio::test]
async fn a_second_relay_on_the_same_journal_does_not_start() {
    let mut ground = Ground::open().await;
    ground.billing.authorize(order("1", "12.50 USD")).await.held();
    let folder = ground.directory.path().to_owned();
    let (symbolic, hard) = (folder.join("symbolic.db"), folder.join("hard.db"));
    std::os::unix::fs::symlink(ground.journal(), &symbolic).unwrap();
    let (settings, journal) = (ground.settings.clone(), ground.journal());
    let named = |path: &Path| {
        let address = settings.lines().find(|line| line.starts_with("listen = ")).unwrap();
        let free = settings.replace(address, "listen = \"127.0.0.1:0\"");
        free.replace(&journal.display().to_string(), &path.display().to_string())
    };
    for path in [&journal, &symbolic, &folder.join("./relay.db")] {
        let said = ground.start_in_vain(&named(path));
        assert!(said.contains("another relay has"), "{said}");
    }
    std::fs::hard_link(ground.journal(), &hard).unwrap();
    let said = ground.start_in_vain(&named(&hard));
    assert!(said.contains("another relay has"), "{said}");

    // `kill -9` releases the locks; under another file name the write-ahead log would not be found.
    ground.relay().kill();
    let said = ground.start_in_vain(&named(&hard));
    assert!(said.contains("has 2 names (hard links)"), "{said}");
    std::fs::remove_file(hard).unwrap();
    ground.start(Command::new(relay())).await;
    assert!(ground.billing.authorize(order("1", "12.50 USD")).await.result().duplicate);
}

/// F17: another process locks the journal between Stripe's answer and the relay's write.
#[tokio::test]
async fn an_outcome_is_written_once_the_journal_can_be_written_again() {
    let ground = Ground::open().await;
    let held = ground.billing.authorize(order("1", "12.50 USD")).await.held();
    let slow = asking(Fault::SlowAfter(Duration::from_secs(1)), 1);
    ground.sandbox.arm_rule(slow);
    let billing = ground.billing.clone();
    let call = tokio::spawn(async move { billing.authorize(order("2", "12.50 USD")).await });
    eventually("Stripe has done it", async || ground.authorizations() == 2).await;
    let other = rusqlite::Connection::open(ground.journal()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    // Meanwhile no new operation begins, and stored payments can be read.
    let refused = ground.billing.authorize(order("3", "12.50 USD")).await.refused();
    let told = (refused.reason.as_str(), refused.metadata["stripe_contacted"].as_str());
    assert_eq!(told, ("JOURNAL_UNAVAILABLE", "false"));
    eventually("it is not ready", async || !ground.serves().await).await;
    assert_eq!(ground.billing.payment(&held.id).await.id, held.id);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(!call.is_finished(), "nothing is said that is not on disk");

    other.execute_batch("ROLLBACK").unwrap();
    call.await.unwrap().held();
    eventually("it is ready", async || ground.serves().await).await;
    assert_eq!(ground.authorizations(), 2);
}
