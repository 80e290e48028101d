//! Failing reads. Rows of earlier writes stay, and no answer contradicts them.

use causeway::v1;

use super::{
    shim,
    test_bed::{TestBed, relay},
};
use crate::stage::{billing::reason, eventually, order};

/// Request id of the operation that begins just before reads fail.
const MARKED_REQUEST: &str = "marked-request";

/// A relay with a journal that cannot be read after the begin of the marked request is on disk.
async fn unreadable_after_begin() -> Option<(TestBed, std::path::PathBuf)> {
    let directory = tempfile::tempdir().unwrap();
    let (journal, faults) = (directory.path().join("relay.db"), directory.path().join("faults"));
    std::fs::create_dir(&faults).unwrap();
    let mut command = shim::with_recording(&relay(), directory.path())?;
    command.env("DISK_FAULTS", &faults).env("DISK_MARK", MARKED_REQUEST);
    let test_bed = TestBed::with(directory, &journal, |settings| settings, command).await;
    test_bed.billing.authorize(order("1", "12.50 USD")).await.held_payment();
    let fault = faults.join("reads");
    std::fs::write(&fault, "").unwrap();
    Some((test_bed, fault))
}

/// A7: with either answer mode, no answer claims that no operation was started.
#[tokio::test]
async fn a_begun_operation_is_never_answered_as_not_started() {
    for mode in [v1::AnswerMode::Async, v1::AnswerMode::Unspecified] {
        let Some((test_bed, fault)) = unreadable_after_begin().await else { return };
        let request = v1::AuthorizeRequest { answer_mode: mode.into(), ..order(MARKED_REQUEST, "9.90 USD") };
        let answer =
            test_bed.billing.client.clone().authorize(test_bed.billing.request(request.clone())).await;
        match answer {
            Ok(answer) => {
                let outcome = answer.into_inner().result.unwrap().outcome();
                assert!(matches!(outcome, v1::Outcome::Pending | v1::Outcome::Unknown), "{outcome:?}");
            }
            Err(status) => {
                // SQLite reports a failing read as a damaged file, and the relay answers INTERNAL
                // for a damaged file.
                let promises_nothing = ["Unavailable ANSWER_LOST", "Internal INTERNAL"];
                assert!(promises_nothing.contains(&reason(&status).as_str()), "{mode:?}: {status:?}");
            }
        }
        std::fs::remove_file(fault).unwrap();
        eventually("the relay serves again", async || test_bed.serves().await).await;
        let request = v1::AuthorizeRequest { answer_mode: v1::AnswerMode::Unspecified.into(), ..request };
        eventually("the outcome is known", async || {
            let answer =
                test_bed.billing.client.clone().authorize(test_bed.billing.request(request.clone())).await;
            answer.is_ok_and(|response| {
                response.into_inner().result.unwrap().outcome() == v1::Outcome::Approved
            })
        })
        .await;
        assert_eq!(test_bed.authorizations(), 2, "{mode:?}: once");
    }
}
