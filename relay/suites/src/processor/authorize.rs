//! The promises about payments: held, captured, declined, or waiting for the payer.

use causeway::{request::authorize::CaptureMode, text::PaymentMethodId};
use causeway_domain::{
    observation::{ChargeOrId, IntentSnapshot, IntentStatus, correlation},
    payment::failure::Advice,
};
use causeway_ports::processor::Capability;

use super::{
    reply::{done_intent, rejected},
    stage::{Order, Stage, return_url},
};
use crate::report::{Checked, ensure, ensure_eq, present};

pub(super) async fn a_request_is_made_without_a_call(stage: &Stage<'_>) -> Checked {
    let order = stage.hold();
    let before = stage.under_test.calls();
    let first = stage.request(&order.effect()?, &order.key)?;
    let again = stage.request(&order.effect()?, &order.key)?;
    ensure_eq(&again, &first, "one effect under one key is one request")?;
    stage.nothing_was_sent(before, "a request is made without a call")
}

pub(super) async fn a_call_is_counted(stage: &Stage<'_>) -> Checked {
    let Some(before) = stage.under_test.calls() else { return Ok(()) };
    stage.held().await?;
    let after = stage.under_test.calls();
    ensure(after.is_some_and(|after| after > before), "the test counts the calls that go out")
}

pub(super) async fn a_hold_is_not_taken(stage: &Stage<'_>) -> Checked {
    let intent = stage.held().await?;
    held(stage, &intent)?;
    charge_is_told(&intent)?;
    let seen = stage.intent(&intent.id).await?;
    ensure_eq(&seen.id, &intent.id, "a look-up shows the payment that was asked for")?;
    held(stage, &seen)
}

/// The sample amount is held, and no amount is captured.
pub(super) fn held(stage: &Stage<'_>, intent: &IntentSnapshot) -> Checked {
    ensure_eq(&intent.status, &IntentStatus::RequiresCapture, "a hold has to be captured")?;
    ensure_eq(&intent.amount.money, &Some(stage.samples.amounts.whole), "the amount is held")?;
    ensure_eq(&intent.received.money, &None, "a hold takes nothing")?;
    ensure(intent.livemode != Some(true), "no real money moves")
}

/// The sample amount is captured.
pub(super) fn taken(stage: &Stage<'_>, intent: &IntentSnapshot) -> Checked {
    ensure_eq(&intent.status, &IntentStatus::Succeeded, "the payment has succeeded")?;
    ensure_eq(&intent.amount.money, &Some(stage.samples.amounts.whole), "the amount was asked for")?;
    ensure_eq(&intent.received.money, &Some(stage.samples.amounts.whole), "the amount is taken")
}

/// The reply shows the charge of a payment, with the card.
fn charge_is_told(intent: &IntentSnapshot) -> Checked {
    let charge = present(intent.charge.as_ref(), "a payment has a charge")?;
    let ChargeOrId::Charge(charge) = charge else {
        return ensure(false, "the reply to a payment shows its charge");
    };
    ensure(charge.paid && !charge.disputed, "the charge is agreed to and not disputed")?;
    let card = present(charge.card.as_ref(), "the charge shows its card")?;
    ensure_eq(&card.card.last4.len(), &4, "the card shows its last four digits")?;
    ensure(!card.card.brand.is_empty() && card.card.exp_year > 2000, "the card shows brand and expiry")
}

pub(super) async fn a_payment_without_a_hold_is_taken(stage: &Stage<'_>) -> Checked {
    let intent = stage.taken().await?;
    taken(stage, &intent)?;
    charge_is_told(&intent)?;
    taken(stage, &stage.intent(&intent.id).await?)
}

fn order_of(stage: &Stage<'_>, method: &PaymentMethodId) -> Order {
    stage.order(method, stage.samples.amounts.whole, CaptureMode::Manual)
}

pub(super) async fn a_declined_card_is_rejected(stage: &Stage<'_>) -> Checked {
    for mode in [CaptureMode::Manual, CaptureMode::Automatic] {
        let order = stage.order(&stage.samples.declined, stage.samples.amounts.whole, mode);
        let rejection = rejected(stage.pay(&order).await?, "a declined card is rejected")?;
        ensure(!rejection.is_missing(), "a decline is not a missing object")?;
        let Some(left) = rejection.intent else { continue };
        ensure(left.status.waits_for_a_method(), "a declined payment waits for another method")?;
        ensure_eq(&left.received.money, &None, "a declined payment takes nothing")?;
        let seen = stage.intent(&left.id).await?;
        ensure_eq(&seen.status, &left.status, "a look-up shows the declined payment as it was left")?;
    }
    Ok(())
}

pub(super) async fn an_unknown_method_is_rejected(stage: &Stage<'_>) -> Checked {
    let unknown = PaymentMethodId::kept(stage.samples.unknown.method.clone());
    rejected(stage.pay(&order_of(stage, &unknown)).await?, "an unknown PaymentMethod is rejected")?;
    Ok(())
}

pub(super) async fn a_payer_who_has_to_act_is_told(stage: &Stage<'_>) -> Checked {
    let mut order = order_of(stage, &stage.samples.needs_payer);
    for url in [None, Some(return_url())] {
        order.terms.return_url = url;
        order.key = stage.key();
        let intent = done_intent(stage.pay(&order).await?, "a payment waits for its payer")?;
        ensure_eq(&intent.status, &IntentStatus::RequiresAction, "the payer has to act")?;
        ensure(!intent.action.kind.is_empty(), "the payer is told what to do")?;
        let secret = present(intent.client_secret.as_deref(), "the payer's browser gets its secret")?;
        ensure_eq(&intent.action.client_secret.as_str(), &secret, "the action has the secret too")?;
        ensure_eq(&intent.amount.money, &Some(stage.samples.amounts.whole), "the amount is asked for")?;
        ensure_eq(&intent.received.money, &None, "nothing is taken before the payer has acted")?;
    }
    Ok(())
}

pub(super) async fn a_payer_who_has_acted_has_paid(stage: &Stage<'_>) -> Checked {
    let intent = stage.waiting().await?;
    stage.under_test.payer_acts(&intent.id).await?;
    let seen = stage.intent(&intent.id).await?;
    ensure_eq(&seen.id, &intent.id, "a look-up shows the payment that was asked for")?;
    held(stage, &seen)
}

pub(super) async fn a_payer_who_is_away_is_needed(stage: &Stage<'_>) -> Checked {
    let mut order = order_of(stage, &stage.samples.needs_payer);
    order.terms.off_session = true;
    let rejection = rejected(stage.pay(&order).await?, "nobody can act off session")?;
    ensure_eq(&rejection.failure.advice, &Advice::BringPayer, "the payer is needed")
}

pub(super) async fn the_correlation_is_shown_by_a_look_up(stage: &Stage<'_>) -> Checked {
    let order = stage.hold();
    let intent = done_intent(stage.pay(&order).await?, "a hold is authorized")?;
    carries(&intent, &order, "the reply")?;
    carries(&stage.intent(&intent.id).await?, &order, "a look-up")?;
    if stage.can(Capability::Capture) {
        let reply = stage.capture(&intent.id, stage.samples.amounts.whole).await?;
        done_intent(reply, "a hold is captured")?;
        carries(&stage.intent(&intent.id).await?, &order, "a look-up after the capture")?;
    }
    Ok(())
}

fn carries(intent: &IntentSnapshot, order: &Order, shown_by: &str) -> Checked {
    let expected = [
        (correlation::PAYMENT, order.correlation.payment.to_string()),
        (correlation::OPERATION, order.correlation.operation.to_string()),
        (correlation::KEY, order.key.as_str().to_owned()),
    ];
    for (name, value) in expected {
        let promise = format!("{shown_by} shows {name}");
        ensure_eq(&intent.metadata.get(name), &Some(&value), &promise)?;
    }
    Ok(())
}
