//! The capture of the hold.

use causeway::v1::{Outcome::Approved, PaymentStatus::Captured};

use super::{
    StoryContext, StoryError,
    hold::{First, expect_no_call_since},
    money,
};
use crate::names;

/// A capture above the held amount is refused.
pub(super) async fn above_limit(context: &mut StoryContext<'_>, first: &First) -> Result<(), StoryError> {
    context.writer.step("Billing wants to capture 12.51 USD, one cent more than is held.")?;
    let before = context.calls();
    let answer = context.capture(&first.payment, Some(money("12.51", "USD"))).await;
    context.writer.refused(answer, "CAPTURE_ABOVE_HOLD")?;
    expect_no_call_since(context, before)
}

/// A part is captured, and the rest is released.
pub(super) async fn partial(context: &mut StoryContext<'_>, first: &First) -> Result<(), StoryError> {
    context.writer.step("Billing captures 10.00 USD of the hold; the rest of the hold is released.")?;
    let answer = context.capture(&first.payment, Some(money("10.00", "USD"))).await;
    let (payment, _) = context.writer.result(answer, Approved, Captured)?;
    context.writer.expect("captured", "10.00 USD", names::money(payment.captured.as_ref()))?;
    let ids = payment.processor_ids.unwrap_or_default();
    context.writer.expect_some("transaction", &ids.balance_transaction)
}
