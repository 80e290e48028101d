//! Bit rot in the journal's file.

use std::{path::Path, process::Command};

use super::test_bed::{TestBed, relay};
use crate::stage::{billing::method, eventually, order};

/// The output of `causeway-relay --check-journal`, and whether the check succeeded.
fn check(test_bed: &TestBed) -> (bool, String) {
    let config = test_bed.directory.path().join("causeway-relay.toml");
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
async fn a_row_with_bit_rot_moves_no_money() {
    let mut test_bed = TestBed::open().await;
    let good = test_bed.billing.authorize(order("good", "12.50 USD")).await.held_payment();
    let mut request = order("bad", "12.50 USD");
    request.description = "SoundlyWritten".to_owned();
    let bad = test_bed.billing.authorize(request.clone()).await.held_payment();
    let (is_good, output) = check(&test_bed);
    assert!(is_good && output.contains("is good"), "while the relay runs: {output}");

    let relay_before = test_bed.relay();
    relay_before.terminate();
    assert!(relay_before.ended().await.success());
    rot(&test_bed.journal(), "SoundlyWritten", "SoundlyRotten!");
    let (is_good, output) = check(&test_bed);
    assert!(!is_good && output.contains("is damaged:\n- payment: the row"), "{output}");

    test_bed.start(Command::new(relay())).await;
    eventually("it is told", async || test_bed.log().contains("is damaged: payment: the row")).await;
    let refused = test_bed.billing.capture("c-bad", &bad.id, None).await.refused();
    assert_eq!(refused.reason, "JOURNAL_DAMAGED", "{refused:?}");
    let looked =
        test_bed.billing.get_payment(causeway::v1::get_payment_request::By::PaymentId(bad.id.clone())).await;
    assert_eq!(crate::stage::billing::reason(&looked.unwrap_err()), "DataLoss JOURNAL_DAMAGED");
    assert!(test_bed.log().contains("is not as it was written"), "{}", test_bed.log());
    test_bed.billing.capture("c-good", &good.id, None).await.captured_payment();
    let mut next = order("next", "1.00 USD");
    next.instrument = method("pm_card_visa");
    test_bed.billing.authorize(next).await.held_payment();
    assert_eq!(test_bed.authorizations(), 3);
}
