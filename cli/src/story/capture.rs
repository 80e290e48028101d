//! The capture of the hold.

use causeway::v1::{Outcome::Approved, PaymentStatus::Captured};

use super::{
    Stage, StoryError,
    hold::{First, no_call_since},
    money,
};
use crate::names;

/// A capture above the held amount is refused.
pub(super) async fn too_much(stage: &mut Stage<'_>, first: &First) -> Result<(), StoryError> {
    stage.writer.step("Billing wants to capture 12.51 USD, one cent more than is held.")?;
    let before = stage.calls();
    let answer = stage.capture(&first.payment, Some(money("12.51", "USD"))).await;
    stage.writer.refused(answer, "CAPTURE_ABOVE_HOLD")?;
    no_call_since(stage, before)
}

/// A part is captured, and the rest is released.
pub(super) async fn a_part(stage: &mut Stage<'_>, first: &First) -> Result<(), StoryError> {
    stage.writer.step("Billing captures 10.00 USD of it; the rest of the hold is released.")?;
    let answer = stage.capture(&first.payment, Some(money("10.00", "USD"))).await;
    let (payment, _) = stage.writer.result(answer, Approved, Captured)?;
    stage.writer.expect("captured", "10.00 USD", names::money(payment.captured.as_ref()))?;
    let ids = payment.processor_ids.unwrap_or_default();
    stage.writer.expect_some("transaction", &ids.balance_transaction)
}
