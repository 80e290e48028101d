//! The promises about continuing a payment that waits.

use causeway::{request::authorize::CaptureMode, text::PaymentMethodId};
use causeway_domain::observation::{IntentSnapshot, Purpose};
use causeway_ports::processor::{Confirmation, Effect, ProcessorReply};

use super::{
    authorize,
    reply::{done_intent, missing, rejected},
    stage::Stage,
};
use crate::{
    judged::judged,
    report::{Checked, Fault, ensure, ensure_eq, present},
};

/// A payment that was declined and waits for another PaymentMethod.
async fn declined(stage: &Stage<'_>) -> Result<IntentSnapshot, Fault> {
    let order = stage.order(&stage.samples.declined, stage.samples.amounts.whole, CaptureMode::Manual);
    let rejection = rejected(stage.pay(&order).await?, "a declined card is rejected")?;
    let left = present(rejection.intent, "a declined payment can go on with another method")?;
    ensure(left.status.waits_for_a_method(), "a declined payment waits for another method")?;
    Ok(*left)
}

async fn confirm(stage: &Stage<'_>, intent: &str, method: &PaymentMethodId) -> Result<ProcessorReply, Fault> {
    let purpose = Purpose::Payment(stage.samples.amounts.whole);
    let another = judged(method)?;
    let instrument = Confirmation::Another(&another);
    stage.ask(&Effect::Confirm { intent, instrument, return_url: None }, purpose).await
}

pub(super) async fn a_declined_payment_is_paid_otherwise(stage: &Stage<'_>) -> Checked {
    let left = declined(stage).await?;
    let reply = confirm(stage, &left.id, &stage.samples.pays).await?;
    let intent = done_intent(reply, "another method pays")?;
    ensure_eq(&intent.id, &left.id, "it is the same payment")?;
    authorize::held(stage, &intent)?;
    authorize::held(stage, &stage.intent(&left.id).await?)
}

pub(super) async fn another_decline_leaves_it_open(stage: &Stage<'_>) -> Checked {
    let left = declined(stage).await?;
    let reply = confirm(stage, &left.id, &stage.samples.declined).await?;
    rejected(reply, "a declined card is rejected by a confirmation too")?;
    let seen = stage.intent(&left.id).await?;
    ensure(seen.status.waits_for_a_method(), "the payment still waits for another method")
}

pub(super) async fn a_paid_payment_is_not_confirmed(stage: &Stage<'_>) -> Checked {
    let intent = stage.taken().await?;
    rejected(confirm(stage, &intent.id, &stage.samples.pays).await?, "a payment is paid once")?;
    authorize::taken(stage, &stage.intent(&intent.id).await?)
}

pub(super) async fn an_unknown_payment_is_not_confirmed(stage: &Stage<'_>) -> Checked {
    let reply = confirm(stage, &stage.samples.unknown.intent, &stage.samples.pays).await?;
    missing(reply, "an unknown payment is missing")?;
    Ok(())
}
