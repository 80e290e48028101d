//! The promises about captures of holds.

use causeway_domain::observation::{ChargeOrId, IntentSnapshot, IntentStatus, Purpose};
use causeway_ports::processor::Effect;

use super::{
    authorize,
    reply::{done_intent, missing, rejected},
    stage::{Stage, twice},
};
use crate::report::{Checked, ensure, ensure_eq};

pub(super) async fn a_hold_is_captured(stage: &Stage<'_>) -> Checked {
    let hold = stage.held().await?;
    let reply = stage.capture(&hold.id, stage.samples.amounts.whole).await?;
    let intent = done_intent(reply, "a hold is captured")?;
    ensure_eq(&intent.id, &hold.id, "it is the same payment")?;
    authorize::taken(stage, &intent)?;
    let entered = |intent: &IntentSnapshot| match &intent.charge {
        Some(ChargeOrId::Charge(charge)) => charge.balance_transaction.is_some(),
        Some(ChargeOrId::Id(_)) | None => false,
    };
    ensure(!entered(&hold) && entered(&intent), "a capture has a balance transaction, and a hold has none")?;
    authorize::taken(stage, &stage.intent(&hold.id).await?)
}

pub(super) async fn a_part_is_captured(stage: &Stage<'_>) -> Checked {
    let (hold, part) = (stage.held().await?, stage.samples.amounts.part);
    let intent = done_intent(stage.capture(&hold.id, part).await?, "a part is captured")?;
    for seen in [intent, stage.intent(&hold.id).await?] {
        ensure_eq(&seen.status, &IntentStatus::Succeeded, "the payment has succeeded")?;
        ensure_eq(&seen.received.money, &Some(part), "the part is taken, and no more")?;
    }
    Ok(())
}

pub(super) async fn a_capture_is_done_once(stage: &Stage<'_>) -> Checked {
    let (hold, part, key) = (stage.held().await?, stage.samples.amounts.part, stage.key());
    for _ in 0..2 {
        let effect = Effect::Capture { intent: &hold.id, amount: part };
        let reply = stage.ask_under(&key, &effect, Purpose::FollowUp).await?;
        let intent = done_intent(reply, "a capture under one key has one answer")?;
        ensure_eq(&intent.received.money, &Some(part), "the part is taken once")?;
    }
    let seen = stage.intent(&hold.id).await?;
    ensure_eq(&seen.received.money, &Some(part), "the part is taken once")
}

pub(super) async fn more_than_the_hold_is_not_captured(stage: &Stage<'_>) -> Checked {
    let hold = stage.held().await?;
    let more = twice(stage.samples.amounts.whole)?;
    rejected(stage.capture(&hold.id, more).await?, "more than the hold is not captured")?;
    authorize::held(stage, &stage.intent(&hold.id).await?)
}

pub(super) async fn a_hold_is_captured_once(stage: &Stage<'_>) -> Checked {
    let (hold, part) = (stage.held().await?, stage.samples.amounts.part);
    done_intent(stage.capture(&hold.id, part).await?, "a part is captured")?;
    rejected(stage.capture(&hold.id, part).await?, "a captured hold is not captured again")?;
    let seen = stage.intent(&hold.id).await?;
    ensure_eq(&seen.received.money, &Some(part), "a refused capture takes nothing")
}

pub(super) async fn an_unknown_payment_is_not_captured(stage: &Stage<'_>) -> Checked {
    let reply = stage.capture(&stage.samples.unknown.intent, stage.samples.amounts.whole).await?;
    missing(reply, "an unknown payment is missing")?;
    Ok(())
}
