//! The capabilities, a hold, a repeated request, and refusals about the hold.

use causeway::v1::{self, Outcome::Approved, PaymentStatus::Authorized};
use causeway_sandbox::Effect;

use super::{GOOD_CARD, Stage, StoryError, money, order};
use crate::{calls::new_request_id, names};

/// The first payment of the story, and the request.
pub(super) struct First {
    pub(super) request: v1::AuthorizeRequest,
    pub(super) payment: v1::Payment,
}

/// Reads the payment systems and currencies.
pub(super) async fn capabilities(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.writer.step("Billing asks what can be done here.")?;
    let answer = stage.client.capabilities().await;
    let answer = stage.writer.answered(answer)?;
    stage.writer.says("operations", answer.operations.join(", "))?;
    stage.writer.expect("always refused", "Void", answer.refused_operations.join(", "))?;
    let systems: Vec<_> = answer.payment_systems.iter().map(|system| system.name.as_str()).collect();
    stage.writer.expect("payment systems", "amex, main, trial", systems.join(", "))?;
    let real = answer.payment_systems.iter().any(|system| !system.test_mode);
    stage.writer.expect("real money", "no", if real { "yes" } else { "no" })?;
    let mut codes: Vec<_> = answer.currencies.iter().map(|assignment| assignment.currency.as_str()).collect();
    codes.dedup();
    stage.writer.expect("currencies", "CAD, CHF, EUR, GBP, JPY, KWD, USD", codes.join(", "))
}

/// An amount is held.
pub(super) async fn hold(stage: &mut Stage<'_>) -> Result<First, StoryError> {
    stage.writer.step("Billing holds 12.50 USD on a card.")?;
    let request = order("12.50", "USD", GOOD_CARD);
    let answer = stage.authorize(request.clone()).await;
    let (payment, _) = stage.writer.result(answer, Approved, Authorized)?;
    stage.writer.expect("held", "12.50 USD", names::money(payment.amount.as_ref()))?;
    stage.writer.expect_some("payment id", &payment.id)?;
    let card = payment.card.clone().unwrap_or_default();
    stage.writer.expect("card", "visa 4242", format!("{} {}", card.brand, card.last4))?;
    stage.writer.expect_some("hold lapses", &expiry(&payment))?;
    Ok(First { request, payment })
}

fn expiry(payment: &v1::Payment) -> String {
    payment.hold_expires.as_ref().map(names::moment).unwrap_or_default()
}

/// A repetition has no second effect.
pub(super) async fn same_again(stage: &mut Stage<'_>, first: &First) -> Result<(), StoryError> {
    stage.writer.step("The answer got lost on its way, so billing sends the very same request again.")?;
    let result = stage.authorize(first.request.clone()).await;
    let duplicate = result.as_ref().is_ok_and(|result| result.duplicate);
    let (payment, _) = stage.writer.result(result, Approved, Authorized)?;
    stage.writer.expect("payment id", &first.payment.id, &payment.id)?;
    stage.writer.expect("duplicate", true, duplicate)?;
    let holds = stage.sandbox.ledger().count(Effect::Authorized);
    stage.writer.expect("holds at Stripe", 1, holds)
}

/// A request id belongs to the content of the first request with this id.
pub(super) async fn other_amount(stage: &mut Stage<'_>, first: &First) -> Result<(), StoryError> {
    stage.writer.step("By mistake, billing uses that request id for 13.00 USD.")?;
    let changed = v1::AuthorizeRequest { amount: Some(money("13.00", "USD")), ..first.request.clone() };
    let before = stage.calls();
    let answer = stage.authorize(changed).await;
    stage.writer.refused(answer, "REQUEST_ID_REUSED")?;
    no_call_since(stage, before)
}

/// Void is refused, and the refusal names the moment at which the hold lapses.
pub(super) async fn void(stage: &mut Stage<'_>, first: &First) -> Result<(), StoryError> {
    stage.writer.step("Billing wants to void the hold.")?;
    let before = stage.calls();
    let message = v1::VoidRequest { request_id: new_request_id(), payment_id: first.payment.id.clone() };
    let answer = stage.client.void(message).await;
    let details = stage.writer.refused(answer, "VOID_UNSUPPORTED")?;
    let lapses = details.metadata.get("configured").cloned().unwrap_or_default();
    stage.writer.expect("lapses by itself", expiry(&first.payment), lapses)?;
    no_call_since(stage, before)
}

/// No call reached Stripe in this step.
pub(super) fn no_call_since(stage: &mut Stage<'_>, before: usize) -> Result<(), StoryError> {
    let since = stage.calls().saturating_sub(before);
    stage.writer.expect("calls to Stripe", 0, since)
}
