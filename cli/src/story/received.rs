//! An event without a call: a refund that a person makes straight at Stripe.

use std::time::Duration;

use causeway::v1::{self, EventKind, EventSource, PaymentStatus};

use super::{GOOD_CARD, Stage, StoryError, order};
use crate::names;

/// How long an event may take from Stripe's dashboard to the billing platform.
const SLOWEST: Duration = Duration::from_secs(20);

/// A payment, a refund in the dashboard, and the event.
pub(super) async fn dashboard(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.writer.step("Billing takes 8.00 USD, and watches what happens.")?;
    let capture_mode = v1::CaptureMode::Automatic.into();
    let order = v1::AuthorizeRequest { capture_mode, ..order("8.00", "USD", GOOD_CARD) };
    let answer = stage.authorize(order).await;
    let (payment, _) = stage.writer.result(answer, v1::Outcome::Approved, PaymentStatus::Captured)?;

    stage.writer.step("Somebody refunds 5.00 USD in Stripe's dashboard. Billing asks for nothing.")?;
    let intent = payment.processor_ids.unwrap_or_default().payment_intent;
    let refunded = stage.dashboard.post("/v1/refunds", &format!("payment_intent={intent}&amount=500")).await;
    stage.writer.done(refunded)?;
    let found = tokio::time::timeout(SLOWEST, hear(stage, &payment.id)).await;
    let event = stage.writer.done(found.map_err(|_| "billing never heard of it".to_owned()))?;
    let event = stage.writer.answered(event)?;
    stage.writer.says("event", format!("{} of {}", event.sequence, event.id))?;
    let source = event.source() == EventSource::Dashboard;
    stage.writer.expect("from the dashboard", "true", source)?;
    let refund = event.refund.clone().unwrap_or_default();
    stage.writer.expect("refund", "5.00 USD", names::money(refund.amount.as_ref()))?;
    let then = event.payment.unwrap_or_default();
    stage.writer.expect("refunded in all", "5.00 USD", names::money(then.refunded.as_ref()))
}

/// Watches until the refund of a payment has gone through.
async fn hear(stage: &Stage<'_>, payment: &str) -> Result<v1::Event, tonic::Status> {
    let request = v1::WatchEventsRequest { after: 0, until_caught_up: false };
    let mut events = stage.client.events(request).await?;
    while let Some(response) = events.message().await? {
        let event = response.event.unwrap_or_default();
        let about = event.payment.as_ref().is_some_and(|then| then.id == payment);
        if about && event.kind() == EventKind::RefundSucceeded {
            return Ok(event);
        }
    }
    Err(tonic::Status::unavailable("the events ended"))
}
