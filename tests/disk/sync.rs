//! A failing sync. After a failed sync the state of the disk is unknown, so the relay ends at once;
//! the rows found at the next start count.

use std::{os::unix::process::ExitStatusExt, process::Command};

use super::{
    ground::{Ground, relay},
    shim,
};
use crate::stage::order;

/// F21: no operation is acknowledged after a failed sync, and the sync is not repeated.
#[tokio::test]
async fn a_sync_that_fails_ends_the_relay() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, faults) = (directory.path().join("relay.db"), directory.path().join("faults"));
    std::fs::create_dir(&faults).unwrap();
    let Some(mut command) = shim::watched(&relay(), directory.path()) else { return };
    command.env("DISK_FAULTS", &faults);
    let mut ground = Ground::with(directory, &journal, |settings| settings, command).await;
    ground.billing.authorize(order("1", "12.50 USD")).await.held();

    std::fs::write(faults.join("sync"), "").unwrap();
    let refused = ground.billing.authorize(order("2", "12.50 USD")).await.refused();
    assert!(["ANSWER_LOST", "RELAY_UNREACHABLE"].contains(&refused.reason.as_str()), "{refused:?}");
    let ended = ground.relay().ended().await;
    assert_eq!(ended.signal(), Some(6), "it aborts: {ended}");
    assert!(ground.log().contains("the disk did not confirm what was written"), "{}", ground.log());
    assert_eq!(ground.authorizations(), 1, "Stripe was not asked for what may not be on disk");

    std::fs::remove_file(faults.join("sync")).unwrap();
    ground.start(Command::new(relay())).await;
    ground.billing.authorize(order("2", "12.50 USD")).await.held();
    assert!(ground.billing.authorize(order("1", "12.50 USD")).await.result().duplicate);
    assert_eq!(ground.authorizations(), 2);
}
