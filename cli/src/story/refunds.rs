//! Refunds of the captured amount.

use causeway::v1::{Outcome::Approved, PaymentStatus::Captured};

use super::{
    Stage, StoryError,
    hold::{First, no_call_since},
};
use crate::names;

/// A part is refunded.
pub(super) async fn a_part(stage: &mut Stage<'_>, first: &First) -> Result<(), StoryError> {
    stage.writer.step("Billing refunds 3.00 USD. The payment stays captured.")?;
    refund(stage, first, "3.00", "3.00 USD").await
}

/// A refund above the remaining amount is refused.
pub(super) async fn too_much(stage: &mut Stage<'_>, first: &First) -> Result<(), StoryError> {
    stage.writer.step("Billing wants to refund another 8.00 USD.")?;
    let before = stage.calls();
    let answer = stage.refund(&first.payment, "8.00").await;
    let details = stage.writer.refused(answer, "REFUND_ABOVE_LEFT")?;
    stage.writer.expect(
        "left",
        "7.00 USD",
        details.metadata.get("configured").cloned().unwrap_or_default(),
    )?;
    no_call_since(stage, before)
}

/// The rest is refunded.
pub(super) async fn the_rest(stage: &mut Stage<'_>, first: &First) -> Result<(), StoryError> {
    stage.writer.step("Billing refunds the 7.00 USD that are left.")?;
    refund(stage, first, "7.00", "10.00 USD").await
}

async fn refund(stage: &mut Stage<'_>, first: &First, amount: &str, in_all: &str) -> Result<(), StoryError> {
    let answer = stage.refund(&first.payment, amount).await;
    let (payment, _) = stage.writer.result(answer, Approved, Captured)?;
    let refund = payment.refunds.last().cloned().unwrap_or_default();
    stage.writer.expect_some("refund at Stripe", &refund.processor_id)?;
    stage.writer.expect("refunded in all", in_all, names::money(payment.refunded.as_ref()))
}
