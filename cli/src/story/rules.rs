//! Policy refusals before a call to Stripe, and the dummy processor.

use causeway::v1::{self, Judgement, Outcome, PaymentStatus};

use super::{Stage, StoryError, hold::no_call_since, kept::with_card, order};
use crate::names;

/// The message for a payer with too low an amount.
const TOO_LITTLE: &str = "Your payment must be no less than 0.50 USD";

/// Below the minimum: the check says so in advance, and the payment is refused.
pub(super) async fn asked_first(stage: &mut Stage<'_>, card: &v1::StoredCard) -> Result<(), StoryError> {
    stage.writer.step("Billing asks what the rules say to 0.49 USD with that card, and tries it anyway.")?;
    let before = stage.calls();
    let payment = with_card("0.49", card, &card.customer_id);
    let asked =
        v1::CheckPolicyRequest { payment: Some(payment.clone()), ..v1::CheckPolicyRequest::default() };
    let answer = stage.client.check(asked).await;
    let answer = stage.writer.answered(answer)?;
    stage.writer.says("rules", answer.verdicts.len())?;
    stage.writer.expect("admitted", false, answer.admitted)?;
    let mut broken = answer.verdicts.iter().filter(|verdict| verdict.judgement() == Judgement::Broken);
    let first = broken.next().cloned().unwrap_or_default();
    stage.writer.expect("broken", "amount.minimum", &first.rule)?;
    stage.writer.expect("and others", 0, broken.count())?;
    stage.writer.expect("the payer", TOO_LITTLE, &first.payer_message)?;
    let answer = stage.authorize(payment).await;
    let details = stage.writer.refused(answer, "AMOUNT_BELOW_MINIMUM")?;
    stage.writer.expect("the payer", TOO_LITTLE, &details.payer_message)?;
    no_call_since(stage, before)
}

/// A brand that is not taken. Only Stripe knows the brand, and no money moves.
pub(super) async fn brand(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.writer.step("A payer comes with an American Express, which is not accepted for USD.")?;
    let before = stage.effects();
    let answer = stage.authorize(order("20.00", "USD", "pm_card_amex")).await;
    let details = stage.writer.refused(answer, "CARD_BRAND_REFUSED")?;
    let payer = "American Express cards are not accepted. Please use Visa, Mastercard or Discover.";
    stage.writer.expect("the payer", payer, &details.payer_message)?;
    stage.writer.expect("holds and charges", 0, stage.effects().saturating_sub(before))
}

/// A payment through the dummy processor, which calls no other system.
pub(super) async fn trial(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.writer.step("For a trial, 7.00 GBP go through a processor that only answers by rule.")?;
    let before = stage.calls();
    let answer = stage.authorize(order("7.00", "GBP", "pm_visa")).await;
    let (payment, _) = stage.writer.result(answer, Outcome::Approved, PaymentStatus::Authorized)?;
    stage.writer.expect("payment system", "trial", &payment.payment_system)?;
    stage.writer.expect("real money", "no", if payment.test_mode { "no" } else { "yes" })?;
    let answer = stage.capture(&payment, None).await;
    let (payment, _) = stage.writer.result(answer, Outcome::Approved, PaymentStatus::Captured)?;
    stage.writer.expect("captured", "7.00 GBP", names::money(payment.captured.as_ref()))?;
    no_call_since(stage, before)
}
