//! The limits of automatic recovery.

use causeway_engine::RecoveryLimits;
use causeway_runtime::settings::Section;
use jiff::SignedDuration;

/// Reads the section `recovery`, which may be absent.
pub(super) fn read(root: &mut Section) -> Option<RecoveryLimits> {
    let Some(mut section) = root.section("recovery") else { return Some(RecoveryLimits::default()) };
    // Under a day, because Stripe forgets an idempotency key after a day.
    let charge_not_after = section.number("charge_not_after_seconds", 600, 0, 23 * 3600);
    let second_look = section.number("second_look_seconds", 3600, 1, 86_400);
    section.finish();
    Some(RecoveryLimits {
        charge_not_after: seconds(charge_not_after?),
        second_look: seconds(second_look?),
        ..RecoveryLimits::default()
    })
}

fn seconds(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}
