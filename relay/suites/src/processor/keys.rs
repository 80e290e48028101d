//! The promises about idempotency keys: a key belongs to one request, and a request is executed once.

use causeway::request::authorize::CaptureMode;
use causeway_domain::observation::{IntentSnapshot, correlation};
use causeway_ports::processor::{Capability, Delivery, ProcessorReply, Span};

use super::{
    authorize,
    reply::{done_intent, rejected},
    stage::{Order, Stage},
};
use crate::report::{Checked, Fault, ensure, ensure_eq, present};

/// Maximum number of pages, each of 100 PaymentIntents.
const MAX_PAGES: usize = 100;

/// The list of PaymentIntents holds exactly this PaymentIntent for the payment, where the processor can list.
async fn is_the_only_one(stage: &Stage<'_>, order: &Order, intent: &IntentSnapshot) -> Checked {
    if !stage.can(Capability::List) {
        return Ok(());
    }
    let span = Span { from: intent.created, to: intent.created.saturating_add(60) };
    let listed = stage.processor.list_intents(span, MAX_PAGES).await;
    let listed = present(listed, "payments are listed")?;
    let payment = order.correlation.payment.to_string();
    let ours = listed.iter().filter(|found| found.metadata.get(correlation::PAYMENT) == Some(&payment));
    let ours: Vec<_> = ours.map(|found| found.id.as_str()).collect();
    ensure_eq(&ours, &vec![intent.id.as_str()], "the payment is there once")
}

pub(super) async fn a_payment_is_made_once(stage: &Stage<'_>) -> Checked {
    for order in [stage.hold(), stage.sale()] {
        let first = done_intent(stage.pay(&order).await?, "a payment is made")?;
        let again = done_intent(stage.pay(&order).await?, "a payment under one key has one answer")?;
        ensure_eq(&again.id, &first.id, "a payment is made once under one key")?;
        let request = stage.request(&order.effect()?, &order.key)?;
        let repeated = stage.processor.send(&request, &order.key, Delivery::MaybeSent, order.purpose()).await;
        let repeated = done_intent(repeated, "a repetition has the same answer")?;
        ensure_eq(&repeated.id, &first.id, "a repetition makes no second payment")?;
        is_the_only_one(stage, &order, &first).await?;
    }
    Ok(())
}

pub(super) async fn of_two_requests_at_once_one_is_done(stage: &Stage<'_>) -> Checked {
    let order = stage.sale();
    let (one, other) = tokio::join!(stage.pay(&order), stage.pay(&order));
    let one = done_intent(one?, "one of two requests at once is answered")?;
    let other = done_intent(other?, "the other of two requests at once is answered")?;
    ensure_eq(&one.id, &other.id, "two requests at once under one key make one payment")?;
    is_the_only_one(stage, &order, &one).await
}

pub(super) async fn another_key_makes_another_payment(stage: &Stage<'_>) -> Checked {
    let mut order = stage.hold();
    let first = done_intent(stage.pay(&order).await?, "a payment is made")?;
    order.key = stage.key();
    let second = done_intent(stage.pay(&order).await?, "a payment is made")?;
    ensure(first.id != second.id, "another key makes another payment")
}

/// The same idempotency key with other bytes.
pub(super) async fn a_key_stands_for_one_request(stage: &Stage<'_>) -> Checked {
    let order = stage.hold();
    let first = done_intent(stage.pay(&order).await?, "a payment is made")?;
    let of_part = stage.order(&stage.samples.pays, stage.samples.amounts.part, CaptureMode::Manual);
    let of_sale = stage.sale();
    let of_declined = stage.order(&stage.samples.declined, stage.samples.amounts.whole, CaptureMode::Manual);
    for other in [of_part, of_sale, of_declined] {
        let other = Order { correlation: order.correlation, key: order.key.clone(), ..other };
        conflicts(&stage.pay(&other).await?)?;
    }
    let seen = stage.intent(&first.id).await?;
    authorize::held(stage, &seen)?;
    is_the_only_one(stage, &order, &first).await?;
    let again = done_intent(stage.pay(&order).await?, "the key still stands for its request")?;
    ensure_eq(&again.id, &first.id, "the key still stands for its request")
}

fn conflicts(reply: &ProcessorReply) -> Checked {
    if matches!(reply, ProcessorReply::KeyConflict { why } if !why.is_empty()) {
        return Ok(());
    }
    Err(Fault(format!("not so: a used key with another request is a conflict\n  found    {reply:?}")))
}

pub(super) async fn a_decline_is_repeated(stage: &Stage<'_>) -> Checked {
    let order = stage.order(&stage.samples.declined, stage.samples.amounts.whole, CaptureMode::Manual);
    let first = rejected(stage.pay(&order).await?, "a declined card is rejected")?;
    let again = rejected(stage.pay(&order).await?, "a decline under one key has one answer")?;
    ensure_eq(&again.failure, &first.failure, "a decline has the same failure again")?;
    let id = |intent: Option<Box<IntentSnapshot>>| intent.map(|intent| intent.id);
    ensure_eq(&id(again.intent), &id(first.intent), "a declined payment is made once")
}
