//! Refunds of the captured amount.

use causeway::v1::{Outcome::Approved, PaymentStatus::Captured};

use super::{
    StoryContext, StoryError,
    hold::{First, expect_no_call_since},
};
use crate::names;

/// A part is refunded.
pub(super) async fn partial(context: &mut StoryContext<'_>, first: &First) -> Result<(), StoryError> {
    context.writer.step("Billing refunds 3.00 USD. The payment stays captured.")?;
    refund(context, first, "3.00", "3.00 USD").await
}

/// A refund above the remaining amount is refused.
pub(super) async fn above_limit(context: &mut StoryContext<'_>, first: &First) -> Result<(), StoryError> {
    context.writer.step("Billing wants to refund another 8.00 USD.")?;
    let before = context.calls();
    let answer = context.refund(&first.payment, "8.00").await;
    let details = context.writer.refused(answer, "REFUND_ABOVE_LEFT")?;
    context.writer.expect(
        "left",
        "7.00 USD",
        details.metadata.get("configured").cloned().unwrap_or_default(),
    )?;
    expect_no_call_since(context, before)
}

/// The rest is refunded.
pub(super) async fn remaining(context: &mut StoryContext<'_>, first: &First) -> Result<(), StoryError> {
    context.writer.step("Billing refunds the 7.00 USD that are left.")?;
    refund(context, first, "7.00", "10.00 USD").await
}

async fn refund(
    context: &mut StoryContext<'_>,
    first: &First,
    amount: &str,
    in_all: &str,
) -> Result<(), StoryError> {
    let answer = context.refund(&first.payment, amount).await;
    let (payment, _) = context.writer.result(answer, Approved, Captured)?;
    let refund = payment.refunds.last().cloned().unwrap_or_default();
    context.writer.expect_some("refund at Stripe", &refund.processor_id)?;
    context.writer.expect("refunded in all", in_all, names::money(payment.refunded.as_ref()))
}
