//! The capabilities, a hold, a repeated request, and refusals about the hold.

use causeway::v1::{self, Outcome::Approved, PaymentStatus::Authorized};
use causeway_sandbox::Effect;

use super::{APPROVED_CARD, StoryContext, StoryError, money, order};
use crate::{calls::new_request_id, names};

/// The first payment of the story, and the request.
pub(super) struct First {
    pub(super) request: v1::AuthorizeRequest,
    pub(super) payment: v1::Payment,
}

/// Reads the payment systems and currencies.
pub(super) async fn capabilities(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    context.writer.step("Billing asks for the capabilities.")?;
    let answer = context.client.capabilities().await;
    let answer = context.writer.accepted(answer)?;
    context.writer.show("operations", answer.operations.join(", "))?;
    context.writer.expect("always refused", "Void", answer.refused_operations.join(", "))?;
    let systems: Vec<_> = answer.payment_systems.iter().map(|system| system.name.as_str()).collect();
    context.writer.expect("payment systems", "amex, main, trial", systems.join(", "))?;
    let real = answer.payment_systems.iter().any(|system| !system.test_mode);
    context.writer.expect("real money", "no", if real { "yes" } else { "no" })?;
    let mut codes: Vec<_> = answer.currencies.iter().map(|assignment| assignment.currency.as_str()).collect();
    codes.dedup();
    context.writer.expect("currencies", "CAD, CHF, EUR, GBP, JPY, KWD, USD", codes.join(", "))
}

/// An amount is held.
pub(super) async fn hold(context: &mut StoryContext<'_>) -> Result<First, StoryError> {
    context.writer.step("Billing holds 12.50 USD on a card.")?;
    let request = order("12.50", "USD", APPROVED_CARD);
    let answer = context.authorize(request.clone()).await;
    let (payment, _) = context.writer.result(answer, Approved, Authorized)?;
    context.writer.expect("held", "12.50 USD", names::money(payment.amount.as_ref()))?;
    context.writer.expect_some("payment id", &payment.id)?;
    let card = payment.card.clone().unwrap_or_default();
    context.writer.expect("card", "visa 4242", format!("{} {}", card.brand, card.last4))?;
    context.writer.expect_some("hold lapses", &expiry(&payment))?;
    Ok(First { request, payment })
}

fn expiry(payment: &v1::Payment) -> String {
    payment.hold_expires.as_ref().map(names::moment).unwrap_or_default()
}

/// A repetition has no second effect.
pub(super) async fn repeated_request(
    context: &mut StoryContext<'_>,
    first: &First,
) -> Result<(), StoryError> {
    context.writer.step("The answer was lost, so billing sends the same request again.")?;
    let result = context.authorize(first.request.clone()).await;
    let duplicate = result.as_ref().is_ok_and(|result| result.duplicate);
    let (payment, _) = context.writer.result(result, Approved, Authorized)?;
    context.writer.expect("payment id", &first.payment.id, &payment.id)?;
    context.writer.expect("duplicate", true, duplicate)?;
    let holds = context.sandbox.ledger().count(Effect::Authorized);
    context.writer.expect("holds at Stripe", 1, holds)
}

/// A request id belongs to the content of the first request with this id.
pub(super) async fn other_amount(context: &mut StoryContext<'_>, first: &First) -> Result<(), StoryError> {
    context.writer.step("By mistake, billing uses that request id for 13.00 USD.")?;
    let changed = v1::AuthorizeRequest { amount: Some(money("13.00", "USD")), ..first.request.clone() };
    let before = context.calls();
    let answer = context.authorize(changed).await;
    context.writer.refused(answer, "REQUEST_ID_REUSED")?;
    expect_no_call_since(context, before)
}

/// Void is refused, and the refusal names the moment at which the hold lapses.
pub(super) async fn void(context: &mut StoryContext<'_>, first: &First) -> Result<(), StoryError> {
    context.writer.step("Billing wants to void the hold.")?;
    let before = context.calls();
    let message = v1::VoidRequest { request_id: new_request_id(), payment_id: first.payment.id.clone() };
    let answer = context.client.void(message).await;
    let details = context.writer.refused(answer, "VOID_UNSUPPORTED")?;
    let lapses = details.metadata.get("configured").cloned().unwrap_or_default();
    context.writer.expect("lapses by itself", expiry(&first.payment), lapses)?;
    expect_no_call_since(context, before)
}

/// No call reached Stripe in this step.
pub(super) fn expect_no_call_since(context: &mut StoryContext<'_>, before: usize) -> Result<(), StoryError> {
    let since = context.calls().saturating_sub(before);
    context.writer.expect("calls to Stripe", 0, since)
}
