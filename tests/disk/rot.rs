//! Bit rot in the journal's file.

use std::{path::Path, process::Command};

use super::ground::{Ground, relay};
use crate::stage::{billing::method, eventually, order};

/// The output of `causeway-relay --check-journal`, and whether the check succeeded.
fn check(ground: &Ground) -> (bool, String) {
    let config = ground.directory.path().join("causeway-relay.toml");
    let output = Command::new(relay()).arg("--config").arg(config).arg("--check-journal").output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

/// Changes bytes in the file behind SQLite's back, as a failing disk does.
fn rot(journal: &Path, from: &str, into: &str) {
    assert_eq!(from.len(), into.len());
    // Rows that are only in the write-ahead log would be read from the log, so the log is copied
    // into the file first.
    let copied = rusqlite::Connection::open(journal).unwrap();
    copied.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(copied);
    let mut bytes = std::fs::read(journal).unwrap();
    let places: Vec<_> =
        bytes.windows(from.len()).enumerate().filter(|(_, at)| *at == from.as_bytes()).collect();
    assert!(!places.is_empty(), "{from} is not in the file");
    let places: Vec<_> = places.into_iter().map(|(place, _)| place).collect();
    for place in places {
        bytes[place..place + into.len()].copy_from_slice(into.as_bytes());
    }
    std::fs::write(journal, bytes).unwrap();
}

/// F23: the damaged row is not used, and all other rows are.
#[tokio::test]
async fn a_row_that_rotted_moves_no_money() {
    let mut ground = Ground::open().await;
    let good = ground.billing.authorize(order("good", "12.50 USD")).await.held();
    let mut asked = order("bad", "12.50 USD");
    asked.description = "SoundlyWritten".to_owned();
    let bad = ground.billing.authorize(asked.clone()).await.held();
    let (is_good, said) = check(&ground);
    assert!(is_good && said.contains("is good"), "while the relay runs: {said}");

    let relay_before = ground.relay();
    relay_before.terminate();
    assert!(relay_before.ended().await.success());
    rot(&ground.journal(), "SoundlyWritten", "SoundlyRotten!");
    let (is_good, said) = check(&ground);
    assert!(!is_good && said.contains("is damaged:\n- payment: the row"), "{said}");

    ground.start(Command::new(relay())).await;
    eventually("it is told", async || ground.log().contains("is damaged: payment: the row")).await;
    let refused = ground.billing.capture("c-bad", &bad.id, None).await.refused();
    assert_eq!(refused.reason, "JOURNAL_DAMAGED", "{refused:?}");
    let looked = ground.billing.look(causeway::v1::get_payment_request::By::PaymentId(bad.id.clone())).await;
    assert_eq!(crate::stage::billing::reason(&looked.unwrap_err()), "DataLoss JOURNAL_DAMAGED");
    assert!(ground.log().contains("is not as it was written"), "{}", ground.log());
    ground.billing.capture("c-good", &good.id, None).await.taken();
    let mut next = order("next", "1.00 USD");
    next.instrument = method("pm_card_visa");
    ground.billing.authorize(next).await.held();
    assert_eq!(ground.authorizations(), 3);
}
