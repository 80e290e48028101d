//! Policy refusals before a call to Stripe, and the dummy processor.

use causeway::v1::{self, Judgement, Outcome, PaymentStatus};

use super::{StoryContext, StoryError, hold::expect_no_call_since, order, stored_card::with_card};
use crate::names;

/// The message for a payer with too low an amount.
const BELOW_MINIMUM: &str = "Your payment must be no less than 0.50 USD";

/// Below the minimum: the check says so in advance, and the payment is refused.
pub(super) async fn checked_first(
    context: &mut StoryContext<'_>,
    card: &v1::StoredCard,
) -> Result<(), StoryError> {
    context
        .writer
        .step("Billing checks the policy for 0.49 USD with that card, and sends the payment anyway.")?;
    let before = context.calls();
    let payment = with_card("0.49", card, &card.customer_id);
    let request =
        v1::CheckPolicyRequest { payment: Some(payment.clone()), ..v1::CheckPolicyRequest::default() };
    let answer = context.client.check(request).await;
    let answer = context.writer.accepted(answer)?;
    context.writer.show("rules", answer.verdicts.len())?;
    context.writer.expect("admitted", false, answer.admitted)?;
    let mut broken = answer.verdicts.iter().filter(|verdict| verdict.judgement() == Judgement::Broken);
    let first = broken.next().cloned().unwrap_or_default();
    context.writer.expect("broken", "amount.minimum", &first.rule)?;
    context.writer.expect("and others", 0, broken.count())?;
    context.writer.expect("the payer", BELOW_MINIMUM, &first.payer_message)?;
    let answer = context.authorize(payment).await;
    let details = context.writer.refused(answer, "AMOUNT_BELOW_MINIMUM")?;
    context.writer.expect("the payer", BELOW_MINIMUM, &details.payer_message)?;
    expect_no_call_since(context, before)
}

/// A brand that is not taken. Only Stripe knows the brand, and no money moves.
pub(super) async fn brand(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    context.writer.step("A payer comes with an American Express, which is not accepted for USD.")?;
    let before = context.effects();
    let answer = context.authorize(order("20.00", "USD", "pm_card_amex")).await;
    let details = context.writer.refused(answer, "CARD_BRAND_REFUSED")?;
    let payer = "American Express cards are not accepted. Please use Visa, Mastercard or Discover.";
    context.writer.expect("the payer", payer, &details.payer_message)?;
    context.writer.expect("holds and charges", 0, context.effects().saturating_sub(before))
}

/// A payment through the dummy processor, which calls no other system.
pub(super) async fn trial(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    context.writer.step("For a trial, 7.00 GBP go through a processor that only answers by rule.")?;
    let before = context.calls();
    let answer = context.authorize(order("7.00", "GBP", "pm_visa")).await;
    let (payment, _) = context.writer.result(answer, Outcome::Approved, PaymentStatus::Authorized)?;
    context.writer.expect("payment system", "trial", &payment.payment_system)?;
    context.writer.expect("real money", "no", if payment.test_mode { "no" } else { "yes" })?;
    let answer = context.capture(&payment, None).await;
    let (payment, _) = context.writer.result(answer, Outcome::Approved, PaymentStatus::Captured)?;
    context.writer.expect("captured", "7.00 GBP", names::money(payment.captured.as_ref()))?;
    expect_no_call_since(context, before)
}
