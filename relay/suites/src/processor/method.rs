//! The promises about PaymentMethods from card numbers.

use causeway::{request::authorize::CaptureMode, text::PaymentMethodId};
use causeway_domain::{
    idempotency::IdempotencyKey,
    observation::{MethodSnapshot, Purpose},
};

use super::{
    SampleCard, authorize,
    reply::{done_intent, done_method},
    stage::{Stage, profile, raw_card},
};
use crate::report::{Checked, Fault, ensure, ensure_eq, present};

fn sample(stage: &Stage<'_>) -> Result<SampleCard, Fault> {
    present(stage.samples.card, "the test gives a card number to a processor that takes them")
}

async fn made(stage: &Stage<'_>, key: &IdempotencyKey) -> Result<MethodSnapshot, Fault> {
    let card = raw_card(&sample(stage)?)?;
    let reply = stage.processor.create_method(&card, &profile("Ada Lovelace"), key, Purpose::Card).await;
    done_method(reply, "a card number becomes a PaymentMethod")
}

pub(super) async fn a_card_number_becomes_a_method(stage: &Stage<'_>) -> Checked {
    let sample = sample(stage)?;
    let method = made(stage, &stage.key()).await?;
    for seen in [&method, &stage.method(&method.id).await?] {
        ensure_eq(&seen.id, &method.id, "a look-up shows the method that was made")?;
        ensure(seen.kind == "card" && seen.allowlisted_as == "card", "the method is a card")?;
        ensure_eq(&seen.customer, &None, "a new method is nobody's")?;
        ensure(!format!("{seen:?}").contains(sample.number), "nothing of the number is shown but its end")?;
        let card = present(seen.card.as_ref(), "the method shows its card")?;
        ensure_eq(&card.brand.as_str(), &sample.brand, "the method shows its brand")?;
        let last4 = sample.number.get(sample.number.len().saturating_sub(4)..).unwrap_or_default();
        ensure_eq(&card.last4.as_str(), &last4, "the method shows its last four digits")?;
        ensure(card.exp_month == 12 && card.exp_year == 2034, "the method shows its expiry")?;
    }
    Ok(())
}

pub(super) async fn a_method_of_a_number_pays(stage: &Stage<'_>) -> Checked {
    let method = PaymentMethodId::kept(made(stage, &stage.key()).await?.id);
    let order = stage.order(&method, stage.samples.amounts.whole, CaptureMode::Manual);
    authorize::held(stage, &done_intent(stage.pay(&order).await?, "a method of a card number pays")?)
}

pub(super) async fn a_method_is_made_once(stage: &Stage<'_>) -> Checked {
    let key = stage.key();
    let (first, again) = (made(stage, &key).await?, made(stage, &key).await?);
    ensure_eq(&again.id, &first.id, "a method is made once under one key")
}
