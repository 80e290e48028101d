//! A second process with the same journal.

use std::{path::Path, process::Command, time::Duration};

use super::test_bed::{TestBed, relay};
use crate::stage::{Fault, eventually, order, post_fault};

/// F26: two relays never share a journal, under any file name of the journal.
#[tokio::test]
async fn a_second_relay_refuses_to_start_on_a_journal_in_use() {
    let mut test_bed = TestBed::open().await;
    test_bed.billing.authorize(order("1", "12.50 USD")).await.held_payment();
    let folder = test_bed.directory.path().to_owned();
    let (symbolic, hard) = (folder.join("symbolic.db"), folder.join("hard.db"));
    std::os::unix::fs::symlink(test_bed.journal(), &symbolic).unwrap();
    let (settings, journal) = (test_bed.settings.clone(), test_bed.journal());
    let named = |path: &Path| {
        let address = settings.lines().find(|line| line.starts_with("listen = ")).unwrap();
        let free = settings.replace(address, "listen = \"127.0.0.1:0\"");
        free.replace(&journal.display().to_string(), &path.display().to_string())
    };
    for path in [&journal, &symbolic, &folder.join("./relay.db")] {
        let output = test_bed.start_expecting_failure(&named(path));
        assert!(output.contains("another relay has"), "{output}");
    }
    std::fs::hard_link(test_bed.journal(), &hard).unwrap();
    let output = test_bed.start_expecting_failure(&named(&hard));
    assert!(output.contains("another relay has"), "{output}");

    // `kill -9` releases the locks; under another file name the write-ahead log would not be found.
    test_bed.relay().kill();
    let output = test_bed.start_expecting_failure(&named(&hard));
    assert!(output.contains("has 2 names (hard links)"), "{output}");
    std::fs::remove_file(hard).unwrap();
    test_bed.start(Command::new(relay())).await;
    assert!(test_bed.billing.authorize(order("1", "12.50 USD")).await.result().duplicate);
}

/// F17: another process locks the journal between Stripe's answer and the relay's write.
#[tokio::test]
async fn an_outcome_is_written_when_the_journal_becomes_writable_again() {
    let test_bed = TestBed::open().await;
    let held = test_bed.billing.authorize(order("1", "12.50 USD")).await.held_payment();
    let slow = post_fault(Fault::SlowAfter(Duration::from_secs(1)), 1);
    test_bed.sandbox.arm_rule(slow);
    let billing = test_bed.billing.clone();
    let call = tokio::spawn(async move { billing.authorize(order("2", "12.50 USD")).await });
    eventually("Stripe has done it", async || test_bed.authorizations() == 2).await;
    let other = rusqlite::Connection::open(test_bed.journal()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    // Meanwhile no new operation begins, and stored payments can be read.
    let refused = test_bed.billing.authorize(order("3", "12.50 USD")).await.refused();
    let reason_and_contact = (refused.reason.as_str(), refused.metadata["stripe_contacted"].as_str());
    assert_eq!(reason_and_contact, ("JOURNAL_UNAVAILABLE", "false"));
    eventually("it is not ready", async || !test_bed.serves().await).await;
    assert_eq!(test_bed.billing.payment(&held.id).await.id, held.id);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(!call.is_finished(), "nothing is said that is not on disk");

    other.execute_batch("ROLLBACK").unwrap();
    call.await.unwrap().held_payment();
    eventually("it is ready", async || test_bed.serves().await).await;
    assert_eq!(test_bed.authorizations(), 2);
}
