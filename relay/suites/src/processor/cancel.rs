//! The promises about releasing holds and cancelling payments that wait.

use causeway::request::ReleaseReason;
use causeway_domain::observation::{IntentSnapshot, IntentStatus, Purpose};
use causeway_ports::processor::{Capability, Effect};

use super::{
    authorize,
    reply::{done_intent, missing, rejected},
    stage::Stage,
};
use crate::report::{Checked, ensure, ensure_eq};

fn canceled(stage: &Stage<'_>, intent: &IntentSnapshot) -> Checked {
    ensure_eq(&intent.status, &IntentStatus::Canceled, "the payment is canceled")?;
    ensure_eq(&intent.amount.money, &Some(stage.samples.amounts.whole), "its amount is still shown")?;
    ensure_eq(&intent.received.money, &None, "nothing was taken")?;
    ensure(!intent.lapsed, "it was canceled by a call, not by time")
}

pub(super) async fn a_hold_is_given_back(stage: &Stage<'_>) -> Checked {
    for reason in [None, Some(ReleaseReason::RequestedByCustomer), Some(ReleaseReason::Abandoned)] {
        let hold = stage.held().await?;
        let effect = Effect::Cancel { intent: &hold.id, reason };
        let intent = done_intent(stage.ask(&effect, Purpose::FollowUp).await?, "a hold is given back")?;
        ensure_eq(&intent.id, &hold.id, "it is the same payment")?;
        canceled(stage, &intent)?;
        canceled(stage, &stage.intent(&hold.id).await?)?;
    }
    Ok(())
}

pub(super) async fn a_payment_that_waits_is_given_up(stage: &Stage<'_>) -> Checked {
    let waiting = stage.waiting().await?;
    canceled(stage, &done_intent(stage.cancel(&waiting.id).await?, "a payment that waits is given up")?)?;
    canceled(stage, &stage.intent(&waiting.id).await?)
}

pub(super) async fn a_captured_payment_is_not_canceled(stage: &Stage<'_>) -> Checked {
    let intent = stage.taken().await?;
    rejected(stage.cancel(&intent.id).await?, "a payment that is taken is not canceled")?;
    authorize::taken(stage, &stage.intent(&intent.id).await?)
}

pub(super) async fn a_canceled_payment_stays_canceled(stage: &Stage<'_>) -> Checked {
    let hold = stage.held().await?;
    let (effect, key) = (Effect::Cancel { intent: &hold.id, reason: None }, stage.key());
    for _ in 0..2 {
        let reply = stage.ask_under(&key, &effect, Purpose::FollowUp).await?;
        canceled(stage, &done_intent(reply, "a cancellation under one key has one answer")?)?;
    }
    rejected(stage.cancel(&hold.id).await?, "a canceled payment is not canceled again")?;
    if stage.can(Capability::Capture) {
        let reply = stage.capture(&hold.id, stage.samples.amounts.whole).await?;
        rejected(reply, "a canceled payment is not captured")?;
    }
    canceled(stage, &stage.intent(&hold.id).await?)
}

pub(super) async fn an_unknown_payment_is_not_canceled(stage: &Stage<'_>) -> Checked {
    missing(stage.cancel(&stage.samples.unknown.intent).await?, "an unknown payment is missing")?;
    Ok(())
}
