//! A hold that lapses without a capture.

use std::time::Duration;

use causeway::v1::{Outcome, PaymentStatus};

use super::{GOOD_CARD, Stage, StoryError, order};
use crate::names;

/// A day longer than a card network keeps a hold valid.
const EIGHT_DAYS: Duration = Duration::from_secs(8 * 24 * 60 * 60);

/// A hold, eight days, and a capture that comes too late.
pub(super) async fn nobody_captures(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.writer.step("Billing holds 40.00 USD and forgets about it.")?;
    let answer = stage.authorize(order("40.00", "USD", GOOD_CARD)).await;
    let (payment, _) = stage.writer.result(answer, Outcome::Approved, PaymentStatus::Authorized)?;
    let lapses = payment.hold_expires.as_ref().map(names::moment).unwrap_or_default();
    stage.writer.expect_some("hold lapses", &lapses)?;

    stage.writer.step("Eight days later at Stripe, billing remembers, and captures.")?;
    stage.sandbox.advance(EIGHT_DAYS);
    stage.writer.says("Stripe's clock", stage.sandbox.now())?;
    let answer = stage.capture(&payment, None).await;
    let (_, failure) = stage.writer.result(answer, Outcome::Declined, PaymentStatus::Expired)?;
    stage.writer.expect("code", "HOLD_EXPIRED", &failure.code)?;
    stage.writer.says("the operator", &failure.operator_message)?;
    Ok(())
}
