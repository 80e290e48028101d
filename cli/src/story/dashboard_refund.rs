//! An event without a call: a refund that a person makes straight at Stripe.

use std::time::Duration;

use causeway::v1::{self, EventKind, EventSource, PaymentStatus};

use super::{APPROVED_CARD, StoryContext, StoryError, order};
use crate::names;

/// How long an event may take from Stripe's dashboard to the billing platform.
const EVENT_TIMEOUT: Duration = Duration::from_secs(20);

/// A payment, a refund in the dashboard, and the event.
pub(super) async fn refund(context: &mut StoryContext<'_>) -> Result<(), StoryError> {
    context.writer.step("Billing takes 8.00 USD, and watches what happens.")?;
    let capture_mode = v1::CaptureMode::Automatic.into();
    let order = v1::AuthorizeRequest { capture_mode, ..order("8.00", "USD", APPROVED_CARD) };
    let answer = context.authorize(order).await;
    let (payment, _) = context.writer.result(answer, v1::Outcome::Approved, PaymentStatus::Captured)?;

    context.writer.step("The operator refunds 5.00 USD in Stripe's dashboard, without a call of billing.")?;
    let intent = payment.processor_ids.unwrap_or_default().payment_intent;
    let refunded =
        context.dashboard.post("/v1/refunds", &format!("payment_intent={intent}&amount=500")).await;
    context.writer.succeeded(refunded)?;
    let found = tokio::time::timeout(EVENT_TIMEOUT, refund_event(context, &payment.id)).await;
    let event = context
        .writer
        .succeeded(found.map_err(|_| "billing received no event about the refund".to_owned()))?;
    let event = context.writer.accepted(event)?;
    context.writer.show("event", format!("{} of {}", event.sequence, event.id))?;
    let source = event.source() == EventSource::Dashboard;
    context.writer.expect("from the dashboard", "true", source)?;
    let refund = event.refund.clone().unwrap_or_default();
    context.writer.expect("refund", "5.00 USD", names::money(refund.amount.as_ref()))?;
    let payment_after = event.payment.unwrap_or_default();
    context.writer.expect("refunded in all", "5.00 USD", names::money(payment_after.refunded.as_ref()))
}

/// Watches until the refund of a payment has gone through.
async fn refund_event(context: &StoryContext<'_>, payment: &str) -> Result<v1::Event, tonic::Status> {
    let request = v1::WatchEventsRequest { after: 0, until_caught_up: false };
    let mut events = context.client.events(request).await?;
    while let Some(response) = events.message().await? {
        let event = response.event.unwrap_or_default();
        let same_payment = event.payment.as_ref().is_some_and(|after| after.id == payment);
        if same_payment && event.kind() == EventKind::RefundSucceeded {
            return Ok(event);
        }
    }
    Err(tonic::Status::unavailable("the events ended"))
}
