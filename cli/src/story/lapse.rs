//! A hold that lapses without a capture.

use std::time::Duration;

use causeway::v1::{Outcome, PaymentStatus};
use causeway_sandbox::{WebhookFault, WebhookFaultRule};

use super::{APPROVED_CARD, StoryContext, StoryError, order};
use crate::names;

/// A day longer than a card network keeps a hold valid.
const EIGHT_DAYS: Duration = Duration::from_secs(8 * 24 * 60 * 60);

/// A hold, eight days, and a capture that comes too late.
pub(super) async fn without_capture(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    // No event about this payment arrives: the relay would look the payment up, and would know of the
    // end of the hold before the capture.
    let lost = WebhookFaultRule::next_delivery(WebhookFault::Lost);
    context.sandbox.arm_webhook(WebhookFaultRule { times: None, ..lost });
    context.writer.step("Billing holds 40.00 USD and sends no capture.")?;
    let answer = context.authorize(order("40.00", "USD", APPROVED_CARD)).await;
    let (payment, _) = context.writer.result(answer, Outcome::Approved, PaymentStatus::Authorized)?;
    let lapses = payment.hold_expires.as_ref().map(names::moment).unwrap_or_default();
    context.writer.expect_some("hold lapses", &lapses)?;

    context.writer.step("Eight days later at Stripe, billing captures.")?;
    context.sandbox.advance(EIGHT_DAYS);
    context.writer.show("Stripe's clock", context.sandbox.now())?;
    let answer = context.capture(&payment, None).await;
    let (_, failure) = context.writer.result(answer, Outcome::Declined, PaymentStatus::Expired)?;
    context.writer.expect("code", "HOLD_EXPIRED", &failure.code)?;
    context.writer.show("the operator", &failure.operator_message)?;
    context.sandbox.disarm_webhooks();
    Ok(())
}
