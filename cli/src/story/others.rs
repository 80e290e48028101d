//! Declines, authentication, and a capture at once.

use causeway::v1::{self, Outcome, PaymentStatus};

use super::{GOOD_CARD, Stage, StoryError, hold::no_call_since, order};
use crate::names;

/// The bank declines the payment.
pub(super) async fn declined(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.writer.step("Another payer's card has too little on it for 20.00 USD.")?;
    let order = order("20.00", "USD", "pm_card_visa_chargeDeclinedInsufficientFunds");
    let answer = stage.authorize(order).await;
    let (_, failure) = stage.writer.result(answer, Outcome::Declined, PaymentStatus::Declined)?;
    stage.writer.expect("code", "INSUFFICIENT_FUNDS", &failure.code)?;
    stage.writer.expect("decline code", "insufficient_funds", &failure.decline_code)?;
    stage.writer.says("the operator", &failure.operator_message)?;
    let payer = "Your card has insufficient funds. Please use another card.";
    stage.writer.expect("the payer", payer, &failure.payer_message)
}

/// The payer has to authenticate.
pub(super) async fn authentication(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.writer.step("A third payer's bank wants to see 3-D Secure for 30.00 USD.")?;
    let answer = stage.authorize(order("30.00", "USD", "pm_card_authenticationRequired")).await;
    let (payment, _) = stage.writer.result(answer, Outcome::ActionRequired, PaymentStatus::ActionRequired)?;
    let action = payment.action.unwrap_or_default();
    stage.writer.expect_some("payer has to", &action.r#type)?;
    stage.writer.expect_some("client secret", &action.client_secret)
}

/// An amount below the operator's minimum is refused before a call to Stripe.
pub(super) async fn too_little(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.writer.step("A payer wants to pay 0.49 USD, below the minimum that the operator set.")?;
    let before = stage.calls();
    let answer = stage.authorize(order("0.49", "USD", GOOD_CARD)).await;
    let details = stage.writer.refused(answer, "AMOUNT_BELOW_MINIMUM")?;
    stage.writer.expect("the payer", "Your payment must be no less than 0.50 USD", &details.payer_message)?;
    no_call_since(stage, before)
}

/// Hold and capture in one call.
pub(super) async fn at_once(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.writer.step("Billing charges 5.00 EUR at once, without a hold to capture.")?;
    let order = v1::AuthorizeRequest {
        capture_mode: v1::CaptureMode::Automatic.into(),
        ..order("5.00", "EUR", GOOD_CARD)
    };
    let answer = stage.authorize(order).await;
    let (payment, _) = stage.writer.result(answer, Outcome::Approved, PaymentStatus::Captured)?;
    stage.writer.expect("captured", "5.00 EUR", names::money(payment.captured.as_ref()))
}
