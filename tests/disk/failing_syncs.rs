//! A failing sync. After a failed sync the state of the disk is unknown, so the relay ends at once;
//! the rows found at the next start count.

use std::{os::unix::process::ExitStatusExt, process::Command};

use super::{
    shim,
    test_bed::{TestBed, relay},
};
use crate::stage::order;

/// F21: no operation is acknowledged after a failed sync, and the sync is not repeated.
#[tokio::test]
async fn a_failed_sync_stops_the_relay() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, faults) = (directory.path().join("relay.db"), directory.path().join("faults"));
    std::fs::create_dir(&faults).unwrap();
    let Some(mut command) = shim::with_recording(&relay(), directory.path()) else { return };
    command.env("DISK_FAULTS", &faults);
    let mut test_bed = TestBed::with(directory, &journal, |settings| settings, command).await;
    test_bed.billing.authorize(order("1", "12.50 USD")).await.held_payment();

    std::fs::write(faults.join("sync"), "").unwrap();
    let refused = test_bed.billing.authorize(order("2", "12.50 USD")).await.refused();
    assert!(["ANSWER_LOST", "RELAY_UNREACHABLE"].contains(&refused.reason.as_str()), "{refused:?}");
    let ended = test_bed.relay().ended().await;
    assert_eq!(ended.signal(), Some(6), "it aborts: {ended}");
    assert!(test_bed.log().contains("the disk did not confirm what was written"), "{}", test_bed.log());
    assert_eq!(test_bed.authorizations(), 1, "Stripe was not asked for what may not be on disk");

    std::fs::remove_file(faults.join("sync")).unwrap();
    test_bed.start(Command::new(relay())).await;
    test_bed.billing.authorize(order("2", "12.50 USD")).await.held_payment();
    assert!(test_bed.billing.authorize(order("1", "12.50 USD")).await.result().duplicate);
    assert_eq!(test_bed.authorizations(), 2);
}
