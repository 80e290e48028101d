//! Declines, authentication, and a capture at once.

use causeway::v1::{self, Outcome, PaymentStatus};

use super::{APPROVED_CARD, StoryContext, StoryError, hold::expect_no_call_since, order};
use crate::names;

/// The bank declines the payment.
pub(super) async fn declined(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    context.writer.step("Another payer's card has too little on it for 20.00 USD.")?;
    let order = order("20.00", "USD", "pm_card_visa_chargeDeclinedInsufficientFunds");
    let answer = context.authorize(order).await;
    let (_, failure) = context.writer.result(answer, Outcome::Declined, PaymentStatus::Declined)?;
    context.writer.expect("code", "INSUFFICIENT_FUNDS", &failure.code)?;
    context.writer.expect("decline code", "insufficient_funds", &failure.decline_code)?;
    context.writer.show("the operator", &failure.operator_message)?;
    let payer = "Your card has insufficient funds. Please use another card.";
    context.writer.expect("the payer", payer, &failure.payer_message)
}

/// The payer has to authenticate.
pub(super) async fn authentication(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    context.writer.step("A third payer's bank wants to see 3-D Secure for 30.00 USD.")?;
    let answer = context.authorize(order("30.00", "USD", "pm_card_authenticationRequired")).await;
    let (payment, _) =
        context.writer.result(answer, Outcome::ActionRequired, PaymentStatus::ActionRequired)?;
    let action = payment.action.unwrap_or_default();
    context.writer.expect_some("payer has to", &action.r#type)?;
    context.writer.expect_some("client secret", &action.client_secret)
}

/// An amount below the operator's minimum is refused before a call to Stripe.
pub(super) async fn below_minimum(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    context.writer.step("A payer wants to pay 0.49 USD, below the minimum that the operator set.")?;
    let before = context.calls();
    let answer = context.authorize(order("0.49", "USD", APPROVED_CARD)).await;
    let details = context.writer.refused(answer, "AMOUNT_BELOW_MINIMUM")?;
    context.writer.expect(
        "the payer",
        "Your payment must be no less than 0.50 USD",
        &details.payer_message,
    )?;
    expect_no_call_since(context, before)
}

/// Hold and capture in one call.
pub(super) async fn immediate_capture(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    context.writer.step("Billing charges 5.00 EUR at once, without a hold to capture.")?;
    let order = v1::AuthorizeRequest {
        capture_mode: v1::CaptureMode::Automatic.into(),
        ..order("5.00", "EUR", APPROVED_CARD)
    };
    let answer = context.authorize(order).await;
    let (payment, _) = context.writer.result(answer, Outcome::Approved, PaymentStatus::Captured)?;
    context.writer.expect("captured", "5.00 EUR", names::money(payment.captured.as_ref()))
}
