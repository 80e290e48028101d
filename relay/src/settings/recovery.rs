//! What recovery may do by itself.

use causeway_runtime::settings::Section;
use jiff::SignedDuration;

/// The limits.
#[derive(Debug, Clone, Copy)]
pub struct Recovery {
    /// How long after billing asked a payer's money may be asked for again by the relay itself.
    pub charge_not_after: SignedDuration,
    /// Between two looks that find nothing at Stripe, until it counts as not there.
    pub second_look: SignedDuration,
}

impl Recovery {
    /// Reads the section `recovery`, which may be missing.
    pub(super) fn read(root: &mut Section) -> Option<Recovery> {
        let Some(mut section) = root.section("recovery") else { return Some(Recovery::usual()) };
        // Under a day, because then Stripe forgets the key.
        let charge_not_after = section.number("charge_not_after_seconds", 600, 0, 23 * 3600);
        let second_look = section.number("second_look_seconds", 3600, 1, 86_400);
        section.finish();
        Some(Recovery { charge_not_after: seconds(charge_not_after?), second_look: seconds(second_look?) })
    }

    fn usual() -> Recovery {
        Recovery { charge_not_after: seconds(600), second_look: seconds(3600) }
    }
}

fn seconds(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}
