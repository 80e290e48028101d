//! The promises about amounts: exact in every currency.

use causeway::request::authorize::CaptureMode;
use causeway_ports::processor::{Capability, Effect};

use super::{
    Amounts,
    reply::done_intent,
    stage::{Stage, less},
};
use crate::report::{Checked, ensure, ensure_eq};

pub(super) async fn an_amount_comes_back_exactly(stage: &Stage<'_>) -> Checked {
    for amounts in std::iter::once(&stage.samples.amounts).chain(&stage.samples.other_amounts) {
        a_payment_keeps(stage, amounts).await?;
        a_capture_keeps(stage, amounts).await?;
    }
    Ok(())
}

/// Amounts of a payment and of refunds, as replies and look-ups show the amounts.
async fn a_payment_keeps(stage: &Stage<'_>, amounts: &Amounts) -> Checked {
    let Amounts { whole, part } = *amounts;
    let order = stage.order(&stage.samples.pays, whole, CaptureMode::Automatic);
    let intent = done_intent(stage.pay(&order).await?, &format!("{whole} is paid"))?;
    for seen in [&intent, &stage.intent(&intent.id).await?] {
        ensure_eq(&seen.amount.money, &Some(whole), "the amount comes back")?;
        ensure_eq(&seen.received.money, &Some(whole), "the taken amount comes back")?;
        let code = whole.currency().code().to_ascii_lowercase();
        ensure_eq(&seen.amount.currency, &code, "the currency comes back")?;
    }
    if !stage.can(Capability::Refund) {
        return Ok(());
    }
    for amount in [part, less(whole, part)?] {
        let refund = stage.refunded(&intent.id, amount).await?;
        ensure_eq(&refund.amount.money, &Some(amount), "the refunded amount comes back")?;
        let seen = stage.refund_of_id(&refund.id).await?;
        ensure_eq(&seen.amount.money, &Some(amount), "a look-up shows the refunded amount")?;
    }
    Ok(())
}

/// Amounts of a hold and of the capture.
async fn a_capture_keeps(stage: &Stage<'_>, amounts: &Amounts) -> Checked {
    if !stage.can(Capability::Capture) {
        return Ok(());
    }
    let Amounts { whole, part } = *amounts;
    let order = stage.order(&stage.samples.pays, whole, CaptureMode::Manual);
    let hold = done_intent(stage.pay(&order).await?, &format!("{whole} is held"))?;
    ensure_eq(&hold.amount.money, &Some(whole), "the held amount comes back")?;
    let captured = done_intent(stage.capture(&hold.id, part).await?, &format!("{part} is captured"))?;
    ensure_eq(&captured.received.money, &Some(part), "the captured amount comes back")?;
    let seen = stage.intent(&hold.id).await?;
    ensure_eq(&seen.received.money, &Some(part), "a look-up shows the captured amount")
}

pub(super) async fn an_amount_without_a_number_is_not_sent(stage: &Stage<'_>) -> Checked {
    let before = stage.under_test.calls();
    let intent = &stage.samples.unknown.intent;
    for &amount in &stage.samples.not_chargeable {
        let order = stage.order(&stage.samples.pays, amount, CaptureMode::Manual);
        let capture = Effect::Capture { intent, amount };
        let correlation = stage.correlation();
        let refund = Effect::Refund { intent, amount, reason: None, correlation };
        for effect in [order.effect()?, capture, refund] {
            if !stage.can(effect.capability()) {
                continue;
            }
            let refused = stage.processor.request(&effect, &order.key);
            let promise = format!("{:?} of {amount} is not chargeable", effect.capability());
            ensure(refused.is_err_and(|why| !why.0.is_empty()), &promise)?;
        }
    }
    stage.nothing_was_sent(before, "an amount that is not chargeable is not sent")
}
