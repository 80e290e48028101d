//! The promises about the account of a processor.

use super::stage::Stage;
use crate::report::{Checked, ensure, ensure_eq, present};

pub(super) async fn the_account_is_always_the_same(stage: &Stage<'_>) -> Checked {
    let before = (stage.processor.account().to_owned(), stage.processor.test_mode());
    drop(stage.pay(&stage.hold()).await);
    let again = stage.under_test.processor();
    let after = (stage.processor.account().to_owned(), stage.processor.test_mode());
    ensure_eq(&after, &before, "account and mode stay the same")?;
    let of_another = (again.account().to_owned(), again.test_mode());
    ensure_eq(&of_another, &before, "account and mode are those of the account, not of the object")?;
    let longest = stage.processor.longest_answer();
    ensure(!longest.is_negative(), "the longest answer takes no negative time")
}

pub(super) async fn there_is_room_for_a_new_operation(stage: &Stage<'_>) -> Checked {
    let Some(capacity) = stage.processor.capacity() else { return Ok(()) };
    ensure(!capacity.refuses_new(), "a new operation may begin")?;
    for _ in 0..100 {
        drop(present(
            capacity.reserve().ok(),
            "a place that was given back is there for the next operation",
        )?);
    }
    Ok(())
}
